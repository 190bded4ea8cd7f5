/** Files of a repo that make, hand over or start an Express app. */
import { field, fieldsOf } from '../../lang/javascript/tree.js'
import type { JsNode } from '../../lang/javascript/types.js'
import { isScript } from '../../lang/javascript/tree.js'
import type { Entry, Path, Snapshot } from '../../types.js'
import { isAsideScript, isRunnable } from '../node-sources.js'
import { appValues, type AppMade, type AppValues } from './app-values.js'
import { serverFiles, type ServerFile, type ServerFiles } from './server-file.js'

export type Listen = { readonly file: Path; /** The `.listen(…)` call. */ readonly call: JsNode; readonly app: AppMade | undefined }
export type Handed = { readonly name: string; readonly of: 'app' | 'factory' | 'class' | 'server' | 'wrapped'; readonly app: AppMade }
export type World = { readonly files: ServerFiles; readonly values: AppValues }
/** What detection knows of one file. */
export type Candidate = {
  readonly path: Path
  /** `express()` calls. */
  readonly makes: readonly JsNode[]
  readonly listens: readonly Listen[]
  readonly handed: readonly Handed[]
}

const names = ['server', 'app', 'index', 'main', 'www']
const mentionsExpress = /(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(\s*)['"`]express['"`]/
/** Routers, types and middleware: a file that imports no more than these makes no app. */
const onlyMembers = /\bimport\s+type\b[^'"`]*['"`]express['"`]|\bimport\s*\{(?![^}]*\bdefault\b)[^}]*\}\s*from\s*['"`]express['"`]|\{[^{}]*\}\s*=\s*require\s*\(\s*['"`]express['"`]\s*\)/g
const nextServer = /(?:\bfrom\s*|\brequire\s*\(\s*)['"`]next['"`]/

/** Does some file of it import what makes an Express app? Tells without the compiler whether one must be loaded. */
export function mayHoldExpress(repo: Snapshot): boolean {
  for (const file of repo.files.values()) if (importsExpress(repo, file.path, file.text)) return true
  return false
}
function importsExpress(repo: Snapshot, path: Path, text: string): boolean {
  return text.includes('express') && (isScript(path) || isRunnable(repo, path)) && !isAsideScript(path) && mentionsExpress.test(text.replace(onlyMembers, ''))
}

/** An Express server that only hands pages to Next.js: what is deployed is the Next.js app. */
export const servesNext = (text: string): boolean => nextServer.test(text) && mentionsExpress.test(text) && /\bgetRequestHandler\b/.test(text)

export function worldOf(repo: Snapshot): World {
  const files = serverFiles(repo)
  return { files, values: appValues(files) }
}

/** Candidates among the files that a person wrote for the server. */
export function* candidatesIn(repo: Snapshot, world: World): Generator<Candidate> {
  for (const { path, text } of repo.files.values()) {
    const worth = importsExpress(repo, path, text) || (/\.listen\s*\(/.test(text) && (isScript(path) || isRunnable(repo, path)) && !isAsideScript(path))
    const candidate = worth && !servesNext(text) ? candidateAt(world, path) : undefined
    if (candidate) yield candidate
  }
}

/** What the file makes, starts and hands over; undefined when nothing of it has to do with an app. */
export function candidateAt(world: World, path: Path): Candidate | undefined {
  const file = world.files.file(path)
  if (!file) return undefined
  const makes = file.makes.filter((call) => madeBy(world, call, file) !== undefined)
  const listens = file.listens.flatMap((call) => listenAt(world, call, file) ?? [])
  const handed = [...handedBy(world, file)]
  return makes.length + listens.length + handed.length === 0 ? undefined : { path, makes, listens, handed }
}

function madeBy({ values }: World, call: JsNode, file: ServerFile): AppMade | undefined {
  const value = values.of(call, file)
  return value?.kind === 'app' && value.made === call ? value : undefined
}

/** A `.listen(…)` on an app, a server around one, or an object that holds one. */
function listenAt({ values }: World, call: JsNode, file: ServerFile): Listen | undefined {
  const callee = field(call, 'expression')
  const object = callee && field(callee, 'expression')
  const value = object && values.of(object, file)
  if (value) {
    const app = value.kind === 'holder' ? values.inside(value) : value.kind === 'server' ? value.app : value.kind === 'wrapped' || value.kind === 'app' ? values.inside(value) : undefined
    return app ? { file: file.path, call, app } : undefined
  }
  // A function that is given the app or the server: `module.exports = (server) => server.listen(port)`.
  const text = object ? file.text.slice(object.start, object.end) : ''
  const given = /^(this\.)?_?(express)?(app|application|server|httpServer)$/i.test(text) && file.names.some(({ name, means }) => means === undefined && name === text.replace(/^this\./, ''))
  return given ? { file: file.path, call, app: undefined } : undefined
}

/** Exports by which another file gets the app. */
function* handedBy({ values }: World, file: ServerFile): Generator<Handed> {
  for (const name of file.exports.keys()) {
    const value = values.meant(file.exports.get(name), file)
    if (!value || value.kind === 'express' || value.kind === 'module') continue
    const app = values.inside(value)
    if (!app) continue
    if (value.kind !== 'object') {
      yield { name, of: value.kind === 'function' ? 'factory' : value.kind === 'class' || value.kind === 'holder' ? 'class' : value.kind, app }
      continue
    }
    for (const property of fieldsOf(value.node, 'properties')) {
      const key = field(property, 'name')
      const member = key && file.text.slice(key.start, key.end)
      const held = field(property, 'initializer') ?? key
      const one = held && values.of(held, file)
      const inner = one && values.inside(one)
      if (member !== undefined && one && inner && (one.kind === 'app' || one.kind === 'function' || one.kind === 'server')) yield { name: member, of: one.kind === 'function' ? 'factory' : one.kind, app: inner }
    }
  }
}

/** How much a file looks like the one that is started, where nothing says so. */
export function rank({ path, listens, makes, handed }: Candidate): number {
  const stem = path.split('/').at(-1)?.replace(/\.\w+$/, '') ?? ''
  const usual = names.indexOf(stem)
  const depth = path.split('/').length - 1
  return (listens.length > 0 ? 60 : 0) + (makes.length > 0 ? 10 : 0) + (handed.length > 0 ? 5 : 0) + (usual < 0 ? 0 : 20 - usual) - depth * 4 - (/(^|[/._-])(old|backup|copy|bak|demo|mock|proxy|temp|test|debug|legacy)/i.test(path) ? 40 : 0)
}

/** The entry that a candidate would be. */
export function entryOf(world: World, candidate: Candidate, starts: boolean): Entry {
  const kind: Entry['kind'] = starts ? 'listen' : candidate.handed.some((one) => one.of === 'app' || one.of === 'wrapped' || one.of === 'server') ? 'instance' : candidate.handed.some((one) => one.of === 'factory') ? 'factory' : 'instance'
  return { file: candidate.path, symbol: symbolIn(world, candidate, kind), kind }
}

/**
 * The name under which the file holds the app: what it listens on or hands over, else the first name that holds an app, an object around one, or a server.
 * Of a factory the function's name.
 */
function symbolIn({ files, values }: World, candidate: Candidate, kind: Entry['kind']): string {
  const file = files.file(candidate.path)
  if (!file) return 'app'
  const of = (name: string): ReturnType<AppValues['of']> => {
    const declared = file.names.find((one) => one.name === name)
    return declared && values.meant(declared.means, file)
  }
  const text = (node: JsNode | undefined): string => (node ? file.text.slice(node.start, node.end) : '')
  if (kind === 'factory') {
    const factory = candidate.handed.find((one) => one.of === 'factory')
    const value = factory && values.exported(candidate.path, factory.name)
    const name = value?.kind === 'function' ? field(value.node, 'name') : undefined
    return name ? text(name) : (factory?.name ?? 'app')
  }
  const receivers = candidate.listens.map(({ call }) => text(field(field(call, 'expression') ?? call, 'expression')))
  const wanted = candidate.listens.find(({ app }) => app)?.app ?? candidate.handed[0]?.app
  const all = [...receivers, ...new Set(file.names.map(({ name }) => name))].filter((name) => /^[\w$]+$/.test(name))
  const direct = all.find((name) => {
    const value = of(name)
    return value?.kind === 'app' && (wanted === undefined || value.made === wanted.made)
  })
  const around = (...kinds: readonly string[]): string | undefined => all.find((name) => kinds.includes(of(name)?.kind ?? ''))
  return direct ?? around('app') ?? all.find((name) => {
    const value = of(name)
    return value?.kind === 'holder' && values.inside(value) !== undefined
  }) ?? around('server', 'wrapped') ?? localName(wanted, files) ?? 'app'
}

/** The variable or field that takes the `express()` call: 'app', 'this.app'. */
export function localName(app: AppMade | undefined, files: ServerFiles): string | undefined {
  const file = app && files.file(app.file)
  if (!app || !file) return undefined
  for (let at: JsNode | undefined = app.made; at; at = at.parent) {
    const name = at.kind === 'VariableDeclaration' || at.kind === 'PropertyDeclaration' ? field(at, 'name') : at.kind === 'BinaryExpression' && at.op === '=' ? field(at, 'left') : undefined
    const written = name && file.text.slice(name.start, name.end)
    if (written !== undefined && written !== 'module.exports' && /^[\w$.]+$/.test(written)) return at.kind === 'PropertyDeclaration' ? `this.${written}` : written
    if (/Statement$|^(FunctionDeclaration|ArrowFunction|FunctionExpression)$/.test(at.kind) && at.kind !== 'ExpressionStatement' && at.kind !== 'VariableStatement') return undefined
  }
  return undefined
}
