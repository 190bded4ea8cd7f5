/** Routes that hand out files of a front end: any path, with `index.html` for what is no file. */
import type { Path, Snapshot } from '../../../types.js'
import { ownCode } from '../background/loops.js'
import { join } from '../modules.js'
import { field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { Folded, PyNode, PyRoute, PyScope } from '../types.js'

export type FileRoute = {
  readonly route: PyRoute
  /** The folder that is handed out, where it can be told. */
  readonly dir: Path | undefined
  /** It answers with the front end's page for paths that are no files. */
  readonly fallsBack: boolean
}

const senders = /^flask\.(send_from_directory|send_file|helpers\.send_from_directory)$|^flask\.(Flask\(\)|current_app)\.send_static_file$/

/** Catch-all routes at the root (`/<path:…>`) whose function sends files. */
export function* catchAllFileRoutes(program: PythonProgram): Generator<FileRoute> {
  const seen = new Set<PyNode>()
  for (const route of program.pyRoutes) {
    if (!/^\/<path:[^>]+>$/.test(route.path) || !route.fn || seen.has(route.fn.node)) continue
    seen.add(route.fn.node)
    let sends = false
    let fallsBack = false
    let dir: Path | undefined
    for (const node of ownCode(route.fn.body)) {
      const callee = node.kind === 'call' ? field(node, 'function') : undefined
      const origins = callee ? program.origins(callee, route.fn.scope) : []
      const origin = origins.find((one) => senders.test(one))
      if (origin === undefined) continue
      sends = true
      const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment' && child.kind !== 'keyword_argument')
      const last = origin.endsWith('send_from_directory') ? args[1] : args[0]
      if (last && program.fold.text(last, route.fn.scope).some(({ text }) => /(^|\/)index\.html$/.test(text))) fallsBack = true
      if (origin.endsWith('send_from_directory') && args[0]) dir ??= folderOf(program, args[0], route.fn.scope)
      else if (origin.endsWith('send_static_file')) dir ??= staticFolder(program)
    }
    if (sends) yield { route, dir, fallsBack }
  }
}

function folderOf(program: PythonProgram, node: PyNode, scope: PyScope): Path | undefined {
  // `app.static_folder` is what the constructor was given; a blueprint's has a constructor of its own.
  const origins = program.origins(node, scope)
  if (origins.some((origin) => /^flask\.(Flask\(\)|current_app)\.static_folder$/.test(origin))) return staticFolder(program)
  if (origins.some((origin) => origin.endsWith('.static_folder'))) return undefined
  const known = program.fold.path(node, scope).find(({ exact, base }) => exact && (base === 'repo' || base === 'cwd'))
  // send_from_directory takes a relative folder from the app's own.
  const path = known && placed(program, known)
  return path?.startsWith('..') ? undefined : path
}
function placed(program: PythonProgram, { base, text }: Folded): Path {
  return base === 'repo' ? text : join(homeOf(program), text)
}
function homeOf(program: PythonProgram): Path {
  const [call] = program.calls('flask.Flask')
  const path = call?.module.path ?? program.app.entry.file
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
}
function staticFolder(program: PythonProgram): Path | undefined {
  const [call] = program.calls('flask.Flask')
  const given = call?.kwargs.get('static_folder')
  if (!call) return undefined
  if (!given) return join(homeOf(program), 'static')
  const known = program.fold.text(given, call.scope).find(({ exact, base }) => exact && (base === 'repo' || base === 'text'))
  return known && (known.base === 'repo' ? known.text : join(homeOf(program), known.text))
}

/** Is there a page to fall back to? */
export function hasPage(repo: Snapshot, dir: Path): boolean {
  return repo.has(join(dir, 'index.html'))
}
