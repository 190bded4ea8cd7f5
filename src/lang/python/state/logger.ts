/** How a module says something to the log: with the logger it has, or the one its framework hands out. */
import type { Change, FrameworkId } from '../../../types.js'
import { ensureImport } from '../edit.js'
import type { PythonProgram } from '../program.js'
import type { PyModule, PyScope } from '../types.js'

export type Logger = { readonly text: string; readonly changes: readonly Change[] }

type Source = { readonly module: string; readonly member?: string; readonly logger: string }
const standard: Source = { module: 'logging', logger: 'getLogger(__name__)' }
/** Frameworks with a logger of their own; the others leave it to the standard library. */
const own: Readonly<Partial<Record<FrameworkId, Source>>> = { flask: { module: 'flask', member: 'current_app', logger: 'logger' } }
const makes = /^(logging\.getLogger|structlog\.(stdlib\.)?get_logger)\(\)$/

/** Undefined when the function that would use it has another meaning for the name. */
export function loggerIn(program: PythonProgram, module: PyModule, scope: PyScope): Logger | undefined {
  const free = (name: string): boolean => scope === module.scope || !scope.bindings.has(name)
  for (const [name, bindings] of module.scope.bindings)
    if (free(name) && bindings.every((binding) => binding.kind === 'assign' && program.origins(binding.value, module.scope).some((origin) => makes.test(origin)))) return { text: name, changes: [] }
  const source = own[program.app.framework] ?? standard
  const imported = ensureImport(module, source.module, source.member)
  return free(imported.name) ? { text: `${imported.name}.${source.logger}`, changes: imported.changes } : undefined
}
