/** Folders whose files an Express app hands out, and pages that it answers any path with. */
import type { Path } from '../../../types.js'
import type { Folded } from '../../folded.js'
import { dirOf } from '../../paths.js'
import { bare, field, literalText, walk, type JsCall, type JsNode, type JsProgram, type JsRoute } from '../program.js'

export type Place = Folded & { readonly path: Path }
export type ServedFolder = {
  readonly call: JsCall
  /** Where it may lie, as far as that is known; repo-relative. */
  readonly places: readonly Place[]
  /** The path it is mounted under: '/' for none; undefined when that is not to be told. */
  readonly mount: string | undefined
  /** What requests pass before the files: `app.use('/docs', signedIn, express.static('docs'))`. */
  readonly before: readonly JsNode[]
}

export const statics = ['express.static', 'serve-static'] as const

export function* servedFolders(program: JsProgram): Generator<ServedFolder> {
  for (const call of program.calls(...statics)) {
    const run = program.first(call)
    const [dir] = call.args
    if (!dir || run.when === 'main' || run.when === 'build') continue
    const use = call.node.parent?.kind === 'CallExpression' && call.node.field === 'arguments' ? call.node.parent : undefined
    const callee = use && field(use, 'expression')
    const isUse = callee?.kind === 'PropertyAccessExpression' && /^(use|get|all)$/.test(program.text(field(callee, 'name') ?? callee))
    const args = isUse && use ? use.children.filter((child) => child.field === 'arguments') : []
    const [first] = args
    const mounts = first && first !== call.node ? program.fold.text(first) : undefined
    const written = mounts?.length === 1 && mounts[0]?.exact && mounts[0].base === 'text' ? mounts[0].text : undefined
    const isPath = written !== undefined || (first !== undefined && /StringLiteral|Template|Array|RegularExpression/.test(bare(first).kind))
    yield {
      call,
      places: placesOf(program, dir),
      mount: !isUse ? undefined : first === call.node || !isPath ? '/' : written === undefined ? undefined : `/${written.replace(/^\/+|\/+$/g, '')}`,
      before: args.slice(isPath ? 1 : 0, Math.max(0, args.indexOf(call.node))),
    }
  }
}
/** A path as the repo names it: one from where the process starts is below the app's own folder. */
export function placesOf(program: JsProgram, node: JsNode): readonly Place[] {
  const { app, repo } = program
  return program.fold.path(node).flatMap((folded) => {
    if (folded.base !== 'repo' && folded.base !== 'cwd') return []
    const here = folded.base === 'cwd' && app.root !== '.' && !repo.has(folded.text) && !repo.hasDir(folded.text)
    return [{ ...folded, path: here ? (folded.text === '.' ? app.root : `${app.root}/${folded.text}`) : folded.text }]
  })
}
/** Repo-relative made app-relative; undefined when it lies outside the app's folder. */
export function insideApp(root: Path, path: Path): Path | undefined {
  if (root === '.') return path.startsWith('..') ? undefined : path
  return path === root ? '.' : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined
}
/** What a front end's build makes, by the names that its tools give it. */
export const isBuildOutput = ({ repo, app }: JsProgram, path: Path): boolean => /(^|\/)(build|dist|out|www|\.output|_site)(\/|$)/.test(path) || (path.includes('/') && dirOf(path) !== app.root && repo.has(`${dirOf(path)}/package.json`))

export type Fallback = {
  /** The call that registers the route. */
  readonly call: JsCall
  /** The folder of the page; undefined when it is not to be told. */
  readonly dir: Path | undefined
  readonly page: Path | undefined
  readonly route: string
}
const anyPath = /^(\*|\/\*|\/?\*\w+|\/?\{\*\w+\}|\/?\(\.\*\)|\/?:\w+\(\*\)|\/\^?\\?\/?\.?\*.*\/|\/\.\*\/)$/

/** Routes that answer every path with one page of a front end. */
export function* fallbacks(program: JsProgram): Generator<Fallback> {
  const sends = [...program.calls('express.response.sendFile', 'express.response.sendfile')]
  const seen = new Set<JsNode>()
  for (const route of program.jsRoutes) {
    if (!anyPath.test(route.path) && !/\/(\*|\*\w+|\(\.\*\))$/.test(route.path) && !/^\/.*\/$/.test(route.path)) continue
    const send = sends.find((call) => isIn(call, route))
    if (!send || seen.has(route.node)) continue
    seen.add(route.node)
    const site = program.siteOf(route.node)
    if (site) yield fallbackOf(program, program.callAt({ ...site, node: route.node }), send, route.path)
  }
  // `app.use((req, res) => res.sendFile(page))` after all routes.
  for (const call of program.calls('express().use')) {
    const fn = call.args.length === 1 ? program.values(call.args[0] as JsNode).flatMap((value) => (value.kind === 'function' ? [value.fn] : []))[0] : undefined
    const send = fn && sends.find((one) => one.fn?.node === fn.node)
    if (send && !seen.has(call.node) && /\.html['"`]/.test(program.text(send.node))) yield fallbackOf(program, call, send, 'any path')
  }
}
const isIn = (call: JsCall, route: JsRoute): boolean => (route.fn !== undefined && call.module === route.fn.module && call.node.start >= route.fn.node.start && call.node.end <= route.fn.node.end)

function fallbackOf(program: JsProgram, call: JsCall, send: JsCall, route: string): Fallback {
  const [file, options] = send.args
  const root = options && [...walk(options)].find((node) => node.kind === 'PropertyAssignment' && /^['"]?root['"]?$/.test(program.text(field(node, 'name') ?? node)))
  const base = root && field(root, 'initializer')
  const name = file && literalText(file, send.module.text)
  const under = base && name !== undefined ? placesOf(program, base).map((place) => ({ ...place, path: `${place.path}/${name}` })) : file ? placesOf(program, file) : []
  const page = under.find(({ exact }) => exact)?.path
  return { call, page, dir: page === undefined ? undefined : dirOf(page), route }
}
