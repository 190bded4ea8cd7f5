/** The groups of hazards. Their order is the report's. */
import type { Rule } from '../src/types.js'

export const groups = [
  'entry', // entry and start
  'imports', // import time
  'state',
  'files', // filesystem
  'databases',
  'background', // background work
  'connections', // connections and streams
  'statics', // static files and templates
  'dependencies', // dependencies and bundle
  'configuration', // configuration and security
  'limits',
  'lifecycle', // lifecycle and deprecated APIs
  'django',
  'flask',
  'fastapi',
  'express',
] as const
export type Group = (typeof groups)[number]
/** The rules of one language. */
export type RulesByGroup = Readonly<Partial<Record<Group, readonly Rule[]>>>
