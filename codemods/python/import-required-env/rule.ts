import type { Problem, Program, Rule, RuleContext } from '../../../src/types.js'
import { field, hostMarks, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import { requiredVariables } from '../../../src/lang/python/settings/required-env.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'

export const importRequiredEnv = {
  id: 'import-required-env',
  title: 'Variable without which the app does not start',
  hazard: 'env-required-at-import',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: Program, context: RuleContext): Generator<Problem> {
    for (const { name, node, site, fails } of requiredVariables(program)) {
      if (hostMarks.has(name) || name in context.target.hostEnv || isInDotenv(program, context, name)) continue
      const place = spotted(program, site, node, `needs ${name}`, 'blocks')
      if (!place) continue
      const named = documentedIn(context, name)
      yield {
        ...place,
        // Whoever deploys is told by the repo itself: a gate that never opens for such an app would only be switched off.
        ...(named === undefined && !onHostOnly(program, node, site.scope) ? {} : { severity: 'advice' as const }),
        message: `${name} is read while the app is imported, and without it ${fails}: the app does not start and every request fails. Set ${name} on the host, for previews too, before the first deployment.`,
        remedy: { kind: 'manual', reason: `Only you know the value of ${name}: set it in the host's settings, for production and previews. It is listed among the steps.${named === undefined ? ' Name it in .env.example, without the value, so that whoever deploys next knows it; `check` then lets it pass.' : ` ${named} names it.`}` },
      }
    }
  },
} satisfies Rule

/** Read under a test for the host (`… if os.environ.get("VERCEL") else …`): somebody decided that it must be set there. */
function onHostOnly(program: Program, node: PyNode, scope: PyScope): boolean {
  for (let at: PyNode | undefined = node; at?.parent; at = at.parent) {
    const parent: PyNode = at.parent
    if (parent.kind === 'function_definition') return false
    const test = parent.kind === 'conditional_expression' ? parent.children.filter((child) => child.kind !== 'comment')[1] : parent.kind === 'if_statement' ? field(parent, 'condition') : undefined
    if (test && test !== at && program.guards.reads(test, scope).some((name) => hostMarks.has(name))) return true
  }
  return false
}

/** The example file of the repo that names the variable. */
function documentedIn({ repo, app }: RuleContext, name: string): string | undefined {
  const names = ['.env.example', '.env.sample', '.env.template', '.env.dist', 'env.example', 'example.env', 'sample.env', '.flaskenv.example']
  const paths = [...new Set(names.flatMap((file) => (app.root === '.' ? [file] : [`${app.root}/${file}`, file])))]
  return paths.find((path) => new RegExp(`^\\s*#?\\s*(export\\s+)?${name}\\s*=`, 'm').test(repo.text(path) ?? ''))
}

/** A committed .env that the app loads goes up with the code. */
function isInDotenv(program: Program, { repo, app }: RuleContext, name: string): boolean {
  if ([...program.callsMatching(/^dotenv\.(main\.)?load_dotenv$/)].length === 0) return false
  const path = app.root === '.' ? '.env' : `${app.root}/.env`
  if (repo.tracked && !repo.tracked.has(path)) return false
  return new RegExp(`^\\s*(export\\s+)?${name}\\s*=\\s*\\S`, 'm').test(repo.text(path) ?? '')
}
