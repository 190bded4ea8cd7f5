/** Reads shell commands as package scripts write them, for the program file that they run: `cross-env NODE_ENV=production nodemon --exec ts-node src/index.ts`. */
import { join } from '../lang/paths.js'
import type { Path, Snapshot } from '../types.js'
import { lenient, manifestAt, textIn, type Manifest } from '../lang/javascript/manifest/manifest.js'
import { memberNamed, workspaceOf } from '../lang/javascript/manifest/workspace.js'

/** A program that a command starts. `file` is as written, seen from `cwd`. */
export type NodeRun = {
  readonly runner: string
  readonly file: string
  readonly cwd: Path
  /** Variables that the command sets. */
  readonly env: Readonly<Record<string, string>>
}
type Place = { readonly cwd: Path; readonly manifest: Manifest | undefined; readonly env: Readonly<Record<string, string>>; readonly depth: number }

const deepest = 6
const runners = new Set(['node', 'nodejs', 'nodemon', 'ts-node', 'ts-node-dev', 'ts-node-esm', 'tsnd', 'tsx', 'babel-node', 'swc-node', 'esno', 'esr', 'sucrase-node', 'node-dev', 'supervisor', 'bun', 'pm2', 'pm2-runtime', 'pm2-docker', 'pm2-dev', 'forever', 'esbuild-node', 'esmo', 'jiti', 'vite-node', 'tsm', 'c8', 'nyc', 'tsc-watch', 'deno'])
const managers = new Set(['npm', 'yarn', 'pnpm', 'bun', 'npx', 'pnpx', 'bunx'])
const together = new Set(['concurrently', 'conc', 'npm-run-all', 'run-s', 'run-p', 'npm-run-all2', 'wsrun'])
/** Options of Node's runners that are followed by a value. */
const withValue = /^(-r|--require|--import|--loader|--experimental-loader|--env-file|-P|--project|--tsconfig|-O|--compiler-options|-i|--ignore|--ignore-watch|-e|--ext|-c|--config|--name|-n|--instances|--env|--interpreter|--node-args|--max-memory-restart|-d|--delay|-s|--signal|--watch-path|--title|-C|--conditions|--cwd|--presets|--config-file|-l|-o)$/
/** Of these, `--watch` names a folder; of the others it is a switch. */
const watchesFolders = new Set(['nodemon', 'node-dev', 'supervisor', 'ts-node-dev', 'tsnd'])

/** The programs that a script of a package starts, scripts it calls included. */
export function scriptRuns(repo: Snapshot, manifest: Manifest, name: string): readonly NodeRun[] {
  const command = manifest.scripts[name]
  return command === undefined ? [] : [...commandRuns(repo, command, { cwd: manifest.dir, manifest, env: {}, depth: 0 })]
}
/** The same for a command of another file, started in a folder. */
export function shellRuns(repo: Snapshot, command: string, cwd: Path): readonly NodeRun[] {
  return [...commandRuns(repo, command, { cwd, manifest: manifestAt(repo, cwd), env: {}, depth: 0 })]
}

function* commandRuns(repo: Snapshot, command: string, place: Place): Generator<NodeRun> {
  if (place.depth > deepest) return
  let cwd = place.cwd
  for (const words of commandsOf(command)) {
    if (words[0] === 'cd' && words[1] !== undefined) cwd = join(cwd, words[1])
    else yield* wordRuns(repo, words, { ...place, cwd, depth: place.depth + 1 })
  }
}

function* wordRuns(repo: Snapshot, given: readonly string[], place: Place): Generator<NodeRun> {
  let words = given
  const env: Record<string, string> = { ...place.env }
  for (let word = words[0]; word !== undefined; word = words[0]) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? []
    if (name !== undefined && value !== undefined) env[name] = value
    else if (!/^(cross-env|cross-env-shell|env|exec|time|sudo|nohup|dumb-init|set|npx|pnpx|bunx|NODE_OPTIONS)$/.test(word) && !(words.length > 1 && word.startsWith('-'))) break
    words = words.slice(1)
  }
  const [program = '', ...rest] = words
  const at: Place = { ...place, env }
  const bare = program.replace(/^.*node_modules\/(\.bin\/)?/, '').replace(/\.(cmd|exe)$/, '')
  if (together.has(bare)) yield* togetherRuns(repo, rest, at)
  else if (managers.has(bare) && !(bare === 'bun' && runsFile(rest, at))) yield* managerRuns(repo, bare, rest, at)
  else if (/^(ba|da|z)?sh$/.test(bare) || /^\.?\/?[\w./-]+\.sh$/.test(bare)) yield* shellFileRuns(repo, bare.endsWith('.sh') ? [program, ...rest] : rest, at)
  else if (runners.has(bare)) yield* runnerRuns(repo, bare, rest, at)
  else {
    // `dotenv -e .env -- node server.js`, `doppler run -- npm start`, `wait-on tcp:5432 && …`.
    const next = rest.findIndex((word) => runners.has(word) || managers.has(word))
    if (next >= 0 && !/^(echo|rm|kill|rimraf|cp|mkdir)$/.test(bare)) yield* wordRuns(repo, rest.slice(next), at)
  }
}

/** `bun --hot src/index.ts`, `bun run src/index.ts`: a file, where a script's name might stand. */
function runsFile(rest: readonly string[], { manifest }: Place): boolean {
  const first = rest.find((word) => !word.startsWith('-') && word !== 'run')
  return first !== undefined && manifest?.scripts[first] === undefined && /[./]/.test(first)
}

function* togetherRuns(repo: Snapshot, words: readonly string[], place: Place): Generator<NodeRun> {
  for (const word of words) {
    if (word.startsWith('-')) continue
    const short = /^(?:npm|yarn|pnpm|bun):(.+)$/.exec(word)?.[1] ?? (word.includes(' ') ? undefined : word)
    const names = short === undefined ? [] : Object.keys(place.manifest?.scripts ?? {}).filter((name) => name === short || (short.endsWith('*') && name.startsWith(short.replace(/\*+$/, ''))))
    if (names.length > 0) for (const name of names) yield* named(repo, name, place)
    else if (word.includes(' ')) yield* commandRuns(repo, word, place)
  }
}

/** `npm start`, `npm run dev --prefix server`, `yarn workspace api start`, `pnpm --filter api dev`, `pnpm exec tsx src/index.ts`. */
function* managerRuns(repo: Snapshot, manager: string, rest: readonly string[], place: Place): Generator<NodeRun> {
  let at = place
  const words: string[] = []
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index] ?? ''
    const [option = '', inline] = word.split('=')
    if (word === '--') break
    if (/^(--prefix|--cwd|-C|--dir|--filter|-F|-w|--workspace)$/.test(option)) at = moved(repo, option, inline ?? rest[++index] ?? '', at)
    else if (word === 'workspace' && manager === 'yarn') at = moved(repo, '--workspace', rest[++index] ?? '', at)
    else if (!word.startsWith('-') || words.length > 1) words.push(word)
  }
  const [verb = '', ...more] = words
  if (verb === 'run' || verb === 'run-script') yield* named(repo, more[0] ?? '', at)
  else if (verb === 'exec' || verb === 'dlx' || verb === 'x') yield* wordRuns(repo, more, { ...at, depth: at.depth + 1 })
  else if (at.manifest?.scripts[verb] !== undefined) yield* named(repo, verb, at)
  else if (runners.has(verb)) yield* wordRuns(repo, rest.slice(rest.indexOf(verb)), { ...at, depth: at.depth + 1 })
}
function moved(repo: Snapshot, option: string, value: string, place: Place): Place {
  const byPath = /^(--prefix|--cwd|-C|--dir)$/.test(option) || value.startsWith('.')
  const name = value.replace(/\.\.\.$/, '')
  const workspace = byPath ? undefined : workspaceOf(repo, place.cwd)
  const dir = byPath ? join(place.cwd, value) : (memberNamed(repo, place.cwd, name) ?? workspace?.members.find((member) => member === name || member.endsWith(`/${name}`)) ?? place.cwd)
  return { ...place, cwd: dir, manifest: manifestAt(repo, dir) }
}
function* named(repo: Snapshot, name: string, place: Place): Generator<NodeRun> {
  const command = place.manifest?.scripts[name]
  if (place.manifest && command !== undefined) yield* commandRuns(repo, command, { ...place, cwd: place.manifest.dir, depth: place.depth + 1 })
}

function* shellFileRuns(repo: Snapshot, words: readonly string[], place: Place): Generator<NodeRun> {
  const inline = words.indexOf('-c')
  if (inline >= 0) yield* commandRuns(repo, words[inline + 1] ?? '', place)
  const file = words.find((word) => !word.startsWith('-'))
  const text = inline >= 0 || file === undefined ? undefined : repo.text(join(place.cwd, file))
  for (const line of text?.split(/\r\n|\r|\n/) ?? []) if (!/^\s*#/.test(line)) yield* commandRuns(repo, line, place)
}

function* runnerRuns(repo: Snapshot, runner: string, rest: readonly string[], place: Place): Generator<NodeRun> {
  let nested: string | undefined
  let index = 0
  for (; index < rest.length; index++) {
    const word = rest[index] ?? ''
    const [option = '', inline] = /^(--?[\w-]+)(?:=(.*))?$/s.exec(word)?.slice(1) ?? []
    if (/^(-x|--exec|--onSuccess|--onFirstSuccess)$/.test(option)) nested = inline ?? rest[++index]
    else if (option !== '' && inline === undefined && (withValue.test(option) || (/^(-w|--watch)$/.test(option) && watchesFolders.has(runner)))) index++
    else if (option === '' && !/^(run|start|startOrRestart|watch|restart|reload)$/.test(word)) break
  }
  const [file] = rest.slice(index)
  if (nested !== undefined) {
    yield* commandRuns(repo, [nested, ...rest.slice(index).map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' '), place)
    return
  }
  const { cwd, env, manifest } = place
  if (file !== undefined) {
    if (runners.has(file)) yield* wordRuns(repo, rest.slice(index), { ...place, depth: place.depth + 1 })
    else if (/(ecosystem|pm2|processes?)[\w.-]*\.(config\.)?(c?js|json|ya?ml)$/.test(file)) yield* ecosystemRuns(repo, join(cwd, file), place)
    else yield { runner, file, cwd, env }
    return
  }
  if (/^pm2/.test(runner)) for (const name of ['ecosystem.config.js', 'ecosystem.config.cjs', 'ecosystem.json', 'pm2.json']) yield* ecosystemRuns(repo, join(cwd, name), place)
  if (runner !== 'nodemon') return
  // Without a file nodemon asks its own config, then package.json.
  const own = repo.text(join(cwd, 'nodemon.json'))
  const configs = [own === undefined ? undefined : lenient(own).data, manifest?.data.nodemonConfig]
  const exec = configs.flatMap((config) => (typeof config === 'object' && config !== null && 'exec' in config ? (textIn(config.exec) ?? []) : []))[0]
  if (exec !== undefined) yield* commandRuns(repo, exec, place)
  else if (manifest?.main !== undefined) yield { runner, file: manifest.main, cwd, env }
}
/** `script: './dist/server.js'` of a pm2 file, which may be a program: read as text. */
function* ecosystemRuns(repo: Snapshot, path: Path, { cwd, env }: Place): Generator<NodeRun> {
  for (const [, file] of (repo.text(path) ?? '').matchAll(/["']?\bscript["']?\s*:\s*["']([^"']+)["']/g)) if (file !== undefined) yield { runner: 'pm2', file, cwd, env }
}

/** The commands of a line, as words without quotes. */
export function* commandsOf(line: string): Generator<readonly string[]> {
  let words: string[] = []
  for (const [token] of line.matchAll(/&&|\|\||[;|&\n]|(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s;|&"'\\])+/g)) {
    if (/^(&&|\|\||[;|&\n])$/.test(token)) {
      if (words.length > 0) yield words
      words = []
    } else words.push(unquoted(token))
  }
  if (words.length > 0) yield words
}
const unquoted = (token: string): string => token.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) => double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '')
