import { describe, expect, it } from 'vitest'
import { parse } from 'smol-toml'
import { withSubscribers } from '../../templates/vercel/subscribers.js'
import type { Need } from '../../src/types.js'

const need: Need = { kind: 'queue', library: 'celery', entrypoint: 'shop.celery:app' }
const project = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["django", "celery"]\n'

describe('queues on Vercel', () => {
  it('names a subscriber in a pyproject.toml that holds the dependencies, once', () => {
    const { text, steps } = withSubscribers(project, [need], true)
    expect(parse(text ?? '')).toEqual({ ...parse(project), tool: { vercel: { subscribers: [{ entrypoint: 'shop.celery:app' }] } } })
    expect(steps).toEqual([])
    expect(withSubscribers(text, [need], true).text).toBe(text)
  })
  it('keeps the line ends and what was there', () => {
    const before = `${project}\n[tool.vercel]\nentrypoint = "shop.wsgi:application"`.replaceAll('\n', '\r\n')
    const { text } = withSubscribers(before, [need], true)
    expect(text?.startsWith(before)).toBe(true)
    expect(text?.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })
  it('tells a person where the file would hide the dependencies, or where the array is written in a line', () => {
    for (const text of [undefined, '[tool.ruff]\nline-length = 100\n', `${project}[tool.vercel]\nsubscribers = [{ entrypoint = "a:b" }]\n`]) {
      const result = withSubscribers(text, [need], true)
      expect(result.text).toBe(text)
      expect(result.steps).toHaveLength(1)
      expect(result.steps[0]).toContain('shop.celery:app')
    }
  })
  it('writes nothing without such a need', () => {
    expect(withSubscribers(project, [], true)).toEqual({ text: project, steps: [] })
  })
})
