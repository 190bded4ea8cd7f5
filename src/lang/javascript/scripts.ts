/** Files of the repo that a call runs beside the app: child processes, worker threads, cluster workers, PM2's and Bree's jobs. */
import type { Path } from '../../types.js'
import type { Folder } from './fold.js'
import { field, fieldsOf } from './tree.js'
import type { JsNode } from './types.js'

const starts = /^(child_process\.fork|worker_threads\.Worker|cluster\.setup(Primary|Master)|piscina|tinypool)$/

export function childScripts(call: JsNode, origins: readonly string[], fold: Folder): readonly Path[] {
  if (!origins.some((origin) => starts.test(origin))) return []
  const first = fieldsOf(call, 'arguments')[0]
  const named = first?.kind === 'ObjectLiteralExpression' ? first.children.flatMap((property) => field(property, 'initializer') ?? [])[0] : first
  return named ? fold.path(named).flatMap((folded) => (folded.exact && (folded.base === 'repo' || folded.base === 'cwd') ? [folded.text] : [])) : []
}
