/** What `npm run new` and `npm run docs` write. */
import { describe, expect, it } from 'vitest'
import { rules } from '../../codemods/index.js'
import { catalogueTable, readmeBody, ruleHeader, withHeader } from '../../src/dev/docs.js'
import { scaffold } from '../../src/dev/scaffold.js'
import hazards from './hazards.json' with { type: 'json' }

describe('npm run new', () => {
  it('writes a rule with the catalogue facts and a case of each sort', () => {
    const made = scaffold('rule', 'python/bg-after-response', hazards)
    if ('refused' in made) throw new Error(made.refused)
    const texts = new Map(made.files.map(({ path, text }) => [path, text]))
    expect([...texts.keys()].filter((path) => path.includes('/expect.json'))).toEqual(['codemods/python/bg-after-response/fixtures/a-plain-case/expect.json', 'codemods/python/bg-after-response/fixtures/ok-looks-alike/expect.json'])
    const source = texts.get('codemods/python/bg-after-response/rule.ts')
    expect(source).toContain("hazard: 'background-thread'")
    expect(source).toContain("severity: 'breaks'")
    expect(source).toContain('export const bgAfterResponse')
    expect(made.next.join('\n')).toContain("import { bgAfterResponse } from './bg-after-response/rule.js'")
  })
  it('writes an Express app for a rule about JavaScript', () => {
    const made = scaffold('rule', 'javascript/bg-after-response', hazards)
    if ('refused' in made) throw new Error(made.refused)
    const texts = new Map(made.files.map(({ path, text }) => [path, text]))
    expect(texts.get('codemods/javascript/bg-after-response/rule.ts')).toContain('*check(program: JsProgram')
    expect(texts.get('codemods/javascript/bg-after-response/fixtures/a-plain-case/repo/app.js')).toContain("require('express')")
  })
  it('says so when the id is not in the table', () => {
    const made = scaffold('rule', 'config/new-thing', hazards)
    expect('next' in made && made.next[0]).toContain('new-thing is not in test/catalogue/hazards.json')
  })
  it.each([
    ['rule', 'bg-after-response'],
    ['rule', 'ruby/bg-x'],
    ['rule', 'python/../x'],
    ['rule', 'python/Oops-Here'],
    ['framework', 'my-framework'],
    ['planet', 'mars'],
    ['target', undefined],
  ])('refuses %s %s', (kind, name) => {
    expect('refused' in scaffold(kind, name, hazards)).toBe(true)
  })
  it('writes a framework as detection, knowledge and the record of both', () => {
    const made = scaffold('framework', 'aiohttp', hazards)
    if ('refused' in made) throw new Error(made.refused)
    const texts = new Map(made.files.map(({ path, text }) => [path, text]))
    expect([...texts.keys()]).toEqual(['src/frameworks/aiohttp/index.ts', 'src/frameworks/aiohttp/detect.ts', 'src/frameworks/aiohttp/knowledge.ts'])
    expect(texts.get('src/frameworks/aiohttp/index.ts')).toContain("pythonFramework('aiohttp', detectAiohttp, aiohttpKnowledge)")
  })
  it('writes a framework and a target that name what to register', () => {
    for (const [kind, place] of [['framework', 'FrameworkId'], ['target', 'TargetId']] as const) {
      const made = scaffold(kind, 'aiohttp', hazards)
      expect('next' in made && made.next[0]).toContain(place)
    }
  })
})

describe('npm run docs', () => {
  const [rule] = rules
  if (!rule) throw new Error('no rules')
  it('renews the head and keeps the body', () => {
    const first = withHeader('\nWhy it breaks.\n', ruleHeader(rule))
    const renewed = withHeader(first, ruleHeader({ ...rule, title: 'Another title' }))
    expect(renewed).toContain('# Another title')
    expect(renewed).not.toContain(rule.title)
    expect(readmeBody(renewed)).toBe('Why it breaks.')
    expect(withHeader(renewed, ruleHeader({ ...rule, title: 'Another title' }))).toBe(renewed)
  })
  it('keeps a pipe in a title from breaking the table', () => {
    expect(catalogueTable([{ ...rule, title: 'a | b' }])).toContain('a \\| b')
  })
})
