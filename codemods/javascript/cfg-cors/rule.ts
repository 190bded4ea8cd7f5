import { replaceNode } from '../../../src/lang/javascript/edit.js'
import { alternativesOf, isNothing, optionsOf } from '../../../src/lang/javascript/options.js'
import { bare, field, literalText, walk, type JsCall, type JsNode } from '../../../src/lang/javascript/program.js'
import { styleOf } from '../../../src/lang/javascript/style.js'
import { atMost } from '../../../src/lang/severity.js'
import { spotted, type Spotted } from '../../../src/lang/spotted.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

const local = /^(https?:\/\/)?(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal)(:\d+|:\*)?\/?$/

export const cfgCors = {
  id: 'cfg-cors',
  title: 'Origins that may call the app',
  hazard: 'allowed-hosts',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    const seen = new Set<JsNode>()
    for (const cors of corsRules(program)) {
      if (seen.has(cors.node)) continue
      seen.add(cors.node)
      yield* judged(program, context, cors)
    }
  },
} satisfies Rule

type Cors = {
  readonly call: JsCall
  /** The origins' expression; without one, the call. */
  readonly node: JsNode
  /** 'any': `*`, which browsers refuse together with cookies. 'echo': whatever origin asks is let in. */
  readonly all: 'any' | 'echo' | undefined
  readonly credentials: boolean
  /** Texts of the list, when each of them is to be seen. */
  readonly texts: readonly { readonly node: JsNode; readonly text: string }[] | undefined
  /** The variable that alone says what is let in, and what stands for it. */
  readonly variable: { readonly name: string; readonly fallback: string | undefined } | undefined
}

function* corsRules(program: JsProgram): Generator<Cors> {
  for (const call of program.callsMatching(/^cors(\.default)?$/)) if (!call.spread) yield* rulesOf(program, call, call.args[0])
  for (const call of program.callsMatching(/^socket\.io(\.Server|\.default)?$/)) for (const options of call.args.flatMap((arg) => optionsOf(program, arg).get('cors'))) yield* rulesOf(program, call, options)
}
function* rulesOf(program: JsProgram, call: JsCall, given: JsNode | undefined): Generator<Cors> {
  if (given === undefined) return
  const options = optionsOf(program, given)
  const [origin, ...more] = options.get('origin')
  if (!options.complete || more.length > 0) return
  const credentials = options.get('credentials').some((value) => bare(value).kind === 'TrueKeyword' || program.values(value).some((one) => one.kind === 'literal' && one.value === true))
  // Without an origin the middleware sends `*`.
  if (!origin) return yield { call, node: options.literals[0] ?? call.node, all: 'any', credentials, texts: undefined, variable: undefined }
  yield { call, node: origin, all: letsAllIn(program, origin), credentials, texts: textsOf(program, origin), variable: variableOf(program, origin) }
}
function letsAllIn(program: JsProgram, origin: JsNode): Cors['all'] {
  for (const at of alternativesOf(program, origin)) {
    if (at.kind === 'TrueKeyword' || (at.kind === 'RegularExpressionLiteral' && /^\/\.\*\/|^\/\^?\.\*\$?\//.test(program.text(at)))) return 'echo'
    if (literalText(at, program.moduleOf(at).text) === '*' && alternativesOf(program, origin).length === 1) return 'any'
    const list = program.values(at).find((value) => value.kind === 'literal-object' && value.node.kind === 'ArrayLiteralExpression')
    if (list?.kind === 'literal-object' && list.node.children.some((item) => literalText(item, program.moduleOf(item).text) === '*')) return 'any'
    const fn = program.values(at).find((value) => value.kind === 'function')
    // `(origin, callback) => callback(null, true)`, with nothing asked.
    if (fn?.kind === 'function' && /^\{?\s*(return\s+)?\w+\(\s*(null|undefined)\s*,\s*(true|origin)\s*\)\s*;?\s*\}?$/.test(program.text(fn.fn.body))) return 'echo'
  }
  return undefined
}
function textsOf(program: JsProgram, origin: JsNode): Cors['texts'] {
  const all: { node: JsNode; text: string }[] = []
  for (const at of alternativesOf(program, origin)) {
    const list = program.values(at).find((value) => value.kind === 'literal-object' && value.node.kind === 'ArrayLiteralExpression')
    // A list that grows elsewhere is not known.
    if (at.kind === 'Identifier' && program.references(at).some((one) => one.parent?.kind === 'PropertyAccessExpression' && /^(push|concat|unshift)$/.test(program.text(field(one.parent, 'name') ?? one)))) return undefined
    for (const item of list?.kind === 'literal-object' ? list.node.children : [at]) {
      const folded = program.fold.text(item)
      const [only, other] = folded
      if (!only?.exact || only.env !== undefined || other || only.text === '') return undefined
      all.push({ node: item, text: only.text })
    }
  }
  return all.length > 0 ? all : undefined
}
/** `process.env.CLIENT_URL`, with or without a default. */
function variableOf(program: JsProgram, origin: JsNode): Cors['variable'] {
  const list = program.values(origin).find((value) => value.kind === 'literal-object' && value.node.kind === 'ArrayLiteralExpression')
  const items = list?.kind === 'literal-object' ? list.node.children : [origin]
  if (items.length !== 1 || !items[0]) return undefined
  const folded = program.fold.text(items[0])
  const names = [...new Set(folded.flatMap((one) => (one.base === 'env' && one.env !== undefined ? [one.env] : [])))]
  const defaults = folded.filter((one) => one.base !== 'env')
  const [name] = names
  if (name === undefined || names.length > 1 || defaults.some((one) => !one.exact)) return undefined
  return { name, fallback: defaults[0]?.text }
}

function* judged(program: JsProgram, context: RuleContext, cors: Cors): Generator<Problem> {
  const { call, node, credentials, texts, variable } = cors
  const module = program.moduleOf(node)
  const site = module === call.module ? call : program.siteOf(node)
  const place = site && spotted(program, { ...call, module, runs: call.runs }, node, 'the origins that are let in', 'breaks')
  if (!place) return
  const at: Spotted = { ...place, trace: [...place.trace.slice(0, -1), { file: module.path, line: program.line(node), note: 'the origins that are let in' }] }
  if (cors.all === 'echo') {
    // Public and without cookies is what a public API wants.
    if (credentials) yield { ...at, severity: atMost(at.severity, keepsCookies(program) ? 'breaks' : 'degrades'), message: "Every origin is let in, with credentials: the answer repeats whatever origin asks, so any site that a visitor opens can call the app with the visitor's cookies and read the answer. Name the origins of your own front end.", remedy: named(program, context, cors) }
    return
  }
  if (cors.all === 'any') {
    if (credentials) yield { ...at, message: "The answer lets in '*' together with credentials, and browsers refuse that: calls of the front end that carry cookies are blocked by CORS. Name the origins of your own front end.", remedy: named(program, context, cors) }
    return
  }
  const odd = texts?.filter(({ text }) => /^https?:\/\/[^/]+\/.*$/.test(text)) ?? []
  if (odd[0]) {
    yield {
      ...at,
      range: { start: odd[0].node.start, end: odd[0].node.end },
      path: program.moduleOf(odd[0].node).path,
      trace: [...at.trace.slice(0, -1), { file: program.moduleOf(odd[0].node).path, line: program.line(odd[0].node), note: 'an origin with a path' }],
      message: `${odd.map(({ text }) => text).join(', ')}: an origin ends after host and port. Browsers send it without a slash or path, so this one never matches and its calls are blocked by CORS. Take the rest off.`,
      remedy: odd.every((one) => literalText(one.node, program.moduleOf(one.node).text) !== undefined && program.moduleOf(one.node).brokenAt === undefined)
        ? { kind: 'fix', safety: 'review', title: 'Take slash and path off the origins', changes: odd.map((one) => replaceNode(program.moduleOf(one.node), one.node, program.text(one.node).replace(one.text, /^https?:\/\/[^/]+/.exec(one.text)?.[0] ?? one.text))) }
        : { kind: 'manual', reason: 'Take the slash or path off where the origin is written.' },
    }
  }
  if (variable && (variable.fallback === undefined || local.test(variable.fallback))) {
    const without = variable.fallback === undefined ? (credentials ? "without it '*' is let in, which browsers refuse for calls with cookies" : 'without it every origin is let in') : `without it only ${variable.fallback} is let in, and calls of the deployed front end are blocked by CORS`
    yield { ...at, severity: atMost(at.severity, variable.fallback === undefined && !credentials && !isSocket(call) ? 'advice' : 'degrades'), message: `Only ${variable.name} says which front end may call the app: ${without}. Set it on the host.`, remedy: { kind: 'manual', reason: `Set ${variable.name} on the host to the address of your front end, such as https://www.example.com, without a slash at its end.` } }
  }
  if (!texts || !texts.every(({ text }) => local.test(text))) return
  yield {
    ...at,
    // An app that serves its own pages is called from its own origin.
    severity: atMost(at.severity, servesPages(program) ? 'degrades' : 'breaks'),
    message: `Only ${texts.map(({ text }) => text).slice(0, 2).join(' and ')} may call the app: a front end that is deployed elsewhere has another origin, and its calls are blocked by CORS. Let the host name it in ${name}, and keep the local ones.`,
    remedy: extended(program, cors),
  }
}
const isSocket = (call: JsCall): boolean => call.names.some((one) => one.startsWith('socket.io'))

/** Is there anything that a browser sends along by itself? */
function keepsCookies(program: JsProgram): boolean {
  for (const call of program.callsMatching(/^(express-session|cookie-session)(\.default)?$|^express\.response(\.status\(\))?\.cookie$|^passport\.session$/)) if (call.runs.length > 0) return true
  return [...program.sites('PropertyAccessExpression')].some((site) => program.text(site.node).endsWith('.cookies') && program.origins(site.node).includes('express.request.cookies'))
}
function servesPages(program: JsProgram): boolean {
  return [...program.callsMatching(/^express\.response(\.status\(\))?\.(render|sendFile)$|^express\.static$/)].some((call) => call.runs.some(({ when }) => when === 'request' || when === 'import'))
}

const name = 'CORS_ORIGINS'
const need = { kind: 'env', name, secret: false, why: 'the origins of the front ends that may call the app, with commas between them' } as const
const left = `Set ${name} to the origins of your front end, such as https://www.example.com.`
const listed = (quote: string): string => `(process.env.${name} || ${quote}${quote}).split(${quote},${quote}).filter(Boolean)`

/** The list as it is, and what the variable adds. */
function extended(program: JsProgram, { node, texts }: Cors): Remedy {
  const byHand: Remedy = { kind: 'manual', reason: `Add the origins of your front end to the list in ${program.moduleOf(node).path}, from the environment.` }
  const [first, ...others] = texts ?? []
  if (!first) return byHand
  const module = program.moduleOf(first.node)
  const array = first.node.parent?.kind === 'ArrayLiteralExpression' ? first.node.parent : undefined
  if (module.brokenAt !== undefined || [first, ...others].some((one) => literalText(one.node, module.text) === undefined || program.moduleOf(one.node) !== module || (array ? one.node.parent !== array : others.length > 0))) return byHand
  const quote = module.text[first.node.start] === '"' ? '"' : "'"
  const spread = `...${listed(quote)}`
  const last = others.at(-1)?.node ?? first.node
  // In a list with lines of its own the new item gets one, too.
  const lineOf = array && /^(\r\n|\n|\r)[ \t]*$/.exec(module.text.slice(array.start + 1, first.node.start))?.[0]
  const changes = array ? [{ kind: 'edit' as const, path: module.path, range: { start: last.end, end: last.end }, text: `,${lineOf ?? ' '}${spread}` }] : [replaceNode(module, first.node, `[${program.text(first.node)}, ${spread}]`)]
  return { kind: 'fix', safety: 'review', title: `Let ${name} name further origins`, changes, needs: [need], left }
}
/** On the host only those that the variable names; elsewhere as it was. */
function named(program: JsProgram, { target }: RuleContext, { node }: Cors): Remedy {
  const module = program.moduleOf(node)
  const byHand: Remedy = { kind: 'manual', reason: `Name the origins of your front end in ${module.path}, from the environment, instead of all.` }
  // Without an origin, as a method or a shorthand there is no expression to put another beside.
  if (module.brokenAt !== undefined || node.field !== 'initializer' || node.parent?.kind !== 'PropertyAssignment' || isNothing(program, node) || [...walk(node)].some((one) => one.kind === 'CallExpression')) return byHand
  const { quote } = styleOf(module)
  const kept = node.kind === 'ArrowFunction' || node.kind === 'FunctionExpression' ? `(${program.text(node)})` : program.text(node)
  return { kind: 'fix', safety: 'review', title: `On the host, let in only the origins in ${name}`, changes: [replaceNode(module, node, `${target.guard.javascript} ? ${listed(quote)} : ${kept}`)], needs: [need], left }
}
