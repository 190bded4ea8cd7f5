import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, walk, type PyFunction } from '../../../src/lang/python/program.js'
import { blockingCalls, type Blocking } from './blocking.js'
import type { Problem, PythonProgram, Remedy, Rule, RuleContext, Snapshot } from '../../../src/types.js'

const routes = /^fastapi\.(applications\.)?(FastAPI|APIRouter|routing\.APIRouter)\(\)(\.router)?\.(get|post|put|delete|patch|head|options|api_route)$/

export const faBlockingInAsync = {
  id: 'fa-blocking-in-async',
  title: 'Event loop held up by a call that waits',
  hazard: 'long-running-request',
  language: 'python',
  assumes: 'nothing',
  severity: 'degrades',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    // Only ASGI frameworks serve every request of an instance from one loop.
    if (app.framework !== 'fastapi') return
    for (const blocking of blockingCalls(program)) {
      const { call, fn, does, short, via, fns } = blocking
      const more = fns.length - 1
      const request = call.runs.find(({ when, background }) => when === 'request' && !background)
      const written = program.text(field(call.node, 'function') ?? call.node, call.module).replace(/\s+/g, '')
      const name = written.length > 40 ? `…${written.slice(written.lastIndexOf('.'))}` : written
      const place = spotted(program, { ...call, runs: request ? [request] : call.runs }, call.node, `${name}() ${does}`, short ? 'advice' : 'degrades')
      if (!place) continue
      const where = via ? `${fn.name}(), which the coroutine ${via.name}() calls` : `the coroutine ${fn.name}()`
      yield {
        ...place,
        message: `${name}() ${does} inside ${where}${more > 0 ? ` (${more} more function${more > 1 ? 's' : ''} of the app do the same)` : ''}: until it is done, no other request of the instance gets on, and an instance serves many at once. ${via ? `Call ${fn.name}() through await asyncio.to_thread(…).` : `Write ${fn.name}() as a plain def, which FastAPI runs in a thread, or put the call behind await asyncio.to_thread(…).`}`,
        remedy: remedyOf(program, repo, blocking),
      }
    }
  },
} satisfies Rule

/** Every function of the finding that may be plain becomes plain; the others stay as they are. */
function remedyOf(program: PythonProgram, repo: Snapshot, { fn, fns, via }: Blocking): Remedy {
  const plain = fns.filter((one) => one.isAsync && whyNotPlain(program, repo, one) === undefined)
  const why = via && fns.length === 1 ? `${fn.name}() is called in several ways, and only its author knows which of them may wait` : whyNotPlain(program, repo, fn)
  if (plain.length === 0) return { kind: 'manual', reason: `Use await asyncio.to_thread(…) or an asynchronous client; it is not done here because ${why ?? 'other code calls it'}.` }
  const names = plain.length === 1 ? `${plain[0]?.name ?? ''}()` : `${plain.length} routes`
  const rest = fns.length - plain.length
  return {
    kind: 'fix', safety: 'review', title: `Make ${names} ${plain.length === 1 ? 'a plain def' : 'plain functions'}${rest > 0 ? `, of ${fns.length} functions that wait` : ''}`,
    changes: plain.map(({ module, node }) => ({ kind: 'edit', path: module.path, range: { start: node.start, end: node.start + (/^async\s+/.exec(module.text.slice(node.start))?.[0].length ?? 0) }, text: '' })),
    left: `${names} now run${plain.length === 1 ? 's' : ''} in threads beside others: what is shared with them has to bear that.${rest > 0 ? ` ${rest} more function${rest > 1 ? 's' : ''} still hold${rest > 1 ? '' : 's'} up the loop.` : ''}`,
  }
}

/** A route that awaits nothing, and that nothing but FastAPI calls, may be a plain function. */
function whyNotPlain(program: PythonProgram, repo: Snapshot, fn: PyFunction): string | undefined {
  const { module } = fn
  if (module.brokenAt !== undefined) return `${module.path} does not parse`
  const body = module.text.slice(fn.body.start, fn.body.end)
  if (/\b(await|async)\b/.test(body) || [...walk(fn.body)].some((node) => node.kind === 'yield')) return `${fn.name}() awaits other things`
  const [mark, ...others] = fn.decorators
  const outer = fn.scope.parent ?? fn.scope
  if (!mark || others.length > 0 || !program.origins(mark, outer).some((origin) => routes.test(origin.replace(/\(\)$/, '')))) return `${fn.name}() is not a route alone`
  if ([...walk(fn.body)].some((node) => (node.kind === 'identifier' || node.kind === 'attribute') && program.origins(node, fn.scope).some((origin) => /^(asyncio|anyio|trio|contextvars)\b/.test(origin)))) return `${fn.name}() speaks to the event loop`
  const own = [...program.calls()].filter((call) => call.fn === fn)
  if (own.some(({ callees }) => callees.some((callee) => /\basyncio\./.test(callee.module.text.slice(callee.body.start, callee.body.end))))) return `${fn.name}() calls a function that speaks to the event loop`
  // SQLite's own connections belong to the thread that opened them.
  if (own.some(({ names }) => names.some((name) => name.startsWith('sqlite3.'))) && !own.some(({ names }) => names.includes('sqlite3.connect'))) return `${fn.name}() uses a connection that was opened in another thread`
  const named = [...walk(module.root)].filter((node) => node.kind === 'identifier' && program.text(node, module) === fn.name).length
  const elsewhere = new RegExp(`\\bimport\\b[^\\n]*\\b${fn.name}\\b|\\.${fn.name}\\b`)
  if (named > 1 || [...repo.files.values()].some(({ path, text }) => path !== module.path && path.endsWith('.py') && elsewhere.test(text))) return `${fn.name}() is named in other places`
  return undefined
}
