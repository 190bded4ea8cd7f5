/** FastAPI and Starlette: which object is the app, when its functions run, and at which paths. */
import { beforeAll, describe, expect, it } from 'vitest'
import { fastapiKnowledge } from '../../src/frameworks/fastapi/knowledge.js'
import { detectApps } from '../../src/frameworks/index.js'
import { analyzePython, type PythonProgram } from '../../src/lang/python/program.js'
import { snapshotOf } from '../../src/snapshot.js'
import { calls, ready } from './program-of.js'

beforeAll(ready)
type Files = Readonly<Record<string, string>>
const found = (files: Files): readonly string[] => detectApps(snapshotOf(files)).map(({ root, framework, entry, rivals }) => `${root} ${framework} ${entry.file}:${entry.symbol} ${entry.kind}${rivals.length > 0 ? ` (${rivals.map(({ file, symbol }) => `${file}:${symbol}`).join(' ')})` : ''}`)
function programOf(files: Files): PythonProgram {
  const repo = snapshotOf(files)
  const app = detectApps(repo)[0]
  const framework = fastapiKnowledge
  if (!app || !framework) throw new Error('no app was found')
  return analyzePython(repo, app, { hostEnv: { VERCEL: '1' }, framework })
}
const head = 'import os, asyncio\nfrom fastapi import FastAPI, APIRouter, Depends, BackgroundTasks\n'
const when = (source: string, more: Files = {}): readonly string[] => calls(programOf({ 'main.py': head + source, ...more }), 'os.remove').map((line) => line.replace(/^main\.py:\d+ /, ''))
const paths = (files: Files): readonly string[] => programOf(files).routes.map(({ methods, path }) => `${methods.join('|')} ${path}`)

const made = 'from fastapi import FastAPI\napp = FastAPI()\n'
describe('which object is the app', () => {
  it.each<readonly [string, Files, readonly string[]]>([
    ['a plain one', { 'main.py': made }, ['. fastapi main.py:app instance']],
    ['Starlette', { 'main.py': 'from starlette.applications import Starlette\nweb = Starlette()\n' }, ['. fastapi main.py:web instance']],
    ['a subclass from another file', { 'core/base.py': 'import fastapi\nclass Service(fastapi.FastAPI):\n    pass\n', 'main.py': 'from core.base import Service\napp = Service()\n' }, ['. fastapi main.py:app instance']],
    ['a factory', { 'app/main.py': 'from fastapi import FastAPI\ndef create_app():\n    app = FastAPI()\n    return app\n' }, ['. fastapi app/main.py:create_app factory']],
    ['a factory named by uvicorn --factory', { 'app/main.py': 'from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\n', 'other.py': made, 'Procfile': 'web: uvicorn --factory app.main:create_app\n' }, ['. fastapi app/main.py:create_app factory (other.py:app)']],
    ['what wraps it', { 'main.py': 'import socketio\nfrom fastapi import FastAPI\napi = FastAPI()\nsio = socketio.AsyncServer()\napp = socketio.ASGIApp(sio, other_asgi_app=api)\n' }, ['. fastapi main.py:app instance (main.py:api)']],
    ['below the main guard it is none', { 'main.py': 'from fastapi import FastAPI\nif __name__ == "__main__":\n    app = FastAPI()\n' }, []],
    ['the one that takes the other in', { 'a.py': 'from fastapi import FastAPI\nsub = FastAPI()\n@sub.get("/x")\ndef x(): ...\n@sub.get("/y")\ndef y(): ...\n', 'zz/server.py': 'from fastapi import FastAPI\nfrom a import sub\nroot = FastAPI()\nroot.mount("/sub", sub)\n' }, ['. fastapi zz/server.py:root instance (a.py:sub)']],
    ['handed over twice', { 'requirements.txt': '', 'api/index.py': 'import sys\nsys.path.append("..")\nfrom main import app\n', 'main.py': 'from app.core import make\napp = make()\n', 'app/core.py': 'from fastapi import FastAPI\ndef make():\n    return FastAPI()\n', 'vercel.json': '{"rewrites":[{"source":"/(.*)","destination":"/api/index"}]}' }, ['. fastapi api/index.py:app instance (main.py:app app/core.py:make)']],
    ['api/ with a manifest of its own', { 'vercel.json': '{"rewrites":[{"source":"/(.*)","destination":"/api/index"}]}', 'api/requirements.txt': 'fastapi\n', 'api/index.py': made }, ['. fastapi api/index.py:app instance']],
    ['named by a script', { 'main.py': made, 'src/api/main.py': made, 'run.py': 'import uvicorn\nif __name__ == "__main__":\n    uvicorn.run("src.api.main:app", reload=True)\n' }, ['. fastapi src/api/main.py:app instance (main.py:app)']],
    ['named by a JSON array over several lines', { 'main.py': made, 'server/http.py': made, 'Dockerfile': 'CMD ["uvicorn",\n     "server.http:app",\n     "--port", "80"]\n' }, ['. fastapi server/http.py:app instance (main.py:app)']],
    ['named after a socket', { 'main.py': made, 'svc.py': made, 'Procfile': 'web: gunicorn -k uvicorn.workers.UvicornWorker -b unix:app.sock svc:app\n' }, ['. fastapi svc.py:app instance (main.py:app)']],
    ['named by fastapi run', { 'main.py': made, 'web/http.py': made.replace('app =', 'site ='), 'Dockerfile': 'CMD ["fastapi", "run", "web/http.py", "--app", "site"]\n' }, ['. fastapi web/http.py:site instance (main.py:app)']],
    ['named by the entrypoint in pyproject', { 'main.py': made, 'web/http.py': made, 'pyproject.toml': '[tool.fastapi]\nentrypoint = "web.http:app"\n' }, ['. fastapi web/http.py:app instance (main.py:app)']],
    ['beside a Flask app in the same root: the framework that more files use', { 'main.py': made, 'routes.py': 'from fastapi import APIRouter\n', 'old.py': 'from flask import Flask\nflask_app = Flask(__name__)\n' }, ['. fastapi main.py:app instance (old.py:flask_app)']],
    ['around a Flask app', { 'main.py': `${made}from a2wsgi import WSGIMiddleware\nfrom old import web\napp.mount("/old", WSGIMiddleware(web))\n`, 'old.py': 'from flask import Flask\nweb = Flask(__name__)\n', 'views.py': 'from flask import request\n', 'more.py': 'from flask import request\n' }, ['. fastapi main.py:app instance (old.py:web)']],
  ])('%s', (_title, files, expected) => {
    expect(found(files)).toEqual(expected)
  })
})

const app = 'app = FastAPI()\n'
describe('when it runs', () => {
  it.each([
    ['route', `${app}@app.get("/")\nasync def r():\n    os.remove("a")\n`, 'request'],
    ['router of another module', `${app}from routers import items\napp.include_router(items.router)\n`, 'request'],
    ['websocket', `${app}@app.websocket("/ws")\nasync def r(ws):\n    os.remove("a")\n`, 'request'],
    ['add_api_route', `${app}def r():\n    os.remove("a")\napp.add_api_route("/", r)\n`, 'request'],
    ['dependency in a default', `${app}def d():\n    os.remove("a")\n@app.get("/")\ndef r(x=Depends(d)):\n    return x\n`, 'request'],
    ['dependency in an annotation', `from typing import Annotated\n${app}def d():\n    os.remove("a")\n@app.get("/")\ndef r(x: Annotated[str, Depends(d)]):\n    return x\n`, 'request'],
    ['dependency of all routes', `def d():\n    os.remove("a")\napp = FastAPI(dependencies=[Depends(d)])\n`, 'request'],
    ['dependency made by a call', `${app}def role(name):\n    def check():\n        os.remove("a")\n    return check\n@app.get("/")\ndef r(x=Depends(role("admin"))):\n    return x\n`, 'request'],
    ['object with __call__ as a dependency', `${app}class Guard:\n    async def __call__(self):\n        os.remove("a")\n@app.get("/")\ndef r(x=Depends(Guard())):\n    return x\n`, 'request'],
    ['annotated class as a dependency', `${app}class Filters:\n    def __init__(self, q: str = ""):\n        os.remove("a")\n@app.get("/")\ndef r(filters: Filters = Depends()):\n    return filters\n`, 'request'],
    ['what a dependency gives', `${app}class Store:\n    def drop(self):\n        os.remove("a")\ndef store():\n    yield Store()\n@app.get("/")\ndef r(s=Depends(store)):\n    s.drop()\n`, 'request'],
    ['middleware function', `${app}@app.middleware("http")\nasync def m(request, call_next):\n    os.remove("a")\n`, 'request'],
    ['middleware function by a call', `${app}async def m(request, call_next):\n    os.remove("a")\napp.middleware("http")(m)\n`, 'request'],
    ['middleware class', `from starlette.middleware.base import BaseHTTPMiddleware\n${app}class M(BaseHTTPMiddleware):\n    async def dispatch(self, request, call_next):\n        os.remove("a")\napp.add_middleware(M)\n`, 'request'],
    ['constructor of a middleware class', `${app}class M:\n    def __init__(self, app):\n        os.remove("a")\napp.add_middleware(M)\n`, 'startup'],
    ['app wrapped by a class', `class M:\n    def __init__(self, app): ...\n    async def __call__(self, scope, receive, send):\n        os.remove("a")\n${app}app = M(app)\n`, 'request'],
    ['exception handler', `${app}@app.exception_handler(404)\nasync def h(request, error):\n    os.remove("a")\n`, 'request'],
    ['on_event startup', `${app}@app.on_event("startup")\nasync def s():\n    os.remove("a")\n`, 'startup'],
    ['on_event shutdown', `${app}@app.on_event("shutdown")\nasync def s():\n    os.remove("a")\n`, 'startup/bg'],
    ['add_event_handler', `${app}def s():\n    os.remove("a")\napp.add_event_handler("startup", s)\n`, 'startup'],
    ['on_startup', 'def s():\n    os.remove("a")\napp = FastAPI(on_startup=[s])\n', 'startup'],
    ['lifespan', 'from contextlib import asynccontextmanager\n@asynccontextmanager\nasync def life(app):\n    os.remove("a")\n    yield\napp = FastAPI(lifespan=life)\n', 'startup'],
    ['lifespan made by a call', 'from contextlib import asynccontextmanager\ndef make():\n    @asynccontextmanager\n    async def life(app):\n        os.remove("a")\n        yield\n    return life\napp = FastAPI(lifespan=make())\n', 'startup'],
    ['task that start-up begins', `${app}async def loop():\n    os.remove("a")\n@app.on_event("startup")\nasync def s():\n    asyncio.create_task(loop())\n`, 'startup/bg'],
    ['task that goes on beyond the yield', 'async def loop():\n    os.remove("a")\nasync def life(app):\n    task = asyncio.create_task(loop())\n    yield\n    task.cancel()\n    await task\napp = FastAPI(lifespan=life)\n', 'startup/bg'],
    ['job that start-up begins', `from fastapi_utils.tasks import repeat_every\n${app}@app.on_event("startup")\n@repeat_every(seconds=60)\nasync def s():\n    os.remove("a")\n`, 'startup/bg'],
    ['tasks that are gathered', `${app}async def one():\n    os.remove("a")\n@app.get("/")\nasync def r():\n    tasks = [asyncio.create_task(one()) for _ in range(3)]\n    await asyncio.gather(*tasks)\n`, 'request'],
    ['task dropped in a route', `${app}async def one():\n    os.remove("a")\n@app.get("/")\nasync def r():\n    asyncio.create_task(one())\n    return {}\n`, 'request/bg'],
    ['BackgroundTasks: within the request', `${app}def one():\n    os.remove("a")\n@app.get("/")\nasync def r(tasks: BackgroundTasks):\n    tasks.add_task(one)\n`, 'request'],
    ['executor that is awaited', `${app}def one():\n    os.remove("a")\n@app.get("/")\nasync def r():\n    loop = asyncio.get_event_loop()\n    await loop.run_in_executor(None, one)\n`, 'request'],
    ['thread pool that is awaited', `from fastapi.concurrency import run_in_threadpool\n${app}def one():\n    os.remove("a")\n@app.get("/")\nasync def r():\n    await run_in_threadpool(one)\n`, 'request'],
    ['app as a parameter', `def routes(app: FastAPI):\n    @app.get("/")\n    def r():\n        os.remove("a")\n${app}routes(app)\n`, 'request'],
  ])('%s', (_title, source, expected) => {
    const lines = when(source, { 'routers/items.py': 'import os\nfrom fastapi import APIRouter\nrouter = APIRouter()\n@router.get("/")\ndef r():\n    os.remove("a")\n', 'routers/__init__.py': '' })
    expect(lines.map((line) => line.replace(/^.* /, ''))).toEqual([expected])
  })
})

describe('at which paths', () => {
  it('adds the prefixes of routers, inclusions and mounts', () => {
    expect(paths({
      'main.py': `${head}from api import v1\nfrom admin import admin\napp = FastAPI()\napp.include_router(v1.router, prefix="/v1")\napp.mount("/admin", admin)\n@app.get("/")\ndef index(): ...\n@app.api_route("/any", methods=["get", "POST"])\ndef any_(): ...\n`,
      'api/__init__.py': '',
      'api/v1.py': 'from fastapi import APIRouter\nfrom api.items import items\nrouter = APIRouter(prefix="/api")\nrouter.include_router(items, prefix="/items", tags=["x"])\n',
      'api/items.py': 'from fastapi import APIRouter\nitems = APIRouter()\n@items.get("")\ndef all_(): ...\n@items.delete("/{item_id}")\ndef drop(item_id: int): ...\n',
      'admin.py': 'from fastapi import FastAPI\nadmin = FastAPI()\n@admin.get("/users")\ndef users(): ...\n',
    }).toSorted()).toEqual(['DELETE /v1/api/items/{item_id}', 'GET /', 'GET /admin/users', 'GET /v1/api/items', 'GET|POST /any'])
  })
  it('reads a prefix from settings, and a router that is included twice', () => {
    expect(paths({
      'main.py': `${head}from config import settings\nfrom items import router\napp = FastAPI()\napp.include_router(router, prefix=settings.API)\napp.include_router(router, prefix="/old")\n`,
      'config.py': 'from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    API: str = "/api/v2"\nsettings = Settings()\n',
      'items.py': 'from fastapi import APIRouter\nrouter = APIRouter()\n@router.get("/x")\ndef x(): ...\n',
    })).toEqual(['GET /api/v2/x', 'GET /old/x'])
  })
  it('reads Starlette routes', () => {
    expect(paths({ 'main.py': 'from starlette.applications import Starlette\nfrom starlette.routing import Mount, Route\ndef home(request): ...\napp = Starlette(routes=[Route("/", home), Mount("/in", routes=[Route("/side", home, methods=["POST"])])])\n' })).toEqual(['GET /', 'POST /in/side'])
  })
})

describe('settings classes of pydantic', () => {
  it('reads each field as a variable, with prefix, alias and default', () => {
    const program = programOf({
      'main.py': `${head}from config import settings\napp = FastAPI(title=settings.title)\n`,
      'config.py': 'from pydantic import Field\nfrom pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    title: str = "Shop"\n    api_key: str\n    token: str = Field(alias="HOOK_TOKEN")\n    optional: str | None = None\n    class Config:\n        env_prefix = "SHOP_"\nclass Unused(BaseSettings):\n    nothing: str\nsettings = Settings()\n',
    })
    expect(program.env.map(({ name, required, secret }) => `${name}${required ? '!' : ''}${secret ? '*' : ''}`)).toEqual(['HOOK_TOKEN!*', 'SHOP_API_KEY!*', 'SHOP_OPTIONAL', 'SHOP_TITLE'])
  })
  it('folds a field to what the variable may hold and to its default', () => {
    const program = programOf({
      'main.py': `${head}from config import settings\nos.remove(settings.path)\napp = FastAPI()\n`,
      'config.py': 'from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    path: str = "data/x.db"\nsettings = Settings()\n',
    })
    const [call] = [...program.calls('os.remove')]
    const [arg] = call?.args ?? []
    expect(call && arg && program.fold.path(arg, call.scope).map(({ base, text, env }) => `${base} ${text} ${env ?? ''}`)).toEqual(['env \0 PATH', 'cwd data/x.db PATH'])
  })
})

describe('the root of an app whose package holds the manifest', () => {
  const app = 'from fastapi import FastAPI\napp = FastAPI()\n'
  it.each([
    ['relative imports', { 'app/main.py': `from .store import items\n${app}`, 'app/__init__.py': '', 'app/store.py': '', 'app/requirements.txt': 'fastapi\n' }, '. fastapi app/main.py:app instance'],
    ['imports by the package\'s name', { 'app/main.py': `from app.store import items\n${app}`, 'app/store.py': '', 'app/requirements.txt': 'fastapi\n' }, '. fastapi app/main.py:app instance'],
    ['the same, further down', { 'backend/app/main.py': `from .store import items\n${app}`, 'backend/app/store.py': '', 'backend/app/requirements.txt': 'fastapi\n', 'README.md': '' }, 'backend fastapi backend/app/main.py:app instance'],
    ['bare imports', { 'app/main.py': `from store import items\n${app}`, 'app/store.py': '', 'app/requirements.txt': 'fastapi\n' }, 'app fastapi app/main.py:app instance'],
  ])('%s', (_title, files, expected) => {
    expect(found(files as Files)).toEqual([expected])
  })
})
