import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { alternatives, type Alternative } from '../../../src/lang/python/settings/alternatives.js'
import { environmentReads } from '../../../src/lang/python/environment.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { requiredOnHost } from '../../../src/lang/python/settings/host-value.js'
import { signingKeys } from '../../../src/lang/python/settings/signing-keys.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { underTests } from '../../../src/lang/python/settings/tested.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { isGuardedName, isPlaceholder, signing } from '../../../src/lang/guarded-names.js'
import { plural } from '../../../src/text.js'
import { ancestor, field, literalText, type PyNode } from '../../../src/lang/python/program.js'

export const cfgDefaultSecret = {
  id: 'cfg-default-secret',
  title: 'Secret with a default that stands in the code',
  hazard: 'secret-in-repo',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    // One variable is one decision, wherever it is read.
    yield* tellHabitsOnce(found(program, context), 1, ({ name, unused }) => (unused ? undefined : name), inOne)
  },
} satisfies Rule

type Found = Problem & { readonly name: string; readonly unused: boolean }

function inOne(first: Found, others: readonly Found[]): Found {
  const fixes = [first, ...others].flatMap(({ remedy }) => (remedy.kind === 'fix' ? [remedy] : []))
  const [fix] = fixes
  const byHand = others.filter(({ remedy }) => remedy.kind === 'manual')
  return {
    ...first,
    message: `${first.message} It has a default at ${plural(others.length, 'more place')} (${placesOf(others)}).`,
    remedy: first.remedy.kind !== 'fix' || !fix ? first.remedy : { ...fix, changes: fixes.flatMap(({ changes }) => changes), left: [fix.left, ...(byHand.length > 0 ? [`Take the default out by hand at ${placesOf(byHand)}.`] : [])].filter((line) => line !== undefined).join(' ') },
  }
}

function* found(program: PythonProgram, context: RuleContext): Generator<Found> {
  const seen = new Set<string>()
  for (const { name, at, maybe, unused } of defaults(program)) {
    const place = `${at.wholeScope.module.path}:${at.whole.start}`
    if (seen.has(place)) continue
    seen.add(place)
    const site = program.siteOf(at.whole, at.wholeScope)
    if (!site) continue
    const isSigning = signing.test(name)
    const spot = spotted(program, site, at.whole, `${name} falls back to a literal`, isSigning && !maybe ? 'breaks' : 'degrades')
    if (!spot) continue
    if (unused) {
      yield { ...spot, name, unused, severity: 'advice', message: `${name} has a default written into a configuration class that nothing seems to load. It does no harm there now, but it would as soon as somebody uses it. Take the default out.`, remedy: { kind: 'manual', reason: 'Nothing seems to use it, so requiring the variable would only make the start more fragile.' } }
      continue
    }
    const harm = isSigning ? 'whoever reads it can forge sessions or tokens of every user' : 'whoever reads it can use it, and a wrong one may go unnoticed'
    yield {
      ...spot, name, unused,
      message: `${name} has a default written into the code: if the variable is not set on the host, the app runs with a value that stands in the repo, and ${harm}. Let the host refuse to start without ${name}, and keep the default for a local start.`,
      remedy: remedyOf(context, name, at),
    }
  }
}

type Default = { readonly name: string; readonly at: Alternative; readonly maybe: boolean; /** In a configuration class that nothing loads. */ readonly unused: boolean }

function* defaults(program: PythonProgram): Generator<Default> {
  for (const { name, behind, maybe, ...at } of signingKeys(program)) if (behind !== undefined && isLiteral(at.node, at.scope.module.text)) yield { name: behind, at: { ...at, behind }, maybe, unused: false }
  for (const read of environmentReads(program)) {
    if (!isGuardedName(read.name) || underTests(read.site.node, read.site.scope)) continue
    const top = widened(read.site.node)
    const unused = !isUsedValue(program, top, read.site.scope)
    if (unused && (!signing.test(read.name) || /test|dev|local/i.test(read.site.scope.cls?.name ?? ''))) continue
    for (const at of alternatives(program, top, read.site.scope)) {
      const text = at.behind === undefined ? undefined : isLiteral(at.node, at.scope.module.text)
      if (text === undefined || at.read || (!signing.test(read.name) && isPlaceholder(text))) continue
      yield { name: read.name, at, maybe: false, unused }
    }
  }
}
/** `os.getenv("A") or os.getenv("B") or "x"` as a whole. */
function widened(node: PyNode): PyNode {
  let at = node
  for (let up = node.parent; up; up = up.parent) {
    if (up.kind === 'boolean_operator' && up.op === 'or') at = up
    else if (up.kind !== 'parenthesized_expression') break
  }
  return at
}
/** A constant of a configuration class that nothing loads is no secret of the app. */
function isUsedValue(program: PythonProgram, node: PyNode, scope: Alternative['scope']): boolean {
  const cls = scope.kind === 'class' ? scope.cls : undefined
  if (!cls || !/config|settings/i.test(cls.name)) return true
  const assignment = ancestor(node, 'assignment')
  const left = assignment && field(assignment, 'left')
  if (left?.kind !== 'identifier') return true
  const name = program.text(left, scope.module)
  if ([...givenSettings(program, name)].some((given) => given.scope === scope)) return true
  return [...program.sites('attribute')].some(({ node: at, module }) => program.text(at, module).endsWith(`.${name}`))
}
function isLiteral(node: PyNode, text: string): string | undefined {
  if (node.kind !== 'string' && node.kind !== 'concatenated_string') return undefined
  const value = literalText(node, text) ?? (/^[bB]/.test(text.slice(node.start, node.end)) ? text.slice(node.start + 2, node.end - 1) : undefined)
  return value === undefined || value.trim() === '' ? undefined : value
}

function remedyOf({ target }: RuleContext, name: string, { whole, wholeScope }: Alternative): Remedy {
  const { module } = wholeScope
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited. Take the default of ${name} out there.` }
  if (whole.kind === 'assignment') return { kind: 'manual', reason: `Take the default of ${name} out of the settings class and keep it in a local .env: without it, the app refuses to start until the variable is set.` }
  return {
    kind: 'fix',
    safety: 'review',
    title: `Require ${name} on the host`,
    changes: requiredOnHost(target, whole, wholeScope, name),
    needs: [{ kind: 'env', name, secret: true, why: 'had a default in the code, which everyone with the repo knows' }],
    left: `Set ${name} to a new value: the default in the code is known.`,
  }
}
