/** The catalogue of hazards: the rules of all languages, group by group; the order is the report's order. */
import type { Rule } from '../src/types.js'
import { configRules } from './config/index.js'
import { groups, type RulesByGroup } from './groups.js'
import { javascriptRules } from './javascript/index.js'
import { pythonRules } from './python/index.js'

const languages: readonly RulesByGroup[] = [pythonRules, javascriptRules, configRules]

export const rules: readonly Rule[] = groups.flatMap((group) => languages.flatMap((rulesOf) => rulesOf[group] ?? []))
