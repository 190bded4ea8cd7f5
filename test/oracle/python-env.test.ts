import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { pythonEnv, pythonEnvOrReason } from './python-env.js'

const env = pythonEnvOrReason(['flask'])

describe.skipIf('reason' in env)('pythonEnv', () => {
  it('holds the packages on a Python the platform offers', () => {
    const { python } = pythonEnv(['flask'])
    const said = execFileSync(python, ['-c', 'import sys, flask; print(sys.version_info >= (3, 12), flask.Flask.__name__)'], { encoding: 'utf8' })
    expect(said.trim()).toBe('True Flask')
  })
  it('is the same environment whatever the order of the packages', () => {
    expect(pythonEnv(['flask', 'flask'])).toEqual(pythonEnv(['flask']))
  })
  it('says which command failed', () => {
    expect(() => pythonEnv(['not a requirement !!'])).toThrow(/uv.* pip install .* failed/)
  })
}, 240_000)
