/** Which of several settings modules the host runs: those for development and tests give way to the others. */
import type { PythonProgram } from '../program.js'
import type { PyModule, PyNode, PyScope, PySite } from '../types.js'
import { settingEffects, settingsModules } from '../django/settings.js'
import { testedVariables } from './tested.js'
import { needsVariable, whenUnset } from './when-unset.js'
import { ancestor, field } from '../tree.js'

type FromEffect = { readonly scope: PyScope; readonly uncertain: boolean }

/** 'settings/dev.py', 'local_settings.py', 'settings_test.py'. */
export function isForDevelopment({ path }: PyModule): boolean {
  return /(^|[_-])(dev|devel|development|local|test|tests|testing|ci)([_-]|\.py$)/i.test(path.split('/').at(-1) ?? '')
}
/** Without the values that only development or tests get, where there are others or where another module stands beside it. */
export function served<T extends { readonly effect: FromEffect }>(found: readonly T[]): readonly T[] {
  const isAside = ({ effect }: T): boolean => effect.uncertain && isForDevelopment(effect.scope.module)
  return found.some((one) => !isAside(one)) ? found.filter((one) => !isAside(one)) : found
}

export type DevelopmentFirst = { readonly site: PySite; readonly module: PyModule; readonly debug: PyNode; /** The variable that leads to other settings; undefined where only a missing file does. */ readonly unless: string | undefined }

/** `try: from .dev import *` with the file in the repo, and `else: from .dev import *`: the settings of development are what a host without further settings runs. */
export function* developmentFirst(program: PythonProgram): Generator<DevelopmentFirst> {
  const effects = settingEffects(program, 'DEBUG')
  const modules = new Set(settingsModules(program))
  for (const found of program.imports()) {
    if (!modules.has(found.module) || found.names.some((name) => name !== '*')) continue
    const statement = found.node
    for (const path of found.resolved) {
      const on = effects.find(({ op, node, scope }) => op === 'set' && node.kind === 'true' && scope.module.path === path && isForDevelopment(scope.module))
      if (!on || !isStar(statement)) continue
      const clause = ancestor(statement, 'except_clause', 'else_clause', 'elif_clause', 'try_statement', 'if_statement')
      const condition = clause && field(clause, 'condition')
      const byDefault = clause?.kind === 'else_clause' || (condition !== undefined && whenUnset(program, condition, found.scope)?.value === true)
      const unless = byDefault && !needsVariable(program, statement, found.scope) ? testedVariables(program, statement, found.scope)[0] : undefined
      if (clause?.kind === 'try_statement' || unless !== undefined) yield { site: found, module: on.scope.module, debug: on.node, unless }
    }
  }
}
function isStar(node: PyNode): boolean {
  return node.children.some((child) => child.kind === 'wildcard_import')
}
