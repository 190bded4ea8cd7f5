/** What FastAPI, Starlette and their usual companions do with the functions and classes they are given. */
import type { Fate, Given } from '../../lang/python/knowledge.js'
import type { PythonFramework } from '../../lang/python/program.js'
import { fastapiRoutes } from './routes.js'

const objects = String.raw`(fastapi\.(applications\.)?FastAPI|fastapi\.(routing\.)?APIRouter|starlette\.applications\.Starlette|starlette\.routing\.Router|fastapi_offline\.FastAPIOffline)`
/** Calls that make an app. */
export const appConstructor = /^(fastapi\.(applications\.)?FastAPI|starlette\.applications\.Starlette|fastapi_offline\.FastAPIOffline)$/
export const routerConstructor = /^(fastapi\.(routing\.)?APIRouter|starlette\.routing\.Router)$/
const constructor = new RegExp(`^${objects}$`)
const route = new RegExp(String.raw`^${objects}\(\)(\.router)?\.(get|post|put|delete|patch|head|options|trace|api_route|websocket|route|websocket_route|add_api_route|add_route|add_api_websocket_route|add_websocket_route)$`)
const serving = new RegExp(String.raw`^${objects}\(\)(\.router)?\.(middleware|exception_handler|add_exception_handler|add_middleware)$`)
const hook = new RegExp(String.raw`^${objects}\(\)(\.router)?\.(on_event|add_event_handler)$`)
/** Called for each request that needs what they give. */
const depends = /^fastapi\.(params\.|param_functions\.)?(Depends|Security)$/
const places = /^starlette\.(routing\.(Route|WebSocketRoute|Mount)|middleware\.Middleware)$|^fastapi\.routing\.(APIRoute|APIWebSocketRoute)$|^(fastapi|starlette)\.middleware\.Middleware$/
/** After the answer, and still within the request: the host waits for it. */
const afterAnswer = /(^|\.)BackgroundTasks?(\(\)\.add_task)?$/
const companions = /^(strawberry|ariadne|pydantic|pydantic_settings)\b|^socketio\.(Async)?Server\(\)\.(on|event)$|^sqladmin\b.*expose$|^fastapi_users\b|^slack_bolt\b|^(slowapi|fastapi_limiter|fastapi_cache)\b|^sse_starlette\b|^sqlalchemy\.event\.(listens_for|listen)$/
const views = /^(starlette\.endpoints\.(HTTPEndpoint|WebSocketEndpoint)|strawberry\b.*|fastapi_users\b.*|sqladmin\b.*|starlette_admin\b.*|starlette\.authentication\.AuthenticationBackend|fastapi\.security\b.*|fastapi\.routing\.APIRoute|socketio\.AsyncNamespace)$/
const methods: Readonly<Record<string, readonly string[]>> = {
  get: ['GET'], post: ['POST'], put: ['PUT'], delete: ['DELETE'], patch: ['PATCH'], head: ['HEAD'], options: ['OPTIONS'], trace: ['TRACE'],
  websocket: ['WEBSOCKET'], websocket_route: ['WEBSOCKET'], add_api_websocket_route: ['WEBSOCKET'], add_websocket_route: ['WEBSOCKET'],
  api_route: [], route: [], add_api_route: [], add_route: [],
}
const byKeyword: Readonly<Record<string, Fate>> = { lifespan: 'startup', on_startup: 'startup', on_shutdown: 'background' }

/** What is done when the app ends comes too late to fail its start, and nobody waits for it. */
function hooked({ first }: Given = {}): Fate {
  return first === 'shutdown' ? 'background' : 'startup'
}

export const fastapiKnowledge: PythonFramework = {
  decorator: (origin, given) => {
    if (hook.test(origin)) return hooked(given)
    return route.test(origin) || serving.test(origin) || companions.test(origin) ? 'request' : undefined
  },
  callback: (made, given) => {
    // `app.middleware('http')(fn)` does by a call what a decorator does.
    const origin = made.replace(/\(\)$/, '')
    if (constructor.test(made)) return byKeyword[given?.keyword ?? ''] ?? 'request'
    if (hook.test(origin)) return hooked(given)
    return route.test(origin) || serving.test(origin) || depends.test(origin) || places.test(origin) || afterAnswer.test(origin) || companions.test(origin) ? 'request' : undefined
  },
  constructed: (origin) => (/\.add_middleware$|middleware\.Middleware$/.test(origin) ? 'startup' : undefined),
  base: (origin, method) => (views.test(origin) && !method.startsWith('__') ? 'request' : undefined),
  route: (origin) => {
    const verb = route.test(origin) ? origin.split('.').at(-1) : undefined
    return verb === undefined ? undefined : methods[verb]
  },
  routes: fastapiRoutes,
}
