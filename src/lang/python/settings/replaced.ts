/** Entries of a setting that a variable replaces further down. */
import type { dictSetting } from '../django/settings.js'
import type { PythonProgram } from '../program.js'
import { testedVariables, underTests } from './tested.js'

export type DictEntry = ReturnType<typeof dictSetting>[number]

/** `if 'RDS_HOSTNAME' in os.environ: DATABASES = {…}` below an entry: the variable that leads to what stands there instead, unless that is `alike`. */
export function replacedBelow(program: PythonProgram, entry: DictEntry, entries: readonly DictEntry[], alike: RegExp): string | undefined {
  for (const other of entries) {
    if (entry.effect.uncertain || other.key !== entry.key || !other.effect.uncertain || other.scope.module !== entry.scope.module || other.node.start < entry.node.end) continue
    if (underTests(other.effect.statement, other.scope) || alike.test(program.text(other.node, other.scope.module))) continue
    const [variable] = testedVariables(program, other.effect.statement, other.scope)
    if (variable !== undefined) return variable
  }
  return undefined
}
