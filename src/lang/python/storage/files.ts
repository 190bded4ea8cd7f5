/** The places where reached code writes files: one walk, shared by all rules about disks, so that each place is reported once. */
import type { Path, Snapshot } from '../../../types.js'
import { join } from '../modules.js'
import { literalText } from '../literals.js'
import { readCalls, writeCalls, type WriteKind } from './file-calls.js'
import { fieldPath } from './django-storage.js'
import { ancestor, bare, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { Folded, PyCall, PyNode, PyScope, PySite } from '../types.js'

export type FileWrite = {
  readonly call: PyCall
  readonly kind: WriteKind
  /** The expression that names the path. */
  readonly target: PyNode
  readonly places: readonly Folded[]
  /** The call for people: 'os.makedirs()', "open(…, 'w')". */
  readonly what: string
  /** Adds to what is there instead of replacing it. */
  readonly appends: boolean
}
export type FileRead = { readonly call: PyCall; readonly target: PyNode; readonly places: readonly Folded[] }

const cache = new WeakMap<PythonProgram, { readonly writes: readonly FileWrite[]; readonly reads: readonly FileRead[] }>()
const buffer = /^(io\.(BytesIO|StringIO|TextIOWrapper|BufferedWriter)\(\)|sys\.(stdout|stderr)\b.*|tempfile\.(NamedTemporary|Spooled)\w*\(\)|pandas\.ExcelWriter\(\)|(builtins|io|codecs)\.open\(\)|flask\.(Response|make_response)\(\).*)$/

export function fileWrites(program: PythonProgram): readonly FileWrite[] {
  return collect(program).writes
}
export function fileReads(program: PythonProgram): readonly FileRead[] {
  return collect(program).reads
}

function collect(program: PythonProgram): { readonly writes: readonly FileWrite[]; readonly reads: readonly FileRead[] } {
  const known = cache.get(program)
  if (known) return known
  const writes: FileWrite[] = []
  const reads: FileRead[] = []
  for (const call of program.calls()) {
    if (call.names.length === 0) continue
    const write = writeOf(program, call)
    if (write) writes.push(write)
    const read = readOf(program, call)
    if (read && !(write && write.target === read.target && !/\+/.test(modeOf(program, call) ?? ''))) reads.push(read)
  }
  const found = { writes, reads }
  cache.set(program, found)
  return found
}

function writeOf(program: PythonProgram, call: PyCall): FileWrite | undefined {
  for (const row of writeCalls) {
    const name = call.names.find((origin) => row.match.test(origin))
    if (name === undefined) continue
    const target = argumentOf(call, row.path, row.words)
    if (!target || (target.kind === 'none' && row.kind !== 'mkdir')) return undefined
    const mode = row.mode === undefined ? undefined : modeText(program, call.args[row.mode] ?? call.kwargs.get('mode'), call.scope)
    if (row.mode !== undefined && !/[wax+]/.test(mode ?? '')) return undefined
    if (program.origins(target, call.scope).some((origin) => buffer.test(origin))) return undefined
    const uploaded = row.kind === 'write' && ((name.startsWith('PIL.') && comesFromUpload(program, call)) || copiesChunks(program, call) || holdsUpload(program, call))
    const appends = (mode ?? '').includes('a')
    const folded = program.fold.path(target, call.scope)
    // The path of a model's file is known by its field.
    const byField = folded.every((place) => place.base === 'unknown') ? fieldPath(program, target, call.scope) : []
    return { call, kind: uploaded ? 'upload' : row.kind, target, places: byField.length > 0 ? byField : folded, what: described(call, mode), appends }
  }
  return undefined
}
function readOf(program: PythonProgram, call: PyCall): FileRead | undefined {
  const row = readCalls.find(({ match }) => call.names.some((origin) => match.test(origin)))
  const target = row && argumentOf(call, row.path, row.words)
  return target && { call, target, places: program.fold.path(target, call.scope) }
}
function modeOf(program: PythonProgram, call: PyCall): string | undefined {
  const row = writeCalls.find(({ match, mode }) => mode !== undefined && call.names.some((origin) => match.test(origin)))
  return row?.mode === undefined ? undefined : modeText(program, call.args[row.mode] ?? call.kwargs.get('mode'), call.scope)
}
function modeText(program: PythonProgram, node: PyNode | undefined, scope: PyScope): string | undefined {
  if (!node) return undefined
  return program.fold.text(node, scope).find((piece) => piece.exact && /[wax+]/.test(piece.text) && piece.text.length < 5)?.text
}
function argumentOf(call: PyCall, path: number | 'object', words: readonly string[]): PyNode | undefined {
  if (path === 'object') {
    const callee = field(call.node, 'function')
    return callee?.kind === 'attribute' ? field(callee, 'object') : undefined
  }
  return call.args[path] ?? words.map((word) => call.kwargs.get(word)).find((node) => node !== undefined)
}
function described(call: PyCall, mode: string | undefined): string {
  const callee = field(call.node, 'function')
  const text = callee ? call.module.text.slice(callee.start, callee.end).replace(/\s+/g, '') : ''
  const short = text.length > 40 ? `…${text.slice(text.lastIndexOf('.'))}` : text
  return mode === undefined ? `${short}()` : `${short}(…, '${mode}')`
}
/** `Image.open(request.files['x'])`, resized, saved: still the client's file. */
function comesFromUpload(program: PythonProgram, call: PyCall): boolean {
  const callee = field(call.node, 'function')
  const object = callee && field(callee, 'object')
  const sources = object ? [object, ...program.definitions(object, call.scope).map((one) => one.node)] : []
  return sources.some((source) => {
    const made = bare(source)
    if (made.kind !== 'call') return false
    const first = field(made, 'arguments')?.children[0]
    return first !== undefined && program.origins(first, call.scope).some((origin) => /^(flask\.request\.files\b|flask_wtf\.)|\.FILES\b/.test(origin))
  })
}

/** `for chunk in file.chunks(): destination.write(chunk)`: what Django's manual says of uploads. */
function copiesChunks(program: PythonProgram, call: PyCall): boolean {
  if (program.app.framework !== 'django' || !call.fn) return false
  const block = ancestor(call.node, 'with_statement') ?? call.fn.body
  return [...walk(block)].some((node) => node.kind === 'for_statement' && /\.chunks\(\)$/.test(program.text(field(node, 'right') ?? node, call.module)))
}

/** An upload of FastAPI or Starlette, or what was read from it. */
const received = /^((fastapi|starlette)(\.datastructures)?\.UploadFile\(\)|fastapi\.(param_functions\.)?File\(\)|(fastapi|starlette)(\.requests)?\.Request\(\)\.form\(\)(\.get\(\)|\.getlist\(\)|\[\]))(\[\])*(\.file(\.read\(\))?|\.read\(\))$/
/** `shutil.copyfileobj(upload.file, f)`, `f.write(await upload.read())`: in the block that the open file is for, or as what is written. */
function holdsUpload(program: PythonProgram, call: PyCall): boolean {
  if (!call.fn) return false
  const opens = call.names.some((name) => name.endsWith('open'))
  const block = opens ? (ancestor(call.node, 'with_statement') ?? call.fn.body) : field(call.node, 'arguments')
  return block !== undefined && [...walk(block)].some((node) => (node.kind === 'identifier' || node.kind === 'attribute' || node.kind === 'call') && program.origins(node, call.scope).some((origin) => received.test(origin)))
}

/** scratch: the system's temp folder · beside: read-only with the code · variable: an environment variable says · unknown. */
export type Disk = 'scratch' | 'beside' | 'variable' | 'unknown'
export function diskOf(place: Folded): Disk {
  if (place.base === 'temp') return 'scratch'
  if (place.base === 'env') return 'variable'
  if (place.base === 'absolute') return /^\/(dev|proc)\//.test(place.text) ? 'scratch' : 'beside'
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

/** The write is under `if not os.path.exists(P)` and P is in the repo: it never runs on a fresh copy. */
export function isTestedAway(program: PythonProgram, site: PySite, repo: Snapshot, root: Path): boolean {
  for (let at: PyNode = site.node; at.parent && at.kind !== 'function_definition'; at = at.parent) {
    const test = at.parent.kind === 'if_statement' && at.field === 'consequence' ? field(at.parent, 'condition') : undefined
    const otherwise = at.kind === 'else_clause' && at.parent.kind === 'if_statement' ? field(at.parent, 'condition') : missingCase(at, site.module.text)
    const denied = test ? (bare(test).kind === 'not_operator' ? field(bare(test), 'argument') : undefined) : otherwise
    const asked = denied && bare(denied)
    const callee = asked?.kind === 'call' ? field(asked, 'function') : undefined
    if (!asked || !callee) continue
    const names = program.origins(callee, site.scope)
    const target = names.some((name) => /^os\.path\.(exists|isfile|isdir|lexists)$/.test(name)) ? field(asked, 'arguments')?.children[0] : names.some((name) => /^pathlib\.Path\(\)\.(exists|is_file|is_dir)$/.test(name)) ? field(callee, 'object') : undefined
    if (target && existsInRepo(program.fold.path(target, site.scope), repo, root)) return true
  }
  return false
}
/** `match exists(path): case False:` asks the same. */
function missingCase(node: PyNode, text: string): PyNode | undefined {
  const pattern = node.kind === 'case_clause' ? node.children.find((child) => child.kind === 'case_pattern') : undefined
  const match = node.parent?.kind === 'block' ? node.parent.parent : node.parent
  return pattern && text.slice(pattern.start, pattern.end) === 'False' && match?.kind === 'match_statement' ? field(match, 'subject') : undefined
}
/** Every alternative is a file or folder that the repo brings along. */
export function existsInRepo(places: readonly Folded[], repo: Snapshot, root: Path): boolean {
  return places.length > 0 && places.every((place) => {
    const path = repoPath(place, root)
    return path !== undefined && (path === '.' || repo.has(path) || repo.hasDir(path))
  })
}

const catchesDisk = /^builtins\.(BaseException|Exception|OSError|IOError|EnvironmentError)$/
/**
 * An except clause around the site takes the failure and goes on. 'closely': the try holds little else, so nothing but the
 * write is given up; 'widely': everything after it is given up as well.
 */
export function swallows(program: PythonProgram, site: PySite): 'closely' | 'widely' | undefined {
  for (let at: PyNode = site.node; at.parent && at.kind !== 'function_definition'; at = at.parent) {
    if (at.parent.kind !== 'try_statement' || at.field !== 'body') continue
    for (const clause of at.parent.children.filter((child) => child.kind === 'except_clause')) {
      const types = clause.children.filter((child) => child.kind !== 'block' && child.kind !== 'comment')
      const named = types.flatMap((type) => (type.kind === 'as_pattern' ? (type.children[0] ?? []) : type)).flatMap((type) => (type.kind === 'tuple' ? type.children : type))
      if (types.length > 0 && !named.some((type) => program.origins(type, site.scope).some((origin) => catchesDisk.test(origin)))) continue
      const body = clause.children.find((child) => child.kind === 'block')
      if (body === undefined || /\braise\b|\bexit\(|\babort\(/.test(site.module.text.slice(body.start, body.end))) return undefined
      return at.children.filter((child) => child.kind !== 'comment').length <= 3 ? 'closely' : 'widely'
    }
  }
  return undefined
}
/** A Python string's text, when the node is a plain one. */
export function plainText(node: PyNode, scope: PyScope): string | undefined {
  return node.kind === 'string' ? literalText(node, scope.module.text) : undefined
}
