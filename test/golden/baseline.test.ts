import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { localStart, prepare, shellEnv } from '../oracle/local-start.js'
import { pythonEnvOrReason } from '../oracle/python-env.js'
import { againstLabels } from './compare.js'
import { asList, fixtures } from './fixture.js'
import { plainCopy, removeScratch } from './repo.js'

afterAll(removeScratch)
const missing = pythonEnvOrReason([])

describe.each(fixtures())('$name, as its owner has it', (fixture) => {
  it('has labels that point at the code they mean', () => {
    expect(fixture.findings.length).toBeGreaterThan(0)
    for (const { file, line, code } of fixture.findings) {
      const lines = readFileSync(join(fixture.app, file), 'utf8').split(/\r?\n/)
      expect(lines[(asList(line)[0] ?? 0) - 1], `${file}:${String(line)}`).toContain(code)
    }
    expect(existsSync(join(fixture.app, fixture.entry.file))).toBe(true)
  })

  it.skipIf('reason' in missing)('starts as its README says and answers as labelled', async () => {
    const env = pythonEnvOrReason(fixture.packages)
    if ('reason' in env) throw new Error(env.reason)
    const copy = join(plainCopy(fixture.app), fixture.localStart.cwd ?? '')
    for (const command of fixture.prepare ?? []) prepare(copy, command, env.python, shellEnv(env.python, fixture.standIns, fixture.localStart.env))
    const run = await localStart(copy, fixture.localStart, { python: env.python, standIns: fixture.standIns, requests: fixture.routes })
    expect(run.started, run.log).toBe(true)
    expect(againstLabels(fixture.routes, run.answers), run.log).toEqual([])
  })
})
