import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { tellHabitsOnce } from '../../../src/lang/habits.js'
import { hostMarks } from '../../../src/lang/host-marks.js'
import { requiredInRequests, requiredVariables, type RequiredVariable } from '../../../src/lang/javascript/settings/required-env.js'
import { byPlace, listed, needed, type NeededProblem } from '../../../src/lang/required-env.js'
import { spotted } from '../../../src/lang/spotted.js'

export const importRequiredEnv = {
  id: 'import-required-env',
  title: 'Variable without which the app does not start',
  hazard: 'env-required-at-import',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    // A list of sign-in providers is one matter in its file.
    yield* tellHabitsOnce(missing(program, context), 1, ({ severity, path, fails }) => `${severity ?? ''} ${path} ${fails}`, (first, others) => ({ ...first, message: `${first.message} The same goes for ${listed([...new Set(others.flatMap(({ names }) => names))])} in this file.` }))
  },
} satisfies Rule

function* missing(program: JsProgram, context: RuleContext): Generator<NeededProblem & { readonly fails: string }> {
  const open = ({ name }: RequiredVariable): boolean => !hostMarks.has(name) && !(name in context.target.hostEnv) && !/^(PORT|NODE_ENV|HOME|PATH|TZ)$/.test(name)
  for (const [variables, base] of [[requiredVariables(program), 'blocks'], [requiredInRequests(program), 'breaks']] as const)
    for (const one of byPlace(variables.filter(open))) {
      const { names, node, site } = one
      const place = spotted(program, site, node, `needs ${listed(names)}`, base)
      if (place) yield { ...needed(place, one, context, { asker: base === 'blocks' ? undefined : site.fn && site.fn.name !== '' ? `${site.fn.name}()` : 'the code', decided: program.guards.reads(node).some((read) => hostMarks.has(read)) }), fails: one.fails }
    }
}
