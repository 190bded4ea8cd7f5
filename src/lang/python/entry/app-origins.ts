/** The objects that are an app or a part of one, whatever the framework, and the calls that put the parts together. */

const app = String.raw`(flask\.Flask|fastapi\.(applications\.)?FastAPI|starlette\.applications\.Starlette)`
const part = String.raw`(${app}|flask\.Blueprint|fastapi\.(routing\.)?APIRouter|starlette\.routing\.Router)`

/** 'flask.Flask()', 'fastapi.FastAPI()': the app object itself. */
export const appOrigin = new RegExp(String.raw`^${app}\(\)$`)
/** Something of the app object: 'fastapi.FastAPI().state.db'. */
export const appAttribute = new RegExp(String.raw`^${app}\(\)\.`)
/** The call that makes it. */
export const appConstructor = new RegExp(`^${app}$`)
/** The app, a blueprint or a router. */
export const partOrigin = new RegExp(String.raw`^${part}\(\)$`)
/** A call or decorator that puts up a route or an error page. */
export const routeOrigin = new RegExp(String.raw`^${app}\(\)\.(route|get|post|put|delete|patch|api_route|add_url_rule|add_api_route|add_route|errorhandler|register_error_handler|exception_handler|add_exception_handler)$`)
/** A call that puts the routes of a part into the app. */
export const joinOrigin = new RegExp(String.raw`^(${part}\(\)\.(register_blueprint|include_router)|(flask_restx|flask_restful|flask_smorest)\.Api\(\)\.(add_namespace|add_resource|register_blueprint))$`)
/** A call that puts something between the client and every route: `app.add_middleware(…)`, `app.middleware("http")(…)`. */
export const middlewareOrigin = new RegExp(String.raw`^${app}\(\)\.(add_middleware|middleware\(\))$`)
/** A decorator or call that checks each request. */
export const beforeOrigin = /^flask\.(Flask|Blueprint)\(\)\.before_request$/
