/** A path below the project, written the way the settings write theirs. */
import { importedAt, type Expression } from '../settings/host-guard.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'
import { dirOf } from '../modules.js'
import { managePath } from './project.js'

/** `BASE_DIR / "name"`, `os.path.join(BASE_DIR, "name")`, or a path from the settings file where there is no BASE_DIR; at this node. */
export function inProject(program: PythonProgram, node: PyNode, scope: PyScope, name: string): Expression {
  const { module } = scope
  for (const base of ['BASE_DIR', 'ROOT_DIR', 'PROJECT_ROOT', 'PROJECT_DIR', 'PROJECT_PATH']) {
    const bound = program.bindings(base, module.scope).filter((binding) => binding.node.start < node.start || binding.scope.module !== module)
    const values = bound.flatMap((binding) => (binding.kind === 'assign' ? [program.text(binding.value, binding.scope.module)] : binding.kind === 'import' ? program.definitions(binding.node, binding.scope).map((one) => program.text(one.node, one.scope.module)) : []))
    const [value] = values
    if (value === undefined) continue
    // `environ.Path` and `Path` of unipath and path.py take a slash or a call; only pathlib's is known.
    if (/\bPath\(/.test(value) && !/environ\.Path/.test(value) && !/\bstr\(|os\.path/.test(value)) return { text: `${base} / "${name}"`, changes: [] }
    if (/os\.path|\bstr\(|abspath|dirname/.test(value)) {
      const os = importedAt(module, scope, node, 'os')
      return { text: `${os.name}.path.join(${base}, "${name}")`, changes: os.changes }
    }
  }
  const manage = managePath(program.repo, module.path)
  const home = manage === undefined ? '.' : dirOf(manage)
  const below = home === '.' ? module.path : module.path.slice(home.length + 1)
  const pathlib = importedAt(module, scope, node, 'pathlib')
  return { text: `${pathlib.name}.Path(__file__).resolve().parents[${below.split('/').length - 1}] / "${name}"`, changes: pathlib.changes }
}
