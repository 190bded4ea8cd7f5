import type { ProbedRoute, Verification } from '../types.js'
import { pause, type Answer } from '../io/cell.js'
import type { AppRoute, Cell, Raised } from './cell.js'
import { difference, normalised } from './compare.js'
import { whatWasRaised } from './explain.js'

/** A request that the user asks for beside the app's own GET routes. */
export type Probe = { readonly method: string; readonly path: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
type Probed = { readonly routes: readonly ProbedRoute[]; readonly notRun: Verification['notRun'] }

/** Asks for each parameterless GET route and each probe, one after the other, before and after, and compares. */
export async function probe({ cell, before, cronSecret, probes, timeoutMs }: { readonly cell: Cell; readonly before: Cell | undefined; readonly cronSecret?: string | undefined; readonly probes: readonly Probe[]; readonly timeoutMs: number }): Promise<Probed> {
  if (!('port' in cell.booted)) return { routes: [], notRun: [{ what: 'requests', why: 'the app did not boot' }] }
  const [was, is] = [before === undefined ? [] : routesOf(before), routesOf(cell)]
  const notRun: Verification['notRun'][number][] = cell.booted.routes === null ? [{ what: 'the routes of the app', why: `${cell.booted.why}; only / was asked` }] : []
  notRun.push(...leftOut(is))
  const paths = new Set([...was, ...is].filter((route) => route.probe).map((route) => route.path))
  if (cell.booted.routes === null) paths.add('/')
  const known = new Set(was.map((route) => route.path))
  const asked: readonly Probe[] = [...[...paths].map((path) => ({ method: 'GET', path })), ...probes]
  const routes: ProbedRoute[] = []
  for (const request of asked) {
    // A route that the migration added, as a cron's, had no answer before.
    const isNew = request.method === 'GET' && before !== undefined && known.size > 0 && paths.has(request.path) && !known.has(request.path)
    const route = await compare(request, cell, isNew ? undefined : before, isNew, timeoutMs)
    routes.push(route.same || cronSecret === undefined ? route : await asScheduler(route, request, cell, cronSecret, timeoutMs))
  }
  return { routes, notRun }
}

/** What the view raised. A framework may send its answer first and pass the error on after it, so it is waited for, half a second at most. */
async function raisedSince(cell: Cell, seen: number, path: string): Promise<Raised | undefined> {
  const found = (): Raised | undefined => cell.raised().slice(seen).find((error) => error.path === path.split('?')[0])
  for (let tries = 0; tries < 20 && found() === undefined; tries++) await pause(25)
  return found()
}

async function compare(request: Probe, cell: Cell, before: Cell | undefined, isNew: boolean, timeoutMs: number): Promise<ProbedRoute> {
  const send = (to: Cell): ReturnType<Cell['request']> => to.request(request.method, request.path, { timeoutMs, ...(request.headers === undefined ? {} : { headers: request.headers }), ...(request.body === undefined ? {} : { body: request.body }) })
  const seen = cell.raised().length
  const [was, is] = await Promise.all([before === undefined ? undefined : send(before), send(cell)])
  const raised = 'reason' in is || is.status < 500 ? undefined : await raisedSince(cell, seen, request.path)
  const shown = { method: request.method, path: request.path, ...(was === undefined || 'reason' in was ? {} : { before: { status: was.status } }), ...('reason' in is ? {} : { after: { status: is.status } }) }
  const because = raised === undefined ? '' : ` (${whatWasRaised(raised)})`

  if ('reason' in is) {
    const at = is.at === undefined ? '' : `; it was at ${is.at.file}:${is.at.line} in ${is.at.in}`
    const both = was !== undefined && 'reason' in was
    return { ...shown, same: both, note: `${is.reason}${at}${both ? ', as before' : ''}` }
  }
  if (was === undefined) {
    const fine = is.status < 500
    if (fine && !isNew) return { ...shown, same: true }
    return { ...shown, same: fine, note: isNew ? `new: ${fine ? `answers ${is.status}` : `fails with ${is.status}${because}`}` : `answers ${is.status}${because}` }
  }
  if ('reason' in was) return { ...shown, same: is.status < 500, note: `${was.reason} before, ${is.status} after${because}` }
  const differs = difference(was, is)
  if (differs === undefined) return { ...shown, same: true, ...(is.status >= 500 ? { note: `fails with ${is.status}, as before${because}` } : {}) }
  if (was.status >= 500 && is.status < 500) return { ...shown, same: true, note: `failed with ${was.status} before and answers ${is.status} now` }
  if (before !== undefined && sameKind(was, is)) {
    const again = await send(before)
    if (!('reason' in again) && normalised(again.body) !== normalised(was.body)) {
      return { ...shown, same: true, note: 'its body differs from call to call, so status, content type and location were compared' }
    }
  }
  return { ...shown, same: false, note: `${differs}${because}` }
}

/** A job's route that anybody could call is closed by the migration: with the secret it answers as it did. */
async function asScheduler(route: ProbedRoute, { method, path }: Probe, cell: Cell, secret: string, timeoutMs: number): Promise<ProbedRoute> {
  const refused = route.after?.status === 401 || route.after?.status === 403
  if (!refused || method !== 'GET' || route.before === undefined || route.before.status >= 400) return route
  const answer = await cell.request(method, path, { timeoutMs, headers: { authorization: `Bearer ${secret}` } })
  if ('reason' in answer || answer.status !== route.before.status) return route
  return { ...route, same: true, note: `asks for CRON_SECRET now, and answers ${answer.status} with it` }
}

function sameKind(was: Answer, is: Answer): boolean {
  return difference({ ...was, body: '' }, { ...is, body: '' }) === undefined
}

function routesOf(cell: Cell): readonly AppRoute[] {
  return 'port' in cell.booted ? (cell.booted.routes ?? []) : []
}

function leftOut(routes: readonly AppRoute[]): Verification['notRun'] {
  return routes
    .filter((route) => !route.probe)
    .map(({ path, methods, why }) =>
      why !== undefined ? { what: `${methods.join(', ')} ${path}`, why } : methods.includes('GET') ? { what: `GET ${path}`, why: 'it has a parameter; give a value with --probes' } : { what: `${methods.join(', ')} ${path}`, why: 'only GET is asked unless --probes says so' },
    )
}
