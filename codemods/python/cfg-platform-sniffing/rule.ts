import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { hostMarks, field, walk, type PyNode, type PyScope, type PySite } from '../../../src/lang/python/program.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { djangoSniffing } from './django.js'

/** Work that people would miss, by origin and by the name of the repo's own function. */
const work: readonly { readonly what: string; readonly origin: RegExp }[] = [
  { what: 'mail', origin: /^(smtplib\.|flask_mail\.Mail\(\)\.send|flask_mailman\.|sendgrid\.|resend\.|mailjet|postmarker)/ },
  { what: 'a call to another service', origin: /^(requests|httpx)\.(post|put|patch|delete)$|^twilio\./ },
  { what: 'a signal', origin: /\.connect_via$|^(flask|blinker)\..*\.connect$/ },
  { what: 'what is saved', origin: /\.session\.(commit|add|delete)$/ },
  { what: 'a check', origin: /^flask\.abort$|^flask_login\.|^flask_wtf\.csrf\.CSRFProtect|^flask_talisman\.|^flask_limiter\.Limiter$/ },
]
const ownNames = /^(send|mail|notify|verify|check|validate|authenti|authori|require|protect|limit|audit|login|log_?in)/i

export const cfgPlatformSniffing = {
  id: 'cfg-platform-sniffing',
  title: 'Behaviour switched off on a hosting platform',
  hazard: 'platform-sniffing',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const site of program.sites('if_statement')) {
      const condition = field(site.node, 'condition')
      const marks = condition ? program.guards.reads(condition, site.scope).filter((name) => hostMarks.has(name) || name in context.target.hostEnv) : []
      if (!condition || marks.length === 0) continue
      // What only starts with the process (servers, threads, schedulers) is rightly left out there.
      if (!site.runs.some((run) => run.when === 'request')) continue
      const skipped = skippedOnHost(program, site, condition)
      const what = skipped.flatMap((node) => [...missed(program, node, site.scope)])[0]
      if (what === undefined) continue
      const place = spotted(program, { ...site, runs: site.runs.filter((run) => run.when === 'request') }, condition, `asks for ${marks.slice(0, 2).join(', ')}`, 'breaks')
      if (!place) continue
      yield {
        ...place,
        message: `${site.fn?.qualname ?? 'The code'}() looks for ${marks.slice(0, 3).join(', ')}, and on a hosting platform leaves out ${what}. The app then behaves there as it was never tested. Do the work in a way that the host allows, or leave the feature out openly.`,
        remedy: { kind: 'manual', reason: `Only you can say what should happen on the host instead of ${what}.` },
      }
    }
    yield* djangoSniffing(program, context, (site, condition) => skippedOnHost(program, site, condition))
  },
} satisfies Rule

/** Statements that do not run on the host because of this test. */
function skippedOnHost(program: PythonProgram, site: PySite, condition: PyNode): readonly PyNode[] {
  const known = program.guards.test(condition, site.scope)
  const positive = known === true || (known !== false && condition.kind !== 'not_operator')
  const body = field(site.node, 'consequence')
  if (!positive) return body ? [body] : []
  const others = site.node.children.filter((child) => child.kind === 'else_clause' || child.kind === 'elif_clause')
  const last = body?.children.filter((child) => child.kind !== 'comment').at(-1)
  const leaves = last?.kind === 'return_statement' || last?.kind === 'continue_statement'
  const siblings = site.node.parent?.children ?? []
  return leaves ? [...others, ...siblings.slice(siblings.indexOf(site.node) + 1)] : others
}

function* missed(program: PythonProgram, statement: PyNode, scope: PyScope): Generator<string> {
  for (const node of walk(statement)) {
    if (node.kind === 'raise_statement' && node.parent?.parent?.kind !== 'if_statement') yield 'the error that is raised elsewhere'
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (!callee) continue
    const origins = program.origins(callee, scope)
    const known = work.find(({ origin }) => origins.some((name) => origin.test(name)))
    if (known) yield known.what
    const own = program.values(callee, scope).find((value) => value.kind === 'function')
    if (own?.kind === 'function' && ownNames.test(own.fn.name)) yield `${own.fn.qualname}()`
  }
}
