import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { ancestor, field, literalText, walk, type PyNode, type PyRoute, type PySite } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'

const asked = /(^|\/)(health|healthz|health[-_]?check|live|livez|ready|readyz|readiness|status|ping)\/?$/i
const down = /^(un-?healthy|not[ _-]?(ok|healthy|ready|connected)|error|errors|fail(ed|ing|ure)?|down|degraded|disconnected|unavailable|offline|critical)\b/i

export const cfgHealthLies = {
  id: 'cfg-health-lies',
  title: 'Health check that answers 200 while something is down',
  hazard: 'unsafe-error-page',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const told = new Set<PyNode>()
    for (const route of program.pyRoutes) {
      if (!route.fn || !asked.test(route.path)) continue
      for (const site of program.sites('return_statement')) {
        if (site.fn !== route.fn || told.has(site.node)) continue
        const run = site.runs.find((one) => one.when === 'request')
        const said = run && saysDown(program, site)
        if (!run || said === undefined || !ancestorCatch(site.node) || hasStatus(program, site, route)) continue
        told.add(site.node)
        yield {
          path: site.module.path,
          range: { start: site.node.start, end: site.node.end },
          when: 'request',
          trace: program.trace(site, `says ${said} with status 200`, run),
          severity: severityFor(run, 'breaks'),
          message: `${route.path} says "${said}" in its body and answers 200. Monitors and the host look at the status only: they stay green, and a broken deployment is promoted. Answer 503 there.`,
          remedy: { kind: 'manual', reason: 'Answer 503 in this branch, with the names of the parts that are down and no error text. Where the same route tells a host that the process is alive, split it in two.' },
        }
      }
    }
  },
} satisfies Rule

/** The word for trouble in what is returned: a value, not a key. */
function saysDown(program: PythonProgram, { node, module }: PySite): string | undefined {
  for (const at of walk(node)) {
    if (at.kind !== 'string' || at.field === 'key') continue
    const text = literalText(at, module.text)
    const key = at.parent?.kind === 'pair' ? field(at.parent, 'key') : at.parent?.kind === 'keyword_argument' ? field(at.parent, 'name') : undefined
    if (text !== undefined && down.test(text) && key && /status|health|state|database|db|ok/i.test(program.text(key, module))) return text
  }
  return undefined
}
/** In an `except` clause: the route found out that something is down. */
function ancestorCatch(node: PyNode): boolean {
  return ancestor(node, 'except_clause', 'function_definition')?.kind === 'except_clause'
}
/** A status other than 200 is set: in the answer, on a `Response` parameter, or beside the body. */
function hasStatus(program: PythonProgram, { node, module }: PySite, { fn }: PyRoute): boolean {
  const text = program.text(node, module)
  const clause = ancestor(node, 'except_clause')
  return /status_code\s*=|\bstatus\s*=\s*(\d|HTTP)|,\s*(5|4)\d\d\b|HTTPStatus|HTTP_5\d\d|\.status_code/.test(text) || (clause !== undefined && /status_code\s*=/.test(program.text(clause, module))) || (fn !== undefined && /\bstatus_code\s*=\s*(5|4)\d\d|\bcode\s*=/.test(program.text(fn.body, module)))
}
