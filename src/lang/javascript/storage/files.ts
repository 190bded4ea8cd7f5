/** The places where reached code writes and reads files: one walk, shared by all rules about disks, so that each place is reported once. */
import { join } from '../../paths.js'
import type { Path, Snapshot } from '../../../types.js'
import type { Folded } from '../../folded.js'
import { optionsOf } from '../options.js'
import type { JsProgram } from '../program.js'
import { bare, field, fieldsOf, functionAround, walk } from '../tree.js'
import type { JsCall, JsNode, JsSite } from '../types.js'
import { readCalls, writeCalls, type WriteKind } from './file-calls.js'

export type FileWrite = {
  readonly call: JsCall
  readonly kind: WriteKind
  /** The expression that names the path. */
  readonly target: JsNode
  readonly places: readonly Folded[]
  /** The call for people: 'fs.mkdirSync()'. */
  readonly what: string
  /** Adds to what is there instead of replacing it. */
  readonly appends: boolean
}
export type FileRead = { readonly call: JsCall; readonly target: JsNode; readonly places: readonly Folded[] }

const cache = new WeakMap<JsProgram, { readonly writes: readonly FileWrite[]; readonly reads: readonly FileRead[] }>()

export function fileWrites(program: JsProgram): readonly FileWrite[] {
  return collect(program).writes
}
export function fileReads(program: JsProgram): readonly FileRead[] {
  return collect(program).reads
}

function collect(program: JsProgram): { readonly writes: readonly FileWrite[]; readonly reads: readonly FileRead[] } {
  const known = cache.get(program)
  if (known) return known
  const writes: FileWrite[] = []
  const reads: FileRead[] = []
  for (const call of program.calls()) {
    if (call.names.length === 0) continue
    writes.push(...writesOf(program, call))
    const row = readCalls.find(({ match }) => call.names.some((origin) => match.test(origin)))
    const target = row && call.args[row.path]
    if (target) reads.push({ call, target, places: placesOf(program, call, target) })
  }
  const found = { writes, reads }
  cache.set(program, found)
  return found
}

function* writesOf(program: JsProgram, call: JsCall): Generator<FileWrite> {
  const row = writeCalls.find(({ match }) => call.names.some((origin) => match.test(origin)))
  if (!row) return
  const given = call.args[row.path]
  const options = row.keys && optionsOf(program, given)
  const targets = options && row.keys ? (row.keys.map((key) => options.get(key)).find((nodes) => nodes.length > 0) ?? []).flatMap((node) => chosenFolders(program, node)) : given ? [given] : []
  if (row.flags !== undefined) {
    const flags = call.args[row.flags]
    if (!flags || !program.fold.text(flags).some((piece) => piece.exact && /[wa+]/.test(piece.text) && piece.text.length < 5)) return
  }
  for (const target of targets) {
    // pino.destination(1) is standard output.
    if (target.kind === 'NumericLiteral') continue
    const places = placesOf(program, call, target)
    const appends = call.names.some((name) => /\.append/.test(name)) || call.args.slice(1).some((arg) => optionsOf(program, arg).get('flags').some((flag) => /^['"`]a/.test(program.text(flag))))
    const isLog = row.kind === 'write' && (appends || call.names.some((name) => name.endsWith('createWriteStream'))) && places.some((place) => /\.log$/.test(place.text))
    const kind: WriteKind = isLog ? 'log' : row.kind === 'write' && holdsUpload(program, call) ? 'upload' : row.kind
    yield { call, kind, target, places, what: described(program, call), appends }
  }
}
/** `destination: (req, file, done) => done(null, folder)`: the folders it may name. */
function chosenFolders(program: JsProgram, node: JsNode): readonly JsNode[] {
  const fns = program.values(node).flatMap((value) => (value.kind === 'function' ? [value.fn] : []))
  const own = fns.length > 0 ? fns : [program.functionAt(node)].flatMap((fn) => fn ?? [])
  if (own.length === 0) return [node]
  return own.flatMap((fn) => {
    const done = fn.params[2] && field(fn.params[2], 'name')
    if (!done) return []
    const name = program.text(done)
    return [...walk(fn.body)].flatMap((at) => {
      const callee = at.kind === 'CallExpression' ? field(at, 'expression') : undefined
      const folder = fieldsOf(at, 'arguments')[1]
      return callee && folder && program.text(callee) === name ? [folder] : []
    })
  })
}
/** `res.sendFile(name, { root })` starts from the root. */
function placesOf(program: JsProgram, call: JsCall, target: JsNode): readonly Folded[] {
  const [root] = call.names.some((name) => /\.(sendFile|download)$/.test(name)) ? call.args.slice(1).flatMap((arg) => optionsOf(program, arg).get('root')) : []
  if (!root) return program.fold.path(target)
  const inner = program.fold.text(target)
  return program.fold.path(root).flatMap((folder) => inner.map((name) => ({ ...folder, text: join(folder.text, name.text), exact: folder.exact && name.exact })))
}

/** What a client sent: `req.file.buffer`, `req.file.path`, `req.files.photo`, and names that stand for them. */
const received = /^express\.request\.files?\b/
function holdsUpload(program: JsProgram, call: JsCall): boolean {
  return call.args.some((arg) => {
    const at = bare(arg)
    if (!/^(Identifier|PropertyAccessExpression|ElementAccessExpression)$/.test(at.kind)) return false
    return program.origins(at).some((origin) => received.test(origin))
  })
}
function described(program: JsProgram, { node, isNew }: JsCall): string {
  const callee = field(node, 'expression')
  const text = (callee ? program.text(callee) : '').replace(/\s+/g, '')
  return `${isNew ? 'new ' : ''}${text.length > 40 ? `…${text.slice(text.lastIndexOf('.'))}` : text}()`
}

/** scratch: the system's temp folder · beside: read-only with the code · variable: an environment variable says · unknown. */
export type Disk = 'scratch' | 'beside' | 'variable' | 'unknown'
export function diskOf(place: Folded): Disk {
  if (place.base === 'temp') return 'scratch'
  if (place.base === 'env') return 'variable'
  if (place.base === 'absolute') return /^\/(dev|proc)\//.test(place.text) || place.text.startsWith('\0') ? 'scratch' : 'beside'
  return place.base === 'cwd' || place.base === 'repo' ? 'beside' : 'unknown'
}
/** The alternatives that lie with the code, and whether there are others (a variable, a temp folder, an unknown part). */
export function besideCode(places: readonly Folded[]): { readonly beside: readonly Folded[]; readonly sure: boolean } {
  const beside = places.filter((place) => diskOf(place) === 'beside')
  return { beside, sure: beside.length > 0 && places.every((place) => diskOf(place) === 'beside' && place.env === undefined) }
}
/** The repo's path of a place; undefined outside it or when only partly known. */
export function repoPath(place: Folded, root: Path): Path | undefined {
  if (!place.exact) return undefined
  const path = place.base === 'repo' ? join('.', place.text) : place.base === 'cwd' ? join(root, place.text) : undefined
  return path === undefined || path.startsWith('..') ? undefined : path
}
/** The place for people: unknown parts are '…'. */
export function placeText(place: Folded): string {
  const text = place.text.replaceAll('\0', '…')
  return place.base === 'temp' ? (text === '' ? 'the temp folder' : `the temp folder's ${text}`) : text === '' || text === '.' ? 'the working folder' : text
}
/** Every alternative is a file or folder that the repo brings along. */
export function existsInRepo(places: readonly Folded[], repo: Snapshot, root: Path): boolean {
  return places.length > 0 && places.every((place) => {
    const path = repoPath(place, root)
    return path !== undefined && (path === '.' || repo.has(path) || repo.hasDir(path))
  })
}

const asks = /^(fs|fs-extra|graceful-fs)(\.promises)?\.(existsSync|exists|pathExists|pathExistsSync|accessSync|statSync)$/
/** The site is under `if (!fs.existsSync(P))` and P is in the repo: it never runs on a fresh copy. */
export function isTestedAway(program: JsProgram, site: JsSite, repo: Snapshot, root: Path): boolean {
  for (let at: JsNode = site.node; at.parent; at = at.parent) {
    const test = at.parent.kind === 'IfStatement' && at.field === 'thenStatement' ? field(at.parent, 'expression') : undefined
    const denied = test && bare(test).kind === 'PrefixUnaryExpression' && bare(test).op === '!' ? field(bare(test), 'operand') : undefined
    const asked = denied && bare(denied)
    const callee = asked?.kind === 'CallExpression' ? field(asked, 'expression') : undefined
    const target = asked && fieldsOf(asked, 'arguments')[0]
    if (callee && target && program.origins(callee).some((name) => asks.test(name)) && existsInRepo(program.fold.path(target), repo, root)) return true
  }
  return false
}

/** A `catch` around the site takes the failure and goes on: it neither throws, answers with an error, nor ends the process. */
export function swallows(program: JsProgram, site: JsSite): boolean {
  const fn = functionAround(site.node)
  for (let at: JsNode = site.node; at.parent && at !== fn; at = at.parent) {
    if (at.parent.kind !== 'TryStatement' || at.field !== 'tryBlock') continue
    const clause = field(at.parent, 'catchClause')
    if (clause) return !/\bthrow\b|\bnext\(|\breject\(|\bexit\(|\.status\(\s*[45]|sendStatus\(\s*[45]|\.(json|send|render|redirect)\(/.test(program.text(clause))
  }
  return false
}
