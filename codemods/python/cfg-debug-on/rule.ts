import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { alternatives, readsByNode } from '../../../src/lang/python/settings/alternatives.js'
import { appConstructor } from '../../../src/lang/python/entry/app-origins.js'
import { replaceNode } from '../../../src/lang/python/edit.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { hostGuard } from '../../../src/lang/python/settings/host-guard.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { milder } from '../../../src/lang/python/severity.js'
import { developmentFirst } from '../../../src/lang/python/settings/served.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { whenUnset } from '../../../src/lang/python/settings/when-unset.js'
import { ancestor, bare, field, hostMarks, literalText, walk, type PyNode, type PyScope } from '../../../src/lang/python/program.js'

export const cfgDebugOn = {
  id: 'cfg-debug-on',
  title: 'Debug mode on',
  hazard: 'debug-mode',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const seen = new Set<PyNode>()
    for (const { node, scope, maybe, what } of switches(program)) {
      const on = turnedOn(program, node, scope)
      if (!on || seen.has(on.node)) continue
      seen.add(on.node)
      const site = program.siteOf(on.node, on.scope)
      const place = site && spotted(program, site, on.node, `${what} is on`, maybe ? milder('breaks') : 'breaks')
      if (!place) continue
      const unless = on.variable === undefined ? '' : ` unless ${on.variable} says otherwise`
      yield {
        ...place,
        message: `${what} is on${unless}. With it, errors show code, settings and paths to visitors, and are not handled the way they are in production. Turn it off on the host; a local start may keep it.`,
        remedy: remedyOf(context, on),
      }
    }
    yield* developmentSettings(program)
  },
} satisfies Rule

type Switch = { readonly node: PyNode; readonly scope: PyScope; readonly maybe: boolean; readonly what: string }
/** whole: the expression as such is on when nothing is set. */
type On = { readonly node: PyNode; readonly scope: PyScope; readonly kind: 'true' | 'default' | 'whole'; readonly variable: string | undefined }

function* switches(program: PythonProgram): Generator<Switch> {
  for (const given of givenSettings(program, 'DEBUG')) yield { ...given, what: 'DEBUG' }
  for (const call of program.calls('flask.Flask().run')) {
    const node = call.kwargs.get('debug')
    if (node && call.runs.some((run) => run.when !== 'main')) yield { node, scope: call.scope, maybe: false, what: 'debug of app.run()' }
  }
  for (const call of program.callsMatching(appConstructor)) {
    const node = call.kwargs.get('debug')
    if (node) yield { node, scope: call.scope, maybe: false, what: 'debug of the app' }
  }
}

/** `True`, or a variable whose default means so; undefined when it is off or can't be told. */
function turnedOn(program: PythonProgram, at: PyNode, scope: PyScope): On | undefined {
  for (const one of alternatives(program, at, scope)) {
    if (one.node.kind === 'true' && !one.read) return { node: one.node, scope: one.scope, kind: isFallback(program, one.node) ? 'default' : 'true', variable: one.behind }
    if (one.node.kind === 'integer' && one.behind !== undefined && program.text(one.node, one.scope.module) !== '0') return { node: one.node, scope: one.scope, kind: 'default', variable: one.behind }
    const literal = one.behind !== undefined && one.node.kind === 'string' ? literalText(one.node, one.scope.module.text) : undefined
    if (literal !== undefined && /^(true|1|yes|on)$/i.test(literal)) return { node: one.node, scope: one.scope, kind: 'default', variable: one.behind }
    // `os.getenv("DEBUG", "True").lower() == "true"`, `… in ("1", "true")`
    if (one.node.kind !== 'comparison_operator' || (one.node.op !== '==' && one.node.op !== 'in')) continue
    const [left, right] = one.node.children.filter((child) => child.kind !== 'comment')
    const read = left && [...walk(left)].map((node) => readsByNode(program).get(node)).find((found) => found?.fallback?.kind === 'string')
    if (!read?.fallback || !right) continue
    const fallback = literalText(read.fallback, one.scope.module.text) ?? ''
    const accepted = [...walk(right)].flatMap((node) => (node.kind === 'string' ? (literalText(node, one.scope.module.text) ?? '') : []))
    if (/^(true|1|yes|on|t|y)$/i.test(fallback) && accepted.some((text) => text.toLowerCase() === fallback.toLowerCase())) return { node: read.fallback, scope: one.scope, kind: 'default', variable: read.name }
  }
  return onUnlessSet(program, at, scope)
}
/** `os.environ.get("DEBUG") != "False"`, `"RENDER" not in os.environ`, `get_bool("DEBUG", True)`: on as long as nobody sets a variable. */
function onUnlessSet(program: PythonProgram, at: PyNode, scope: PyScope): On | undefined {
  const known = whenUnset(program, at, scope)
  const [variable] = known?.reads ?? []
  // A variable that the host itself sets, or that only another one does, decides it for good.
  if (!known?.value || variable === undefined || program.guards.test(at, scope) === false) return undefined
  return { node: bare(at), scope, kind: 'whole', variable: hostMarks.has(variable) ? undefined : variable }
}
function* developmentSettings(program: PythonProgram): Generator<Problem> {
  for (const { site, module, unless } of developmentFirst(program)) {
    const place = spotted(program, site, site.node, `loads ${module.path}`, unless === undefined ? 'breaks' : 'degrades')
    if (!place) continue
    yield {
      ...place,
      severity: unless === undefined ? 'breaks' : 'degrades',
      message: `The settings are those of development (${module.path}, with DEBUG on) ${unless === undefined ? 'whenever that file is there, and it is in the repo' : `unless ${unless} says otherwise`}. On the host errors would then show code, settings and paths to visitors. ${unless === undefined ? 'Let a variable choose, and let production be what is loaded without it.' : `Set ${unless} on the host, or let production be what is loaded without it.`}`,
      remedy: unless === undefined
        ? { kind: 'manual', reason: 'Which settings a server without further word should get is a decision that local starts depend on.' }
        : { kind: 'fix', safety: 'review', title: `Have ${unless} set on the host`, changes: [], needs: [{ kind: 'env', name: unless, secret: false, why: 'chooses the settings of production' }], left: `Set ${unless} on the host to what loads the settings of production.` },
    }
  }
}
function isFallback(program: PythonProgram, node: PyNode): boolean {
  return [...readsByNode(program).values()].some((read) => read.fallback === node)
}

function remedyOf({ target }: RuleContext, { node, scope, kind }: On): Remedy {
  const { module } = scope
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited. Turn debug off there.` }
  if (kind === 'true') {
    const guard = hostGuard(target, module, scope, node)
    const text = node.parent?.kind === 'boolean_operator' || node.parent?.kind === 'comparison_operator' ? `(not ${guard.text})` : `not ${guard.text}`
    return { kind: 'fix', safety: 'safe', title: 'Leave debug mode off on the host', changes: [...guard.changes, replaceNode(module, node, text)] }
  }
  if (kind === 'whole') return { kind: 'fix', safety: 'safe', title: 'Leave debug mode off on the host', changes: onHost(target, node, scope, 'False') }
  const around = ancestor(node, 'call')
  const outer = around?.parent?.kind === 'argument_list' ? around.parent.parent : undefined
  const callee = outer && field(outer, 'function')
  const makesInt = callee !== undefined && module.text.slice(callee.start, callee.end) === 'int'
  const off = node.kind === 'true' ? 'False' : makesInt ? '"0"' : '""'
  return { kind: 'fix', safety: 'review', title: 'Let debug mode default to off on the host', changes: onHost(target, node, scope, off) }
}
