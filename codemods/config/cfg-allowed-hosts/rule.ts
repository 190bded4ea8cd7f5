import type { Problem, PythonProgram, Remedy, Rule, RuleContext, Target } from '../../../src/types.js'
import { environmentReads } from '../../../src/lang/python/environment.js'
import { literalText, type PyCall, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import { addOnHost, elementsOf, guardedLines, insertElement, outerStatement, quoteLike, sequenceOf, takesLines } from '../../../src/lang/python/django/edit-setting.js'
import { quotePython } from '../../../src/lang/python/edit.js'
import { servedEffects, servedList, servedSettings } from '../../../src/lang/python/django/served.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'

export const cfgAllowedHosts = {
  id: 'cfg-allowed-hosts',
  title: 'Host of the platform not among the allowed hosts',
  hazard: 'allowed-hosts',
  language: 'config',
  about: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    yield* inSettings(program, context)
    yield* inMiddleware(program, context)
  },
} satisfies Rule

function* inSettings(program: PythonProgram, { target }: RuleContext): Generator<Problem> {
  const settings = servedSettings(program)
  if (!settings) return
  const { items: all, complete: known } = servedList(program, 'ALLOWED_HOSTS')
  const branches = servedEffects(program, 'ALLOWED_HOSTS')
  // `if DEBUG: ALLOWED_HOSTS = ["*"]`: what counts on the host is the other branch.
  const effects = branches.length > 1 ? branches.filter((effect) => !(effect.uncertain && all.some(({ text, node }) => text === '*' && inside(node, effect.node)))) : branches
  const items = all.filter(({ node }) => !branches.some((effect) => !effects.includes(effect) && inside(node, effect.node)))
  const grown = effects.flatMap((effect) => growth(program, effect))
  const complete = known && grown.length === 0
  const last = effects.at(-1)
  const set = effects.filter(({ op }) => op === 'set').at(-1) ?? last
  if (!set || !last) {
    // What another module of split settings holds is of no use where the served one does not take it over.
    const near = ['DEBUG', 'SECRET_KEY', 'INSTALLED_APPS'].flatMap((key) => servedEffects(program, key).filter(({ scope }) => scope === settings.scope))[0]
    const end = near ? outerStatement(near.node) : settings.root.children.filter((child) => child.kind !== 'comment').at(-1)
    const at = near?.node ?? end ?? settings.root
    const site = program.siteOf(at, settings.scope)
    const place = site && spotted(program, site, at, 'ALLOWED_HOSTS is not set', 'breaks')
    if (!place) return
    yield {
      ...place,
      message: `ALLOWED_HOSTS is not set, so Django answers every page on the host with "400 Bad Request" (with DEBUG it takes only localhost). Name the hosts that the app is served under.`,
      remedy:
        settings.brokenAt !== undefined || !end || end.kind === 'class_definition' || !takesLines({ node: end, scope: settings.scope })
          ? { kind: 'manual', reason: `Add ALLOWED_HOSTS with ${named(target)} and your own domain to ${settings.path}.` }
          : fix(target, guardedLines(target, end, settings.scope, [`ALLOWED_HOSTS = [${target.hosts.names.map((name) => quotePython(name)).join(', ')}]`])),
    }
    return
  }
  const star = items.find(({ text }) => text === '*')
  const site = program.siteOf(star?.node ?? set.node, star?.scope ?? set.scope)
  if (!site) return
  if (star) {
    // A branch for development may take any host.
    if (items.some(({ text }) => text !== '*' && covers(target, text)) && (!complete || effects.some(({ uncertain }) => uncertain))) return
    const place = spotted(program, site, star.node, 'ALLOWED_HOSTS takes every host', 'advice')
    if (place) yield { ...place, severity: 'advice', message: 'ALLOWED_HOSTS takes every host. It works, but links that Django builds from the request (password mails) can then be made to point anywhere. Name the hosts that the app is served under.', remedy: { kind: 'manual', reason: 'Which hosts the app is served under is known only to its owner.' } }
    return
  }
  if (items.some(({ text }) => covers(target, text))) return
  const variables = [...new Set(effects.flatMap(({ node, scope }) => program.guards.reads(node, scope).concat(readsIn(program, node))).concat(grown.flatMap((call) => call.args.flatMap((arg) => program.guards.reads(arg, call.scope)))))]
  // What is made at run time by other means may hold anything.
  if (!complete && variables.length === 0) return
  if (variables.some((name) => target.hosts.variables.includes(name)) || defaultsOf(program, variables).some((text) => covers(target, text))) return
  if (variables.length > 0 && effects.some(({ node }) => requires(program, node, variables))) return
  const place = spotted(program, site, set.node, 'ALLOWED_HOSTS does not name the host', 'breaks')
  if (!place) return
  const [variable] = variables
  const { module } = set.scope
  yield {
    ...place,
    severity: variable === undefined ? place.severity : 'degrades',
    message:
      variable === undefined
        ? `ALLOWED_HOSTS ${items.length === 0 ? 'is empty' : `names only ${items.map(({ text }) => text).filter((text) => text !== '').slice(0, 3).join(', ')}`}, so Django answers every page on the host with "400 Bad Request". Add ${named(target)}, and your own domain.`
        : variable in target.hostEnv
          ? `ALLOWED_HOSTS takes ${variable}, which holds the name of one deployment: under the name that people use, every page is "400 Bad Request". Let the platform's own names be allowed there, and add your own domain.`
          : `ALLOWED_HOSTS comes from ${variable}, whose default does not name the host: unless it is set there, every page is "400 Bad Request". Let the platform's own name be allowed there, and set ${variable} to your domain.`,
    remedy: module.brokenAt !== undefined || !takesLines(set) || isLateValue(program, last) ? { kind: 'manual', reason: `Add ${named(target)} to ALLOWED_HOSTS in ${module.path}.` } : fix(target, addOnHost(target, 'ALLOWED_HOSTS', variable === undefined ? set : last, target.hosts.names, (variable === undefined && complete && !set.uncertain ? set : last).node)),
  }
}
function fix(target: Target, changes: ReturnType<typeof guardedLines>): Remedy {
  return { kind: 'fix', safety: 'safe', title: `Allow ${named(target)} on the host`, changes, left: 'Add your own domain to ALLOWED_HOSTS once the app has one.' }
}
/** A value object of django-configurations is no list yet where the class is written. */
function isLateValue(program: PythonProgram, { node, scope }: { readonly node: PyNode; readonly scope: PySite['scope'] }): boolean {
  const callee = node.kind === 'call' ? node.children[0] : undefined
  return callee !== undefined && program.origins(callee, scope).some((origin) => origin.startsWith('configurations.values.'))
}
const named = (target: Target): string => target.hosts.names.join(' and ')

/** Is the text the platform's name, or one below it? */
function covers(target: Target, text: string): boolean {
  return text === '*' || target.hosts.names.some((name) => text === name || text.endsWith(name))
}
/** `hosts.append(…)` on the plain name that the setting is taken from. */
function growth(program: PythonProgram, { node, scope }: { readonly node: PyNode; readonly scope: PySite['scope'] }): readonly PyCall[] {
  if (node.kind !== 'identifier') return []
  const name = program.text(node, scope.module)
  return [...program.calls()].filter((call) => call.module === scope.module && new RegExp(`^${name}\\.(append|extend|insert)\\(`).test(program.text(call.node, call.module)))
}
function readsIn(program: PythonProgram, node: PyNode): readonly string[] {
  return [...environmentReads(program)].flatMap((read) => (read.site.node.start >= node.start && read.site.node.end <= node.end && read.site.node !== node.parent && inside(read.site.node, node) ? [read.name] : []))
}
function inside(node: PyNode, outer: PyNode): boolean {
  for (let at: PyNode | undefined = node; at; at = at.parent) if (at === outer) return true
  return false
}
/** The hosts that are taken where the variables are not set: `"*"`, `"localhost,.example.com"`, `["localhost"]`. */
function defaultsOf(program: PythonProgram, variables: readonly string[]): readonly string[] {
  return [...environmentReads(program)].flatMap(({ name, fallback, site }) => {
    if (!variables.includes(name) || !fallback) return []
    const strings = fallback.kind === 'string' ? [fallback] : elementsOf(fallback).filter(({ kind }) => kind === 'string')
    return strings.flatMap((node) => (literalText(node, site.module.text) ?? '').split(/[,\s]+/))
  })
}
/** A variable that has to be set for the app to start is set by its owner. */
function requires(program: PythonProgram, node: PyNode, variables: readonly string[]): boolean {
  return [...environmentReads(program)].some((read) => variables.includes(read.name) && (inside(read.site.node, node) || read.required) && program.env.some(({ name, required }) => name === read.name && required))
}

/** Starlette's TrustedHostMiddleware, added or listed. */
function* inMiddleware(program: PythonProgram, { target }: RuleContext): Generator<Problem> {
  for (const { site, hosts } of trustedHosts(program)) {
    if (hosts.kind === 'none' || site.runs.every(({ when }) => when === 'main')) continue
    const sources = [{ node: hosts, scope: site.scope }, ...program.definitions(hosts, site.scope)]
    const source = sources.find(({ node, scope }) => sequenceOf(node, scope.module))
    const sequence = source && sequenceOf(source.node, source.scope.module)
    if (!source || !sequence) continue
    const { module } = source.scope
    const texts = elementsOf(sequence).map((node) => (node.kind === 'string' ? literalText(node, module.text) : undefined))
    // Starlette writes "any below" with a star.
    if (texts.some((text) => text === undefined || covers(target, text.replace(/^\*(?=\.)/, '')))) continue
    const place = spotted(program, site, sequence, 'the hosts that are let in', 'breaks')
    if (!place) continue
    const line = program.line(sequence, module)
    yield {
      ...place,
      path: module.path,
      trace: [...place.trace.slice(0, -1), { file: module.path, line, note: 'the hosts that are let in' }],
      message: `TrustedHostMiddleware lets in only ${texts.slice(0, 3).join(', ')}, so every request to the app on the host is "400 Invalid host header". Add ${named(target)}, and your own domain.`,
      remedy:
        module.brokenAt !== undefined
          ? { kind: 'manual', reason: `Add ${starred(target).join(' and ')} to the allowed hosts in ${module.path}.` }
          : { kind: 'fix', safety: 'safe', title: `Let ${named(target)} in`, changes: starred(target).flatMap((name) => insertElement(module, sequence, quoteLike(module, sequence, name))), left: 'Add your own domain to the allowed hosts once the app has one.' },
    }
  }
}
const starred = (target: Target): readonly string[] => target.hosts.names.map((name) => (name.startsWith('.') ? `*${name}` : name))

function* trustedHosts(program: PythonProgram): Generator<{ readonly site: PySite; readonly hosts: PyNode }> {
  const trusted = /^(starlette\.middleware\.trustedhost|fastapi\.middleware\.trustedhost)\.TrustedHostMiddleware$/
  for (const call of program.callsMatching(/(\.add_middleware|\.middleware\.Middleware|\.TrustedHostMiddleware)$/)) {
    const own = call.names.some((name) => trusted.test(name)) || (call.args[0] !== undefined && program.origins(call.args[0], call.scope).some((name) => trusted.test(name)))
    const hosts = call.kwargs.get('allowed_hosts')
    if (own && hosts) yield { site: call, hosts }
  }
}
