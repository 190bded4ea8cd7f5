/** `npm run demo`: the main job on a bundled app, from a fresh clone. Everything happens in a temporary copy. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const fixture = join(root, 'fixtures', 'flask-photo-report')
const cli = join(root, 'bin', 'to-serverless.js')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

const quiet = (command, args, cwd) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' && command === npm })
  if (status === 0) return
  console.error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`)
  process.exit(1)
}
const show = (args, cwd) => {
  console.log(`\n$ to-serverless ${args.join(' ')}`)
  return spawnSync(process.execPath, [cli, ...args], { cwd, stdio: 'inherit' }).status
}

if (!existsSync(join(root, 'node_modules', 'esbuild'))) quiet(npm, ['ci', '--no-audit', '--no-fund'], root)
if (!existsSync(join(root, 'dist', 'cli.js'))) quiet(process.execPath, ['build.mjs'], root)

const source = existsSync(join(fixture, 'app')) ? join(fixture, 'app') : fixture
const dir = mkdtempSync(join(tmpdir(), 'to-serverless-demo-'))
cpSync(source, dir, { recursive: true })
quiet('git', ['init', '-q'], dir)
quiet('git', ['add', '-A'], dir)
quiet('git', ['-c', 'user.name=demo', '-c', 'user.email=demo@example.com', 'commit', '-q', '-m', 'The app as it was'], dir)

// The check boots the app, so its packages have to be there; without Python or a registry it says what is missing and goes on.
const python = ['python3.13', 'python3.12', 'python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0)
if (python && spawnSync(python, ['-m', 'venv', '.venv'], { cwd: dir }).status === 0) {
  const bin = join(dir, '.venv', process.platform === 'win32' ? 'Scripts' : 'bin')
  spawnSync(join(bin, 'python'), ['-m', 'pip', 'install', '-qq', '--disable-pip-version-check', '-r', 'requirements.txt'], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
}

show(['inspect'], dir)
show(['--target', 'vercel', '--unsafe', '--dry-run'], dir)
const status = show(['--target', 'vercel', '--unsafe', '--yes'], dir)
console.log(`\nexit ${status} (1: something is left for a person; MIGRATION.md lists it)`)
if (existsSync(join(dir, 'MIGRATION.md'))) console.log(`\n--- MIGRATION.md ---\n${readFileSync(join(dir, 'MIGRATION.md'), 'utf8')}`)
console.log(`The migrated copy is in ${dir}. To put it back: node bin/to-serverless.js undo ${dir}`)
// Hazards that are left are the expected end of the demo; only a refusal or a defect is a failure.
process.exit(status === 0 || status === 1 ? 0 : 1)
