import { frameworkTitles } from '../../../src/framework-titles.js'
import { insertAt } from '../../../src/lang/python/edit.js'
import { acceptedBindings, importsAnywhere, looksForEntry, servedNow, type Served } from '../../../src/lang/python/entry/entry.js'
import type { PyBinding, PyFunction, Value } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'

export const entryWrongInterface = {
  id: 'entry-wrong-interface',
  title: 'Entry object that no server can call',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const served = looksForEntry(context) ? servedNow(program, context) : undefined
    if (!served) return
    const { module } = served
    const binding = acceptedBindings(module, context.target.lookup.names).filter(({ name }) => name !== 'handler').at(-1)
    const wrong = binding && whatIsWrong(binding, served)
    if (!binding || wrong === undefined) return
    yield {
      path: module.path,
      range: { start: binding.node.start, end: binding.node.end },
      when: 'import',
      trace: [{ file: module.path, line: served.program.line(binding.node, module), note: `binds ${binding.name} to ${wrong}` }],
      message: `The host serves ${binding.name} of ${module.path}, which is ${wrong}: a server can't call that, and every request fails. Bind ${binding.name} to the ${titleOf(context)} object itself.`,
      remedy: remedyFor(binding, served, context),
    }
  },
} satisfies Rule

function titleOf({ app }: RuleContext): string {
  return frameworkTitles[app.framework] ?? app.framework
}

function remedyFor(binding: PyBinding, served: Served, context: RuleContext): Remedy {
  const { app } = context
  const { symbol, file, args } = app.entry
  const factory = binding.kind === 'assign' && served.module.brokenAt === undefined ? served.program.values(binding.value, binding.scope).find((value) => value.kind === 'function' && value.fn.name === symbol && value.fn.module.path === file) : undefined
  if (binding.kind === 'assign' && factory?.kind === 'function' && (args !== undefined || required(factory.fn).length === 0)) {
    return { kind: 'fix', safety: 'review', title: `Call ${symbol}(${args ?? ''})`, changes: [insertAt(served.module, binding.value.end, `(${args ?? ''})`)] }
  }
  // A file that already leads to the app counts as its entry, and is kept.
  if (served.file !== file && importsAnywhere(served.program, served.module, file)) return { kind: 'manual', reason: `Bind ${binding.name} in ${served.file} to the ${titleOf(context)} app of ${file}.` }
  return { kind: 'fix', safety: 'review', title: `Add an entry file that hands over ${app.entry.kind === 'factory' ? `${symbol}()` : symbol} of ${file} itself`, changes: [], needs: [{ kind: 'entry' }] }
}

/** What the object is, in words, when it surely is no WSGI or ASGI app. */
function whatIsWrong(binding: PyBinding, { program }: Served): string | undefined {
  const others = (binding.scope.bindings.get(binding.name) ?? []).filter((other) => other !== binding && other.node.start > binding.node.start)
  // Set again later, in a branch or by a function that the import calls: nobody here knows which one stays.
  if (others.some((other) => runsAtImport(other, program))) return undefined
  return wrongBinding(binding, program, 0)
}

function wrongBinding(binding: PyBinding, program: PythonProgram, depth: number): string | undefined {
  if (binding.kind === 'function') return notCallable(binding.fn)
  if (binding.kind === 'import' && binding.member !== undefined && depth < 4) {
    const home = program.modules.get(program.find(binding.module, binding.scope.module) ?? '')
    const there = home?.scope.bindings.get(binding.member) ?? []
    return there.length === 1 && there[0] ? wrongBinding(there[0], program, depth + 1) : undefined
  }
  if (binding.kind !== 'assign') return undefined
  const found = program.values(binding.value, binding.scope).map((value) => wrongValue(value))
  return found.length > 0 && found.every((word) => word !== undefined) ? found[0] : undefined
}

function runsAtImport(binding: PyBinding, program: PythonProgram): boolean {
  for (let at = binding.node.parent; at; at = at.parent)
    if (at.kind === 'function_definition') {
      const fn = at
      return [...program.functions()].some((one) => one.fn.node === fn && one.runs.some((run) => run.when === 'import'))
    }
  return true
}

function wrongValue(value: Value): string | undefined {
  switch (value.kind) {
    case 'literal':
      return value.value === null ? 'None' : `a ${typeof value.value === 'string' ? 'string' : 'plain value'}`
    case 'module':
      return 'a module'
    case 'function':
      return notCallable(value.fn)
    case 'name':
      return wrongOrigins[value.name]
    default:
      return undefined
  }
}
const wrongOrigins: Readonly<Record<string, string>> = {
  'flask.Flask': 'the class Flask and no app made of it',
  'fastapi.FastAPI': 'the class FastAPI and no app made of it',
  'starlette.applications.Starlette': 'the class Starlette and no app made of it',
  'socketio.AsyncServer()': 'a Socket.IO server (socketio.ASGIApp makes an app of it)',
  'socketio.Server()': 'a Socket.IO server (socketio.WSGIApp makes an app of it)',
  'flask_socketio.SocketIO()': 'a SocketIO object (its Flask app is the one to serve)',
  'dash.Dash()': 'a Dash object (its .server is the app)',
  'dash.dash.Dash()': 'a Dash object (its .server is the app)',
  'flask_restx.Api()': 'an Api object (the Flask app it was given is the one to serve)',
  'flask_restful.Api()': 'an Api object (the Flask app it was given is the one to serve)',
}

/** A WSGI function takes two arguments, an ASGI one three; a factory takes none or settings. */
function notCallable(fn: PyFunction): string | undefined {
  if (fn.isLambda || fn.decorators.length > 0 || fn.params.some((param) => param.star !== '')) return undefined
  const needed = required(fn)
  if (needed.length === 2) return needed[0] === 'event' && /^(context|_context|ctx|_)$/.test(needed[1] ?? '') ? `a function ${fn.name}(event, context), which is another platform's form` : undefined
  if (needed.length === 3) return fn.isAsync ? undefined : `a function of three arguments that is not async`
  return `the function ${fn.name} and not what it returns`
}
function required(fn: PyFunction): readonly string[] {
  return fn.params.filter((param) => param.fallback === undefined && param.star === '').map(({ name }) => name)
}
