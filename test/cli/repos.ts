/** Mini repos on disk, and the built CLI run in them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const bundle = `.cache/cli-test-${process.pid}`
export const bundleDir = join(root, bundle)
const made: string[] = [bundleDir]

export const build = (): void => void execFileSync(process.execPath, ['build.mjs', bundle], { cwd: root })
export function cleanUp(): void {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
}

export const flask = `from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    app.run()
`
export const small = { 'app.py': flask, 'requirements.txt': 'flask\n' }

/** A folder with these files; committed to git unless told otherwise. */
export function repo(files: Readonly<Record<string, string>>, { git: inGit = true } = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'to-serverless-cli-'))
  made.push(dir)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  if (inGit) {
    git(dir, 'init', '-q')
    git(dir, 'add', '-A')
    git(dir, '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-q', '-m', 'start')
  }
  return dir
}
export const git = (dir: string, ...args: readonly string[]): string => execFileSync('git', args, { cwd: dir, encoding: 'utf8' })

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string; readonly bytes: Buffer }
/** Runs the CLI without a terminal. */
export function cli(cwd: string, ...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(bundleDir, 'cli.js'), ...args], { cwd, env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '', DEBUG: '' }, input: '' })
  return { code: status, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8'), bytes: stdout }
}

/** Runs it on a terminal, typing each answer when its question has appeared. */
export function typeAt(cwd: string, steps: readonly (readonly [string, string])[], ...args: readonly string[]): { readonly code: number | null; readonly screen: string } {
  const { status, stdout } = spawnSync('python3', [join(root, 'test/cli/type-at.py'), JSON.stringify(steps), process.execPath, join(bundleDir, 'cli.js'), ...args], { cwd, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } })
  return { code: status, screen: stdout }
}

/** Paths, modes and bytes of everything outside .git. */
export function treeOf(dir: string): string {
  const lines: string[] = []
  const walk = (at: string): void => {
    for (const entry of readdirSync(join(dir, at), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (path === '.git') continue
      if (entry.isSymbolicLink()) {
        lines.push(`${path} -> ${readlinkSync(join(dir, path))}`)
        continue
      }
      lines.push(`${path} ${statSync(join(dir, path)).mode.toString(8)} ${entry.isDirectory() ? '' : createHash('sha256').update(readFileSync(join(dir, path))).digest('hex')}`)
      if (entry.isDirectory()) walk(path)
    }
  }
  walk('')
  return lines.join('\n')
}
export const read = (dir: string, path: string): string => readFileSync(join(dir, path), 'utf8')
export const write = (dir: string, path: string, text: string): void => writeFileSync(join(dir, path), text)
export const chmod = (dir: string, path: string, mode: number): void => chmodSync(join(dir, path), mode)
