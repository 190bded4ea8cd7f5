/** What Express does with the functions it is given. */
import type { JsFramework } from '../../lang/javascript/program.js'
import { expressRoutes } from './routes.js'

/** Handlers, middleware and parameter handlers, of the app, of routers and of `route()` chains. */
const registers = /^express(\.Router)?\(\)(\.route\(\))?\.(get|post|put|patch|delete|del|all|use|options|head|param|ws|trace|propfind|search)$/

export const expressKnowledge: JsFramework = {
  callback: (origin) => {
    if (registers.test(origin)) return 'request'
    if (/^express\(\)\.(engine|on|once)$/.test(origin)) return origin.endsWith('.engine') ? 'request' : 'startup'
    return undefined
  },
  params: (origin, arity) => {
    if (!registers.test(origin)) return []
    // Express tells an error handler by its four parameters.
    if (arity === 4 && !origin.endsWith('.param')) return ['Error', 'express.request', 'express.response', 'express.next']
    return ['express.request', 'express.response', 'express.next'].slice(0, arity)
  },
  routes: expressRoutes,
}
