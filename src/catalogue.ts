/** The catalogue's names, for messages and completion. */
import { rules } from '../codemods/index.js'

export const ruleIds = (): readonly string[] => [...new Set(rules.map((rule) => rule.id))]
