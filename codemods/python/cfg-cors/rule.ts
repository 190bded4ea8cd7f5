import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { insertElement } from '../../../src/lang/python/django/edit-setting.js'
import { replaceNode } from '../../../src/lang/python/edit.js'
import { literalText, type PyNode } from '../../../src/lang/python/program.js'
import { importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { atMost } from '../../../src/lang/python/severity.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { corsRules, type Cors } from './configured.js'

const local = /^(https?:\/\/)?(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal)(:\d+|:\*)?\/?$/

export const cfgCors = {
  id: 'cfg-cors',
  title: 'Origins that may call the app',
  hazard: 'allowed-hosts',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const seen = new Set<PyNode>()
    for (const cors of corsRules(program)) {
      if (seen.has(cors.node) || cors.site.runs.every(({ when }) => when === 'main')) continue
      seen.add(cors.node)
      yield* judged(program, context, cors)
    }
  },
} satisfies Rule

function* judged(program: PythonProgram, context: RuleContext, cors: Cors): Generator<Problem> {
  const { module } = cors.scope
  const place = spotted(program, { ...cors.site, module, scope: cors.scope }, cors.node, 'the origins that are let in', 'breaks')
  if (!place) return
  const at = { ...place, path: module.path, trace: [...place.trace.slice(0, -1), { file: module.path, line: program.line(cors.node, module), note: 'the origins that are let in' }] }
  if (cors.all) {
    // Public and without cookies is what a public API wants.
    if (!cors.credentials) return
    yield {
      ...at,
      severity: atMost(at.severity, keepsCookies(program) ? 'breaks' : 'degrades'),
      message: 'Every origin is let in, with credentials: the answer repeats whatever origin asks, so any site that a visitor opens can call the app with the visitor\'s cookies and read the answer. Name the origins of your own front end.',
      remedy: named(context, cors),
    }
    return
  }
  const texts = cors.items.map((node) => ({ node, text: literalText(node, module.text) ?? '' }))
  const odd = texts.filter(({ text }) => /^https?:\/\/[^/]+\/.*$/.test(text))
  if (odd.length > 0)
    yield {
      ...at,
      range: { start: odd[0]?.node.start ?? cors.node.start, end: odd[0]?.node.end ?? cors.node.end },
      trace: [...at.trace.slice(0, -1), { file: module.path, line: program.line(odd[0]?.node ?? cors.node, module), note: 'an origin with a path' }],
      message: `${odd.map(({ text }) => text).join(', ')}: an origin ends after host and port. Browsers send it without a slash or path, so this one never matches and its calls are blocked by CORS. Take the rest off.`,
      remedy: module.brokenAt !== undefined ? { kind: 'manual', reason: `Take the slash or path off in ${module.path}.` } : { kind: 'fix', safety: 'review', title: 'Take slash and path off the origins', changes: odd.map(({ node, text }) => replaceNode(module, node, program.text(node, module).replace(text, /^https?:\/\/[^/]+/.exec(text)?.[0] ?? text))) },
    }
  if (texts.length === 0 || cors.open || !texts.every(({ text }) => local.test(text))) return
  yield {
    ...at,
    // An app that serves its own pages is called from its own origin.
    severity: atMost(at.severity, servesPages(program) ? 'degrades' : 'breaks'),
    message: `Only ${texts.map(({ text }) => text).slice(0, 2).join(' and ')} may call the app: a front end that is deployed elsewhere has another origin, and its calls are blocked by CORS. Let the host name it in CORS_ORIGINS, and keep the local ones.`,
    remedy: extended(cors),
  }
}

/** Is there anything that a browser sends along by itself? */
function keepsCookies(program: PythonProgram): boolean {
  if (program.app.framework === 'django') return true
  for (const call of program.callsMatching(/\.set_cookie$|\.SessionMiddleware$|^flask_(login|session|security)\b|^fastapi\.Cookie$|\.HTTPBasic$|CookieTransport$|APIKeyCookie$/)) if (call.runs.length > 0) return true
  for (const call of program.calls()) if (call.args[0] && program.origins(call.args[0], call.scope).some((name) => /\.SessionMiddleware$/.test(name))) return true
  return [...program.sites('attribute', 'subscript')].some((site) => program.origins(site.node, site.scope).some((name) => /^flask\.session\b|\.request\.cookies\b|Request(\(\))?\.(cookies|session)\b/.test(name)))
}
function servesPages(program: PythonProgram): boolean {
  return [...program.callsMatching(/(^|\.)(render_template|TemplateResponse|send_from_directory|StaticFiles|render)$/)].some((call) => call.runs.some(({ when }) => when === 'request' || when === 'import'))
}

const variable = 'CORS_ORIGINS'
const need = { kind: 'env', name: variable, secret: false, why: 'the origins of the front ends that may call the app, with commas between them' } as const
const left = `Set ${variable} to the origins of your front end, such as https://www.example.com.`

/** The list as it is, and what the variable adds. */
function extended({ node, items, scope }: Cors): Remedy {
  const { module } = scope
  const [first] = items
  const byHand: Remedy = { kind: 'manual', reason: `Add the origins of your front end to the list in ${module.path}, from the environment.` }
  if (module.brokenAt !== undefined || !first || !['list', 'tuple'].includes(node.kind)) return byHand
  const os = importedAt(module, scope, node, 'os')
  const changes: readonly Change[] = [...os.changes, ...insertElement(module, node, `*filter(None, ${os.name}.environ.get("${variable}", "").split(","))`)]
  return { kind: 'fix', safety: 'review', title: `Let ${variable} name further origins`, changes, needs: [need], left }
}
/** On the host only those that the variable names; elsewhere as it was. */
function named({ target }: RuleContext, { node, scope, replaceable }: Cors): Remedy {
  const { module } = scope
  if (module.brokenAt !== undefined || !replaceable) return { kind: 'manual', reason: `Name the origins of your front end in ${module.path}, from the environment, instead of all.` }
  return { kind: 'fix', safety: 'review', title: `On the host, let in only the origins in ${variable}`, changes: onHost(target, node, scope, `{os}.environ.get("${variable}", "").split(",")`, ['os']), needs: [need], left }
}
