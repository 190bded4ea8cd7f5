import type { Problem, PythonProgram, Rule, RuleContext, Severity } from '../../../src/types.js'
import { tellHabitsOnce } from '../../../src/lang/habits.js'
import { field, hostMarks, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
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

type Needed = Problem & { readonly names: readonly string[] }

function* needed(program: PythonProgram, context: RuleContext): Generator<Needed> {
  const open = ({ name }: RequiredVariable): boolean => !hostMarks.has(name) && !(name in context.target.hostEnv) && !isInDotenv(program, context, name)
  yield* told(program, context, byPlace(requiredVariables(program).filter(open)), 'blocks', (all, { names, fails }) => {
    const [is, it] = names.length === 1 ? ['is', 'it'] : ['are', 'one of them']
    return `${all} ${is} read while the app is imported, and without ${it} ${fails}: the app does not start and every request fails.`
  })
  yield* told(program, context, byPlace(requiredInRequests(program).filter(open)), 'breaks', (all, { names, fails, site }) => {
    const [is, it] = names.length === 1 ? ['is', 'it'] : ['are', 'one of them']
    return `${all} ${is} asked for by ${site.fn ? `${site.fn.qualname}()` : 'the code'} when a request comes, and without ${it} ${fails}: the app starts and looks well, and the requests that come here fail.`
  })
}
function* told(program: PythonProgram, context: RuleContext, places: readonly Place[], base: Severity, message: (all: string, place: Place) => string): Generator<Needed> {
  for (const one of places) {
    const { names, node, site } = one
    const all = listed(names)
    const place = spotted(program, site, node, `needs ${all}`, base)
    if (!place) continue
    const named = names.map((name) => documentedIn(context, name))
    const example = named.every((file) => file !== undefined) ? named[0] : undefined
    const it = names.length === 1 ? 'it' : 'them'
    yield {
      ...place,
      names,
      // Whoever deploys is told by the repo itself: a gate that never opens for such an app would only be switched off.
      ...(example === undefined && !onHostOnly(program, node, site.scope) ? {} : { severity: 'advice' as const }),
      message: `${message(all, one)} Set ${all} on the host, for previews too, before the first deployment.`,
      remedy: { kind: 'manual', reason: `Only you know the value of ${all}: set ${it} in the host's settings, for production and previews.${base === 'blocks' ? ` ${names.length === 1 ? 'It is' : 'They are'} listed among the steps.` : ''}${example === undefined ? ` Name ${it} in .env.example, without the value, so that whoever deploys next knows; \`check\` then lets it pass.` : ` ${example} names ${it}.`}` },
    }
  }
}

type Place = { readonly names: string[]; readonly node: PyNode; readonly site: RequiredVariable['site']; readonly fails: string }
/** A settings class asks for several at one place: one finding. */
function byPlace(all: readonly RequiredVariable[]): readonly Place[] {
  const places = new Map<PyNode, Place>()
  for (const { name, node, site, fails } of all) {
    const known = places.get(node)
    if (known) known.names.push(name)
    else places.set(node, { names: [name], node, site, fails })
  }
  return [...places.values()]
}
function listed(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
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

/** The example file of the repo that names the variable. */
function documentedIn({ repo, app }: RuleContext, name: string): string | undefined {
  const names = ['.env.example', '.env.sample', '.env.template', '.env.dist', 'env.example', 'example.env', 'sample.env', '.flaskenv.example']
  const paths = [...new Set(names.flatMap((file) => (app.root === '.' ? [file] : [`${app.root}/${file}`, file])))]
  return paths.find((path) => new RegExp(`^\\s*#?\\s*(export\\s+)?${name}\\s*=`, 'm').test(repo.text(path) ?? ''))
}

/** A committed .env that the app or its settings class loads goes up with the code. */
function isInDotenv(program: PythonProgram, { repo, app }: RuleContext, name: string): boolean {
  if ([...program.callsMatching(/^dotenv\.(main\.)?load_dotenv$/)].length === 0 && ![...program.modules.values()].some(({ text }) => /\benv_file\b/.test(text))) return false
  const path = app.root === '.' ? '.env' : `${app.root}/.env`
  if (repo.tracked && !repo.tracked.has(path)) return false
  return new RegExp(`^\\s*(export\\s+)?${name}\\s*=\\s*\\S`, 'm').test(repo.text(path) ?? '')
}
