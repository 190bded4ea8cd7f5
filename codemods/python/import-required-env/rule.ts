import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { tellHabitsOnce } from '../../../src/lang/habits.js'
import { field, hostMarks, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import { byPlace, listed, needed as missing, type NeededProblem } from '../../../src/lang/required-env.js'
import { requiredInRequests, requiredVariables, type RequiredVariable } from '../../../src/lang/python/settings/required-env.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'

export const importRequiredEnv = {
  id: 'import-required-env',
  title: 'Variable without which the app does not start',
  hazard: 'env-required-at-import',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    // What the repo's own example names is a list to go through, not many matters.
    yield* tellHabitsOnce(needed(program, context), 4, ({ severity, path, when }) => (severity === 'advice' || when === 'request' ? `${path} ${when}` : undefined), (first, others) => ({ ...first, message: `${first.message} The same goes for ${listed(others.flatMap(({ names }) => names))} in this file.` }))
  },
} satisfies Rule

function* needed(program: PythonProgram, context: RuleContext): Generator<NeededProblem> {
  const open = ({ name }: RequiredVariable): boolean => !hostMarks.has(name) && !(name in context.target.hostEnv) && !isInDotenv(program, context, name)
  for (const [variables, base] of [[requiredVariables(program), 'blocks'], [requiredInRequests(program), 'breaks']] as const)
    for (const one of byPlace(variables.filter(open))) {
      const { names, node, site } = one
      const place = spotted(program, site, node, `needs ${listed(names)}`, base)
      if (place) yield missing(place, one, context, { asker: base === 'blocks' ? undefined : site.fn ? `${site.fn.qualname}()` : 'the code', decided: onHostOnly(program, node, site.scope) })
    }
}

/** Read under a test for the host (`… if os.environ.get("VERCEL") else …`): somebody decided that it must be set there. */
function onHostOnly(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  for (let at: PyNode | undefined = node; at?.parent; at = at.parent) {
    const parent: PyNode = at.parent
    if (parent.kind === 'function_definition') return false
    const test = parent.kind === 'conditional_expression' ? parent.children.filter((child) => child.kind !== 'comment')[1] : parent.kind === 'if_statement' ? field(parent, 'condition') : undefined
    if (test && test !== at && program.guards.reads(test, scope).some((name) => hostMarks.has(name))) return true
  }
  return false
}

/** A committed .env that the app or its settings class loads goes up with the code. */
function isInDotenv(program: PythonProgram, { repo, app }: RuleContext, name: string): boolean {
  if ([...program.callsMatching(/^dotenv\.(main\.)?load_dotenv$/)].length === 0 && ![...program.modules.values()].some(({ text }) => /\benv_file\b/.test(text))) return false
  const path = app.root === '.' ? '.env' : `${app.root}/.env`
  if (repo.tracked && !repo.tracked.has(path)) return false
  return new RegExp(`^\\s*(export\\s+)?${name}\\s*=\\s*\\S`, 'm').test(repo.text(path) ?? '')
}
