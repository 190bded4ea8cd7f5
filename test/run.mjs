/**
 * `npm test` from a fresh clone: installs what is missing, builds, lints, checks types, runs every test, and ends with a line of counts.
 * Arguments go to vitest: `npm test -- test/plan.test.ts`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const results = join(root, '.cache', 'vitest.json')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

const step = (title, command, args) => {
  console.log(`\n> ${title}`)
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  return status === 0
}
const local = (name) => join(root, 'node_modules', '.bin', name)

if (!existsSync(local('vitest')) && !step('install', npm, ['ci', '--no-audit', '--no-fund'])) process.exit(1)
if (!step('build', process.execPath, ['build.mjs'])) process.exit(1)
const clean = [step('lint', local('eslint'), ['.']), step('types', local('tsc'), ['--noEmit'])]

mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(results, { force: true })
const passed = step('tests', local('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...process.argv.slice(2)])

if (!clean[0]) console.log('lint failed (see above)')
if (!clean[1]) console.log('the type check failed (see above)')
let counts = { numPassedTests: 0, numFailedTests: 0, numTotalTestSuites: 0 }
try {
  counts = JSON.parse(readFileSync(results, 'utf8'))
} catch {
  console.log('vitest left no results')
}
console.log(`\n${counts.numPassedTests} passed, ${counts.numFailedTests} failed`)
process.exit(passed && clean.every(Boolean) ? 0 : 1)
