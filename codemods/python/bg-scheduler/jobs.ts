/** What findings about repeated jobs have in common. */
import type { PySite, Run } from '../../../src/lang/python/program.js'

/** The way in which the served app itself comes to a place. */
export function servedRun(site: PySite): Run | undefined {
  return site.runs.find((run) => !run.background && (run.when === 'import' || run.when === 'startup' || run.when === 'request'))
}
/** Some names, for a sentence. */
export function shortened(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.length > 2 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}` : names.join(' and ')
}
