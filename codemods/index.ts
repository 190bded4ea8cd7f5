/** The catalogue of hazards. One line a rule, in the order of HAZARDS' groups; the order is the report's order. */
import type { Rule } from '../src/types.js'
import { depNotDeclared } from './python/dep-not-declared/rule.js'

export const rules: readonly Rule[] = [
  // entry and start
  // import time
  // state
  // filesystem
  // databases
  // background work
  // connections and streams
  // static files and templates
  // dependencies and bundle
  depNotDeclared,
  // configuration and security
  // lifecycle and deprecated APIs
  // flask
]

/** The rule with this id. */
export function ruleById(id: string): Rule | undefined {
  return rules.find((rule) => rule.id === id)
}
