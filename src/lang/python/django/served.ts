/** The settings of the served process alone, where manage.py names others: what a fix for the host edits. */
import type { Effect } from './effective.js'
import { managePath } from './project.js'
import { inForce, listOf, type ListSetting, type SettingsModule } from './settings.js'
import { literalText } from '../literals.js'
import type { PythonProgram } from '../program.js'
import { bare } from '../tree.js'
import type { PyModule, PyNode } from '../types.js'
import { dirOf, join } from '../modules.js'
import type { Problem } from '../../../types.js'

/** What manage.py names, where it is not what the served file names. */
function builtBy(program: PythonProgram): SettingsModule | undefined {
  const [served, ...rest] = inForce(program)
  const manage = managePath(program.repo, program.app.entry.file)
  return rest.find(({ named }) => named.because.file === manage) ?? served
}

/** The settings module of the served application; undefined outside Django. */
export function servedSettings(program: PythonProgram): PyModule | undefined {
  return inForce(program)[0]?.module
}
/** The settings module that manage.py names, which a build reads; the served one where it names no other. */
export function builtSettings(program: PythonProgram): PyModule | undefined {
  return builtBy(program)?.module
}
/** The statements that make up a setting in the served process. */
export function servedEffects(program: PythonProgram, key: string): readonly Effect[] {
  return inForce(program)[0]?.effects.get(key) ?? []
}
export function builtEffects(program: PythonProgram, key: string): readonly Effect[] {
  return builtBy(program)?.effects.get(key) ?? []
}
export function servedList(program: PythonProgram, key: string): ListSetting {
  return listOf(servedEffects(program, key), (name) => servedEffects(program, name), program)
}
/** The last plain value of a setting there. */
export function servedValue(program: PythonProgram, key: string): Effect | undefined {
  return servedEffects(program, key).filter(({ op }) => op === 'set').at(-1)
}
/** What a setting says as a literal: text, a boolean, null for None; undefined when it is absent or made at run time. */
export function literalSetting(program: PythonProgram, key: string): string | boolean | null | undefined {
  const effects = servedEffects(program, key)
  const last = effects.at(-1)
  if (!last || last.op !== 'set' || last.uncertain) return undefined
  const node = bare(last.node)
  if (node.kind === 'true' || node.kind === 'false') return node.kind === 'true'
  if (node.kind === 'none') return null
  return node.kind === 'string' || node.kind === 'concatenated_string' ? literalText(node, last.scope.module.text) : undefined
}
/** The modules that a settings module is made of: itself, the packages above it, and what it imports from the repo. */
export function settingsClosure(program: PythonProgram, from: readonly PyModule[]): ReadonlySet<PyModule> {
  const out = new Set<PyModule>()
  const todo = [...from]
  const imports = [...program.imports()].filter((site) => site.fn === undefined)
  for (let module = todo.pop(); module; module = todo.pop()) {
    if (out.has(module)) continue
    out.add(module)
    const above = dirOf(module.path) === '.' ? undefined : program.modules.get(join(dirOf(module.path), '__init__.py'))
    if (above) todo.push(above)
    for (const site of imports) if (site.module === module) for (const path of site.resolved) todo.push(...[program.modules.get(path)].flatMap((one) => one ?? []))
  }
  return out
}
/** Where a statement of the settings that the build reads stands. */
export function placeInBuild(program: PythonProgram, node: PyNode, module: PyModule, note: string): Pick<Problem, 'path' | 'range' | 'when' | 'trace'> {
  return { path: module.path, range: { start: node.start, end: node.end }, when: 'build', trace: [{ file: module.path, line: program.line(node, module), note }] }
}
