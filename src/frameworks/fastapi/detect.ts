/** Finds FastAPI and Starlette apps: app objects, factories and what wraps them, and which of them is the one that is served. */
import type { App, Snapshot } from '../../types.js'
import { appsOf, type AppObject } from '../app-object.js'

const fastapiObject: AppObject = {
  framework: 'fastapi',
  mentions: /FastAPI|Starlette/,
  constructors: ['fastapi.FastAPI', 'fastapi.applications.FastAPI', 'starlette.applications.Starlette', 'fastapi_offline.FastAPIOffline'],
  wrappers: /(^|\.)(ASGIApp|\w*Middleware|\w*A[sS][gG][iI]\w*App)$/,
  routes: /@\w+(\.\w+)?\.(get|post|put|delete|patch|api_route|websocket|route)\(|\.(include_router|add_api_route|add_route)\(|\bRoute\(/g,
  files: ['main.py', 'app.py', 'server.py', 'asgi.py', 'application.py', 'index.py', 'api.py', 'run.py', '__init__.py'],
}

export const detectFastApi = (repo: Snapshot): Iterable<App> => appsOf(repo, fastapiObject)
