/** Is a file only scratch: made, used and gone within one call of one function? Then a temp folder serves it as well. */
import type { Change, RuleContext } from '../../../types.js'
import { readCalls, writeCalls } from './file-calls.js'
import { fileWrites } from './files.js'
import { homeOf, redirected, settingKey, type Home } from './home.js'
import { ancestor, bare, field, isInside, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction, PyNode, PyScope, PySite } from '../types.js'

const removal = /^(os\.(remove|unlink|rmdir|removedirs)|shutil\.rmtree|pathlib\.Path\(\)\.(unlink|rmdir))$/
const looking = /^(os\.path\.\w+|os\.(stat|access|chmod)|builtins\.(print|str|len|open)|logging\..*|pathlib\.Path\(\)\.(exists|is_file|is_dir|stat))$/
const folderMade = /^(os\.(makedirs|mkdir)|pathlib\.Path\(\)\.mkdir|os\.path\.(exists|isdir)|pathlib\.Path\(\)\.(exists|is_dir))$/

/** Every reached use of the home makes a path that is scratch in its own function. */
function isScratchHome(program: PythonProgram, home: Home): boolean {
  if (/(^|\/)(static|public|media)(\/|$)/.test(home.place.text) || mentionedElsewhere(program, home)) return false
  const uses = [...usesOf(program, home, new Set())]
  return uses.length > 0 && uses.every((use) => use === 'neutral' || use === 'scratch') && uses.includes('scratch')
}

type Use = 'neutral' | 'scratch' | 'kept'
function* usesOf(program: PythonProgram, home: Pick<Home, 'node' | 'scope' | 'name' | 'setting'>, seen: Set<PyNode>): Generator<Use> {
  if (seen.has(home.node)) return
  seen.add(home.node)
  if (home.name === undefined && home.setting === undefined) return yield* useAt(program, home.node, home.scope, seen)
  for (const site of program.sites('identifier', 'attribute', 'subscript', 'call')) {
    if (site.node.parent?.kind === 'attribute' && site.node.field === 'attribute') continue
    if (site.node.parent?.kind === 'keyword_argument' && site.node.field === 'name') continue
    if (site.node.field === 'left' && site.node.parent?.kind === 'assignment') continue
    if (site.node.kind === 'attribute' && site.node.parent?.kind === 'attribute') continue
    if (!denotes(program, site, home)) continue
    yield* useThrough(program, site, seen)
  }
}
function denotes(program: PythonProgram, site: PySite, home: Pick<Home, 'node' | 'scope' | 'name' | 'setting'>): boolean {
  const text = site.module.text.slice(site.node.start, site.node.end)
  if (home.setting !== undefined && text.includes(home.setting) && settingKey(program, site.node, site.scope) === home.setting) return true
  if (home.name === undefined || (site.node.kind !== 'identifier' && site.node.kind !== 'attribute')) return false
  const last = text.split('.').at(-1) ?? ''
  if (last !== home.name && !program.bindings(last, site.scope).some((binding) => binding.kind === 'import' && binding.member === home.name)) return false
  const found = program.definitions(site.node, site.scope)
  return found.some((one) => bare(one.node) === home.node)
}
/** A use at module level that makes another constant is followed to that one's uses. */
function* useThrough(program: PythonProgram, site: PySite, seen: Set<PyNode>): Generator<Use> {
  const assignment = enclosingAssignment(site.node)
  const left = assignment && field(assignment, 'left')
  const right = assignment && field(assignment, 'right')
  if (assignment && left && right && isInside(site.node, right)) {
    const key = settingKey(program, left, site.scope)
    if (key !== undefined) return yield* usesOf(program, { node: bare(right), scope: site.scope, name: undefined, setting: key }, seen)
    if (left.kind === 'identifier' && !site.fn) return yield* usesOf(program, { node: bare(right), scope: site.scope, name: site.module.text.slice(left.start, left.end), setting: undefined }, seen)
  }
  yield* useAt(program, site.node, site.scope, seen)
}
function enclosingAssignment(node: PyNode): PyNode | undefined {
  const found = ancestor(node, 'assignment', 'block', 'module')
  return found?.kind === 'assignment' ? found : undefined
}

function* useAt(program: PythonProgram, node: PyNode, scope: PyScope, seen: Set<PyNode>): Generator<Use> {
  const call = outerCall(program, node, scope)
  if (call && call.names.some((name) => folderMade.test(name) || removal.test(name))) return yield 'neutral'
  const fn = functionOf(scope)
  const assignment = enclosingAssignment(node)
  const left = assignment && field(assignment, 'left')
  if (!fn || !assignment || left?.kind !== 'identifier') return yield 'kept'
  const name = scope.module.text.slice(left.start, left.end)
  if (isScratchVariable(program, fn, name, scope)) return yield 'scratch'
  // A local name for the folder: what becomes of that one counts.
  if (seen.has(assignment) || scope.bindings.get(name)?.length !== 1) return yield 'kept'
  seen.add(assignment)
  for (const use of usesOfName(fn, name, scope)) if (use !== left) yield* useAt(program, use, scope, seen)
}
function functionOf(scope: PyScope): PyFunction | undefined {
  return scope.fn ?? (scope.parent ? functionOf(scope.parent) : undefined)
}
/** The call whose argument or object the node is, past `os.path.join` and the like. */
function outerCall(program: PythonProgram, node: PyNode, scope: PyScope): PyCall | undefined {
  const statement = statementOf(node)
  for (let at = node.parent; at && at !== statement.parent; at = at.parent) {
    if (at.kind !== 'call') continue
    const call = program.callAt({ module: scope.module, node: at, scope, fn: undefined, runs: [], handled: false })
    if (!call.names.some((name) => /^(os\.path\.(join|abspath|normpath)|pathlib\.Path|builtins\.str)$/.test(name))) return call
  }
  return undefined
}

/** A variable of the function holds the path, and the function removes it on its ordinary way, or hands it to readers only. */
export function isScratchVariable(program: PythonProgram, fn: PyFunction, name: string, scope: PyScope, removedOnly = false): boolean {
  const text = (node: PyNode | undefined): string => (node ? scope.module.text.slice(node.start, node.end) : '')
  const uses = usesOfName(fn, name, scope)
  const calls = uses.map((node) => ({ node, call: outerCall(program, node, scope) }))
  const removes = ({ call }: { readonly call: PyCall | undefined }): boolean =>
    call !== undefined && (call.names.some((origin) => removal.test(origin)) || /^\w+\.(unlink|rmdir)$/.test(text(field(call.node, 'function'))))
  if (calls.some((use) => removes(use) && isOrdinary(use.node, fn, name))) return true
  if (removedOnly) return false
  const assigned = uses.find((node) => node.parent?.kind === 'assignment' && node.field === 'left')
  const value = assigned?.parent && field(assigned.parent, 'right')
  const readers = calls.every(({ node, call }) => node === assigned || (call !== undefined && call.names.some((origin) => isConsumer(origin))))
  const isRead = calls.some(({ node, call }) => node !== assigned && call !== undefined && isReader(call))
  return value !== undefined && readers && isRead && !partsLeak(fn, value, scope)
}
function usesOfName(fn: PyFunction, name: string, scope: PyScope): readonly PyNode[] {
  return [...walk(fn.body)].filter((node) => node.kind === 'identifier' && scope.module.text.slice(node.start, node.end) === name && node.field !== 'attribute' && !(node.field === 'name' && node.parent?.kind === 'keyword_argument'))
}
/** Hands the content on: a file that is only written is kept for somebody. */
const isReader = (call: PyCall): boolean => call.names.some((origin) => readCalls.some(({ match }) => match.test(origin)) && !(/open$/.test(origin) && /["'](a|w|x)b?\+?t?["']/.test(call.module.text.slice(call.node.start, call.node.end))))
const isConsumer = (origin: string): boolean => looking.test(origin) || removal.test(origin) || readCalls.some(({ match }) => match.test(origin)) || writeCalls.some(({ match }) => match.test(origin))

/** Not only when something failed: not in an except clause, nor under a test of something else than the file. */
function isOrdinary(node: PyNode, fn: PyFunction, name: string): boolean {
  for (let at: PyNode | undefined = node; at && at !== fn.body; at = at.parent) {
    if (at.kind === 'except_clause') return false
    const test = at.parent?.kind === 'if_statement' && at.field === 'consequence' ? field(at.parent, 'condition') : undefined
    if (test && !asksForFile(fn.module.text.slice(test.start, test.end), name)) return false
  }
  return true
}
/** `if os.path.exists(path)`, `if path and path.exists()`. */
function asksForFile(test: string, name: string): boolean {
  const pieces = test.split(/\band\b/).map((piece) => piece.trim())
  return pieces.every((piece) => piece === name || piece === `${name} is not None` || (new RegExp(`\\b${name}\\b`).test(piece) && /^[^!]*(exists|isfile|is_file|isdir|is_dir)\(.*\)$/.test(piece) && !piece.startsWith('not ')))
}
/** The parts of the path (a file name) go on to somewhere that could look the file up later. */
function partsLeak(fn: PyFunction, value: PyNode, scope: PyScope): boolean {
  const text = (node: PyNode): string => scope.module.text.slice(node.start, node.end)
  const parts = new Set([...walk(value)].filter((node) => node.kind === 'identifier' && scope.bindings.has(text(node))).map(text))
  for (const node of walk(fn.body)) {
    if (node.kind !== 'identifier' || !parts.has(text(node)) || node.start < value.end) continue
    const parent = node.parent
    if (parent?.kind === 'attribute' && node.field === 'object' && /\.(endswith|startswith|split|rsplit|lower|filename|save|read|seek|content_type|mimetype)$/.test(text(parent))) continue
    if (parent?.kind === 'comparison_operator') continue
    return true
  }
  return false
}
/** The address of a route, which is no path on disk. */
function isRoute(program: PythonProgram, site: PySite): boolean {
  return program.pyRoutes.some((route) => route.module === site.module && isInside(site.node, route.node))
}
/** Its name stands in another string of the reached code. */
function mentionedElsewhere(program: PythonProgram, home: Home): boolean {
  const last = home.place.text.split('/').at(-1) ?? ''
  if (last === '') return true
  const word = new RegExp(`(^|[/\\\\])${last.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}([/\\\\]|$)`)
  for (const site of program.sites('string')) {
    if ((site.module === home.scope.module && isInside(site.node, home.node)) || isRoute(program, site)) continue
    const parent = site.node.parent
    if (parent?.kind === 'subscript' && site.node.field === 'subscript') continue
    if (site.module.text.slice(site.node.start + 1, site.node.end - 1).split(/["']/).some((piece) => word.test(piece))) return true
  }
  return false
}

/** The same plain string, written out several times in one function and handed to readers and writers only: all of it is scratch. */
function scratchLiterals(program: PythonProgram, home: Home): readonly Home[] | undefined {
  const fn = functionOf(home.scope)
  const last = home.place.text.split('/').at(-1) ?? ''
  if (home.node.kind !== 'string' || !fn || last === '' || /(^|\/)(static|public|media)\//.test(home.place.text)) return undefined
  const quoted = home.scope.module.text.slice(home.node.start, home.node.end)
  const same = [...program.sites('string')].filter((site) => !isRoute(program, site) && site.module.text.slice(site.node.start, site.node.end).includes(last))
  const fits = same.every((site) => {
    if (site.fn !== fn || site.module.text.slice(site.node.start + 1, site.node.end - 1) !== quoted.slice(1, -1)) return false
    return outerCall(program, site.node, site.scope)?.names.some(isConsumer) === true
  })
  const handedOn = same.some((site) => {
    const call = outerCall(program, site.node, site.scope)
    return call !== undefined && (isReader(call) || call.names.some((name) => removal.test(name)))
  })
  return fits && handedOn ? same.map((site) => ({ ...home, node: site.node, scope: site.scope })) : undefined
}

/** The edits that put a scratch home below the temp folder; the same ones whichever rule asks. Undefined where it is not scratch. */
export function scratchInTemp(program: PythonProgram, home: Home, context: RuleContext): readonly Change[] | undefined {
  if (home.scope.module.brokenAt !== undefined) return undefined
  const name = home.place.text.split('/').at(-1)
  if (isScratchHome(program, home)) return redirected(program, home, context.target, isFileName(home.place.text) || isMadeWhereNeeded(program, home, context) ? name : undefined)
  const literals = isFileName(home.place.text) ? scratchLiterals(program, home) : undefined
  return literals?.flatMap((one) => redirected(program, one, context.target, name))
}
const isFileName = (text: string): boolean => /\.\w{1,8}$/.test(text)
/** The app makes the folder at import, or in each function that writes there: below the temp folder it will be there too. */
function isMadeWhereNeeded(program: PythonProgram, home: Home, { repo, app }: RuleContext): boolean {
  const here = fileWrites(program).filter((write) => homeOf(program, write.target, write.call.scope, repo, app.root)?.node === home.node)
  const folders = here.filter((write) => write.kind === 'mkdir')
  if (folders.some((write) => program.first(write.call).when === 'import')) return true
  return folders.length > 0 && here.every((write) => folders.some((made) => made.call.fn === write.call.fn))
}
