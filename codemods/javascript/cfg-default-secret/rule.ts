import { isGuardedName, isPlaceholder, signing } from '../../../src/lang/guarded-names.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { environmentReads } from '../../../src/lang/javascript/environment.js'
import { bare, literalText, type JsNode } from '../../../src/lang/javascript/program.js'
import { requireOnHost } from '../../../src/lang/javascript/settings/host-check.js'
import { requiredVariables } from '../../../src/lang/javascript/settings/required-env.js'
import { spotted } from '../../../src/lang/spotted.js'
import { plural } from '../../../src/text.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

export const cfgDefaultSecret = {
  id: 'cfg-default-secret',
  title: 'Secret with a default that stands in the code',
  hazard: 'secret-in-repo',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    // One variable is one decision, wherever it is read.
    yield* tellHabitsOnce(found(program, context), 1, ({ name }) => name, (first, others) => ({ ...first, message: `${first.message} It has a default at ${plural(others.length, 'more place')} (${placesOf(others)}).` }))
  },
} satisfies Rule

type Found = Problem & { readonly name: string }

function* found(program: JsProgram, context: RuleContext): Generator<Found> {
  const refused = new Set(requiredVariables(program).map(({ name }) => name))
  for (const { name, fallback, site } of environmentReads(program)) {
    if (!fallback || !isGuardedName(name) || refused.has(name)) continue
    const text = literalOf(program, fallback)
    const isSigning = signing.test(name)
    if (text === undefined || text.trim() === '' || (!isSigning && isPlaceholder(text)) || underTests(program, fallback)) continue
    const whole = fallback.parent ?? fallback
    const place = spotted(program, site, whole, `${name} falls back to a literal`, isSigning ? 'breaks' : 'degrades')
    if (!place) continue
    const harm = isSigning ? 'whoever reads it can forge sessions or tokens of every user' : 'whoever reads it can use it, and a wrong one may go unnoticed'
    yield {
      ...place, name,
      message: `${name} has a default written into the code: if the variable is not set on the host, the app runs with a value that stands in the repo, and ${harm}. Let the host refuse to start without ${name}, and keep the default for a local start.`,
      remedy: remedyOf(program, context, name, whole),
    }
  }
}
/** The text at the end of `a || b || 'text'`, through a constant. */
function literalOf(program: JsProgram, outer: JsNode): string | undefined {
  const node = bare(outer)
  const written = literalText(node, program.moduleOf(node).text)
  if (written !== undefined || node.kind !== 'Identifier') return written
  const values = program.values(node)
  const [only] = values
  return values.length === 1 && only?.kind === 'literal' && typeof only.value === 'string' ? only.value : undefined
}
/** `process.env.NODE_ENV === 'test' ? … : …`, or a function made for tests. */
function underTests(program: JsProgram, node: JsNode): boolean {
  for (let at = node; at.parent; at = at.parent) if (at.parent.kind === 'ConditionalExpression' && at.field === 'whenTrue' && /['"]test(ing)?['"]/.test(program.text(at.parent.children[0] ?? at))) return true
  return false
}

function remedyOf(program: JsProgram, { target }: RuleContext, name: string, whole: JsNode): Remedy {
  const module = program.moduleOf(whole)
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited. Take the default of ${name} out there.` }
  return {
    kind: 'fix',
    safety: 'review',
    title: `Require ${name} on the host`,
    changes: [requireOnHost(program, target, whole, name)],
    needs: [{ kind: 'env', name, secret: true, why: 'had a default in the code, which everyone with the repo knows' }],
    left: `Set ${name} to a new value: the default in the code is known.`,
  }
}
