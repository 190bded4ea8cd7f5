/** The commands that start the app, as the repo writes them down: Procfile, Dockerfile, platform files, shell scripts, and scripts that start a server themselves. */
import { lineAt } from '../text.js'
import { dirOf, join } from '../lang/python/modules.js'
import type { Evidence, Path, Snapshot } from '../types.js'
import { commandFiles, shellFiles } from './platform-files.js'
import { isAside } from './python-project.js'

export type StartCommand = { readonly module: string; readonly symbol: string; readonly args: string | undefined; readonly evidence: Evidence; /** Folder the command starts in. */ readonly cwd: Path }

const named = [...commandFiles, '.flaskenv', 'Makefile', ...shellFiles, 'pyproject.toml']
const server = /\b(?:gunicorn|uvicorn|hypercorn|waitress-serve|uwsgi|daphne|granian)\b(.*)/
const target = /["'\s,]([A-Za-z_][\w.]*):([A-Za-z_]\w*)\s*(\([^)]*\))?/g
/** `gunicorn shop.wsgi`: gunicorn takes `application` where no name is given, as Django's documentation has it. */
const bareTarget = /["'\s,]([A-Za-z_]\w*(?:\.\w+)*\.(?:wsgi|asgi))(?=$|["'\s,])/
const flaskApp = /FLASK_APP["']?\s*[=:\s]\s*["']?([\w./]+?)(?:\.py)?(?::(\w+)(\([^)]*\))?)?["']?\s*(?:$|,|\s)/
/** `fastapi run app/main.py --app api`, and the entrypoint that its command line reads from pyproject.toml. */
const fastapiRun = /\bfastapi["',\s]+(?:run|dev)\b(.*)/
const entrypoint = /^\s*entrypoint\s*=\s*["']([A-Za-z_][\w.]*):([A-Za-z_]\w*)["']/

/** `gunicorn pkg.mod:app`, `uvicorn …`, `waitress-serve …`, FLASK_APP=…, `fastapi run path`, in the files that hold such commands. */
export function* startCommands(repo: Snapshot, root: Path): Generator<StartCommand> {
  for (const name of named)
    for (const path of [...new Set([join(root, name), name])]) {
      const text = repo.text(path)
      if (text === undefined) continue
      const lines = text.split(/\r\n|\r|\n/)
      for (const [index, line] of lines.entries()) {
        if (/^\s*#/.test(line)) continue
        const evidence: Evidence = { file: path, line: index + 1, note: line.trim().slice(0, 100) }
        const cwd = /--(?:chdir|app-dir)[=", ]+["']?([\w./-]+)/.exec(line)?.[1] ?? /\bcd\s+["']?([\w./-]+)["']?\s*(?:&&|;)/.exec(line)?.[1] ?? dirOf(path)
        for (const one of commandsIn(line, name, lines.slice(index + 1, index + 9))) yield { ...one, evidence, cwd }
      }
    }
}

type Bare = Pick<StartCommand, 'module' | 'symbol' | 'args'>
function* commandsIn(line: string, name: string, following: readonly string[]): Generator<Bare> {
  if (name === 'pyproject.toml') {
    const pin = entrypoint.exec(line)
    if (pin?.[1] && pin[2]) yield { module: pin[1], symbol: pin[2], args: undefined }
    return
  }
  const rest = server.exec(line)?.[1]
  if (rest !== undefined) {
    const here = [...targets(rest)]
    yield* here
    // Written over several lines: `uvicorn \`, a JSON array, a YAML list.
    if (here.length === 0) for (const next of following) {
      const [found] = targets(` ${next}`)
      if (found) {
        yield found
        break
      }
      if (next.trim() === '' || server.test(next)) break
    }
    return
  }
  const flask = flaskApp.exec(line)
  if (flask?.[1]) yield { module: flask[1].replaceAll('/', '.'), symbol: flask[2] ?? 'app', args: flask[3]?.slice(1, -1) }
  const run = fastapiRun.exec(line)?.[1]
  const file = run && /["'\s,]((?:[\w-]+\/)*[A-Za-z_]\w*)\.py\b/.exec(run)?.[1]
  if (run && file) yield { module: file.replaceAll('/', '.'), symbol: /--app[=",\s]+["']?([A-Za-z_]\w*)/.exec(run)?.[1] ?? 'app', args: undefined }
}
function* targets(text: string): Generator<Bare> {
  let isNamed = false
  for (const [, module, symbol, args] of text.matchAll(target)) {
    if (!module || !symbol) continue
    isNamed = true
    yield { module, symbol, args: args?.slice(1, -1) }
  }
  const module = isNamed ? undefined : bareTarget.exec(text)?.[1]
  if (module) yield { module, symbol: 'application', args: undefined }
}

/** `uvicorn.run("pkg.main:app")` in a script of the repo. */
export function* scriptStarts(repo: Snapshot, root: Path): Generator<StartCommand> {
  for (const file of repo.files.values()) {
    if (!file.path.endsWith('.py') || isAside(file.path) || !/\b(uvicorn|granian|hypercorn)\b/.test(file.text)) continue
    for (const match of file.text.matchAll(/\b(?:uvicorn\.(?:run|Config)|Granian)\(\s*(?:app\s*=\s*|target\s*=\s*)?["']([A-Za-z_][\w.]*):([A-Za-z_]\w*)["']/g)) {
      const [whole, module, symbol] = match
      if (module && symbol && (root === '.' || file.path.startsWith(`${root}/`))) yield { module, symbol, args: undefined, cwd: dirOf(file.path), evidence: { file: file.path, line: lineAt(file.text, match.index), note: whole.replace(/\s+/g, ' ').slice(0, 100) } }
    }
  }
}
