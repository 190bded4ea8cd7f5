/** `logging.config.dictConfig({...})` and Django's LOGGING with handlers that open files. */
import type { Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { quotePython, replaceNode } from '../../../src/lang/python/edit.js'
import { besideCode, placeText } from '../../../src/lang/python/storage/files.js'
import { hostGuard } from '../../../src/lang/python/settings/host-guard.js'
import { settingEffects } from '../../../src/lang/python/django/settings.js'
import { served } from '../../../src/lang/python/settings/served.js'
import { underTests } from '../../../src/lang/python/settings/tested.js'
import { needsVariable } from '../../../src/lang/python/settings/when-unset.js'
import { bare, field, literalText, type PyNode, type PyScope, type PySite } from '../../../src/lang/python/program.js'
import { atMost, milder, severityFor } from '../../../src/lang/python/severity.js'

type Dict = { readonly node: PyNode; readonly scope: PyScope }
const fileClass = /(^|\.)(FileHandler|RotatingFileHandler|TimedRotatingFileHandler|WatchedFileHandler|ConcurrentRotatingFileHandler)$/

export function* configuredHandlers(program: PythonProgram, { target }: RuleContext): Generator<Problem> {
  const seen = new Set<PyNode>()
  for (const { handler, at, loader } of handlersOf(program)) {
    const run = program.first(at)
    if (run.when === 'main' || run.when === 'build' || run.when === 'never') continue
    const [kind, file, delay] = ['class', 'filename', 'delay'].map((key) => valuesOf(program, handler, key)[0])
    if (seen.has(handler.node) || !kind || !file || !program.fold.text(kind.node, kind.scope).some(({ text }) => fileClass.test(text))) continue
    const { beside, sure } = besideCode(program.fold.path(file.node, file.scope))
    const [first] = beside
    if (!first) continue
    seen.add(handler.node)
    const place = placeText(first)
    const late = delay?.node.kind === 'true'
    const certain = severityFor(run, run.when === 'request' ? 'breaks' : 'blocks')
    const { module } = handler.scope
    const site = program.siteOf(handler.node, handler.scope) ?? at
    yield {
      path: site.module.path,
      range: { start: site.node.start, end: site.node.end },
      when: run.when,
      trace: program.trace(site, `a handler for '${place}'`, site === at ? run : undefined),
      severity: late ? atMost(certain, 'degrades') : sure ? certain : milder(certain),
      message: `The logging configuration opens the file '${place}'. On the host the code's folder is read-only${late ? ', so every record fails to be written' : `, so ${loader} fails`}. The host keeps what is logged to standard output and error: log there.`,
      remedy: module.brokenAt === undefined && site !== at ? remedyOf(handler, place, target) : { kind: 'manual', reason: `${module.path} is not edited: the handler's place in it is not certain.` },
    }
  }
}

type Configured = { readonly handler: Dict; readonly at: PySite; /** What reads the configuration. */ readonly loader: string }
function* handlersOf(program: PythonProgram): Generator<Configured> {
  for (const call of program.calls('logging.config.dictConfig')) {
    const [arg] = call.args
    for (const config of arg ? dictionaries(program, { node: arg, scope: call.scope }) : [])
      for (const handlers of valuesOf(program, config, 'handlers')) for (const handler of entriesOf(program, handlers)) yield { handler, at: call, loader: 'dictConfig()' }
  }
  // Django hands LOGGING to dictConfig unless it is told not to.
  if (settingEffects(program, 'LOGGING_CONFIG').some(({ op, node }) => op === 'set' && node.kind === 'none')) return
  const loader = "Django's start"
  for (const { effect } of served(settingEffects(program, 'LOGGING').map((one) => ({ effect: one })))) {
    const at = program.siteOf(effect.node, effect.scope)
    if (!at || underTests(effect.statement, effect.scope) || needsVariable(program, effect.statement, effect.scope)) continue
    const [first, name] = effect.op === 'item' ? effect.path : []
    if (effect.op === 'item') {
      if (first === 'handlers') for (const one of dictionaries(program, effect)) for (const handler of name === undefined ? entriesOf(program, one) : [one]) yield { handler, at, loader }
      continue
    }
    for (const config of dictionaries(program, effect)) for (const handlers of valuesOf(program, config, 'handlers')) for (const handler of entriesOf(program, handlers)) yield { handler, at, loader }
  }
}

/** The handler's level, formatter and filters stay; its file does not. */
function remedyOf({ node, scope }: Dict, place: string, target: RuleContext['target']): Remedy {
  const { module } = scope
  const text = (at: PyNode): string => module.text.slice(at.start, at.end)
  const pairs = node.children.filter((child) => child.kind !== 'comment')
  const keyOf = (pair: PyNode): string | undefined => {
    const key = field(pair, 'key')
    return key?.kind === 'string' ? literalText(key, module.text) : undefined
  }
  if (pairs.some((pair) => pair.kind !== 'pair' || keyOf(pair) === undefined || keyOf(pair) === '()')) return { kind: 'manual', reason: 'The handler is put together in a way that can not be read off its text.' }
  const kept = pairs.filter((pair) => ['level', 'formatter', 'filters'].includes(keyOf(pair) ?? '')).map(text)
  const guard = hostGuard(target, module, scope, node)
  const stream = [`"class": ${quotePython('logging.StreamHandler')}`, ...kept].join(', ')
  return { kind: 'fix', safety: 'safe', title: `Write '${place}' only where the disk is writable; the host keeps the standard streams`, changes: [...guard.changes, replaceNode(module, node, `{${stream}} if ${guard.text} else ${text(node)}`)] }
}

/** The dictionaries that an expression may be, through names and tests that the host decides. */
function dictionaries(program: PythonProgram, { node, scope }: Dict, depth = 0): readonly Dict[] {
  const at = bare(node)
  if (depth > 4) return []
  if (at.kind === 'dictionary') return [{ node: at, scope }]
  if (at.kind === 'conditional_expression') {
    const [yes, test, no] = at.children
    const known = test && program.guards.test(test, scope)
    return [known === false ? undefined : yes, known === true ? undefined : no].flatMap((branch) => (branch ? dictionaries(program, { node: branch, scope }, depth + 1) : []))
  }
  if (at.kind !== 'identifier' && at.kind !== 'attribute') return []
  return program.definitions(at, scope).flatMap((one) => dictionaries(program, one, depth + 1))
}
function valuesOf(program: PythonProgram, { node, scope }: Dict, key: string): readonly Dict[] {
  const found = node.children.flatMap((pair) => {
    const [name, value] = [field(pair, 'key'), field(pair, 'value')]
    return name?.kind === 'string' && value && literalText(name, scope.module.text) === key ? [{ node: value, scope }] : []
  })
  return found.flatMap((one) => (key === 'handlers' ? dictionaries(program, one) : [one]))
}
function entriesOf(program: PythonProgram, { node, scope }: Dict): readonly Dict[] {
  return node.children.flatMap((pair) => {
    const value = field(pair, 'value')
    return value ? dictionaries(program, { node: value, scope }) : []
  })
}
