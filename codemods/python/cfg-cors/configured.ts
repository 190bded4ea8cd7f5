/** Who may call the app from another site, as the frameworks' own packages are told. */
import { elementsOf, sequenceOf } from '../../../src/lang/python/django/edit-setting.js'
import { literalSetting, servedEffects, servedList } from '../../../src/lang/python/django/served.js'
import { bare, field, literalText, type PyNode, type PyScope, type PySite, type PythonProgram } from '../../../src/lang/python/program.js'

export type Cors = {
  readonly site: PySite
  readonly scope: PyScope
  /** The list, or what stands for all. */
  readonly node: PyNode
  readonly items: readonly PyNode[]
  readonly all: boolean
  readonly credentials: boolean
  /** More than the list is let in: a pattern, or items made at run time. */
  readonly open: boolean
  /** May another list stand in the node's place? */
  readonly replaceable: boolean
}

export function* corsRules(program: PythonProgram): Generator<Cors> {
  yield* starlette(program)
  yield* flask(program)
  yield* django(program)
}

const isTrue = (node: PyNode | undefined): boolean => node?.kind === 'true'

function* starlette(program: PythonProgram): Generator<Cors> {
  const middleware = /^(starlette|fastapi)\.middleware\.cors\.CORSMiddleware$/
  for (const call of program.callsMatching(/(\.add_middleware|\.middleware\.Middleware|\.CORSMiddleware)$/)) {
    const own = call.names.some((name) => middleware.test(name)) || (call.args[0] !== undefined && program.origins(call.args[0], call.scope).some((name) => middleware.test(name)))
    const origins = call.kwargs.get('allow_origins')
    if (own && origins && !call.spread) yield* listed(program, call, origins, call.scope, isTrue(call.kwargs.get('allow_credentials')), call.kwargs.has('allow_origin_regex'))
  }
}

function* flask(program: PythonProgram): Generator<Cors> {
  for (const call of program.callsMatching(/^flask_cors\.(CORS|cross_origin)$|^flask_cors\.CORS\(\)\.init_app$/)) {
    if (call.spread) continue
    const credentials = isTrue(call.kwargs.get('supports_credentials'))
    const origins = call.kwargs.get('origins')
    if (origins) yield* listed(program, call, origins, call.scope, credentials, false)
    const resources = call.kwargs.get('resources')
    for (const pair of resources?.kind === 'dictionary' ? resources.children : []) {
      const options = field(pair, 'value')
      for (const option of options?.kind === 'dictionary' ? options.children : []) {
        const [key, value] = [field(option, 'key'), field(option, 'value')]
        const own = options?.children.some((one) => literalText(field(one, 'key') ?? one, call.module.text) === 'supports_credentials' && isTrue(field(one, 'value'))) ?? false
        if (key && value && literalText(key, call.module.text) === 'origins') yield* listed(program, call, value, call.scope, credentials || own, false)
      }
    }
    // Without a word on origins all are let in.
    const at = call.kwargs.get('supports_credentials')
    if (!origins && !resources && credentials && at) yield { site: call, scope: call.scope, node: call.node, items: [], all: true, credentials, open: false, replaceable: false }
  }
}

/** django-cors-headers, under its present and its former names. */
function* django(program: PythonProgram): Generator<Cors> {
  if (!servedList(program, 'INSTALLED_APPS').items.some(({ text }) => text.split('.')[0] === 'corsheaders') && !servedList(program, 'MIDDLEWARE').items.some(({ text }) => text.startsWith('corsheaders.'))) return
  const credentials = literalSetting(program, 'CORS_ALLOW_CREDENTIALS') === true
  const pattern = ['CORS_ALLOWED_ORIGIN_REGEXES', 'CORS_ORIGIN_REGEX_WHITELIST'].some((key) => servedEffects(program, key).length > 0)
  const all = ['CORS_ALLOW_ALL_ORIGINS', 'CORS_ORIGIN_ALLOW_ALL'].flatMap((key) => servedEffects(program, key).slice(-1))
  for (const effect of all) {
    const site = program.siteOf(effect.node, effect.scope)
    if (site && effect.node.kind === 'true' && !effect.uncertain) yield { site, scope: effect.scope, node: effect.node, items: [], all: true, credentials, open: false, replaceable: false }
  }
  if (all.some(({ node, uncertain }) => node.kind !== 'false' || uncertain)) return
  for (const key of ['CORS_ALLOWED_ORIGINS', 'CORS_ORIGIN_WHITELIST']) {
    const effects = servedEffects(program, key)
    const [effect, more] = effects
    const site = effect && program.siteOf(effect.node, effect.scope)
    if (effect && site && !more && !effect.uncertain) yield* listed(program, site, effect.node, effect.scope, credentials, pattern)
  }
}

/** A list where it is written, through the names it goes by; what is made at run time says nothing. */
function* listed(program: PythonProgram, site: PySite, at: PyNode, from: PyScope, credentials: boolean, pattern: boolean): Generator<Cors> {
  const direct = { node: bare(at), scope: from }
  const sources = sequenceOf(direct.node, from.module) || direct.node.kind === 'string' ? [direct] : program.definitions(at, from)
  const [source, more] = sources
  // A settings class of pydantic's takes the list from the environment first.
  if (!source || more || (source !== direct && source.scope.kind === 'class')) return
  const { scope } = source
  const node = bare(source.node)
  const text = node.kind === 'string' ? literalText(node, scope.module.text) : undefined
  if (text !== undefined) {
    yield { site, scope, node, items: text === '*' ? [] : [node], all: text === '*', credentials, open: pattern, replaceable: source === direct }
    return
  }
  const sequence = sequenceOf(node, scope.module)
  if (!sequence) return
  const items = elementsOf(sequence)
  const strings = items.filter((item) => item.kind === 'string' && literalText(item, scope.module.text) !== undefined)
  const grows = source !== direct && [...program.callsMatching(/\.(append|extend|insert)$/)].some((call) => call.module === scope.module && program.text(call.node, call.module).startsWith(`${program.text(at, from.module)}.`))
  const changed = source !== direct && [...program.sites('augmented_assignment')].some((one) => one.module === scope.module && program.text(one.node, one.module).startsWith(program.text(at, from.module)))
  yield {
    site, scope, node: sequence, items: strings,
    all: strings.some((item) => literalText(item, scope.module.text) === '*'),
    credentials, open: pattern || strings.length < items.length || grows || changed, replaceable: true,
  }
}
