/** Guarded GET routes on a FastAPI app. */
import { ownCode } from '../loops.js'
import { baseOrigins } from '../../classes.js'
import { field } from '../../tree.js'
import { writeOnApp, type Dialect } from './on-app.js'
import type { PythonProgram } from '../../program.js'
import type { PyFunction } from '../../types.js'
import type { Passage, RouteWriter } from './route-writer.js'

const dialect: Dialect = {
  app: { title: 'FastAPI', makes: ['fastapi.FastAPI'], object: 'fastapi.FastAPI()', held: /^fastapi\.FastAPI\(\)$/, inOrder: true },
  imports: [['fastapi', 'Header'], ['fastapi', 'HTTPException']],
  words: (app, [header = 'Header', exception = 'HTTPException']) => ({
    marks: (path) => [`@${app}.get("${path}", include_in_schema=False)`],
    params: `authorization: str = ${header}("")`, passed: 'authorization',
    reads: [], given: 'authorization',
    refuse: `raise ${exception}(status_code=401)`, done: 'return {"ok": True}',
  }),
}

/** What may answer before the route does is named: a middleware of the repo prepares requests too, so nothing is edited. */
function passage(program: PythonProgram, paths: readonly string[]): Passage {
  const left: string[] = []
  for (const { fn } of program.functions()) if (isMiddleware(program, fn) && answers(program, fn)) left.push(`${fn.qualname}() in ${fn.module.path} may answer requests before they arrive: see that it lets ${paths.join(', ')} through, or the job never runs.`)
  for (const call of program.calls('fastapi.FastAPI')) {
    const dependencies = call.kwargs.get('dependencies')
    if (dependencies && dependencies.children.length > 0) left.push(`The app's own dependencies (${call.module.path}:${program.line(call.node, call.module)}) are asked before ${paths.join(', ')} too: see that they let a call with CRON_SECRET through.`)
  }
  return { changes: [], left }
}
function isMiddleware(program: PythonProgram, fn: PyFunction): boolean {
  if (fn.decorators.some((mark) => program.origins(mark, fn.scope.parent ?? fn.scope).some((origin) => /^(fastapi\.FastAPI|starlette\.applications\.Starlette)\(\)\.middleware(\(\))?$/.test(origin)))) return true
  return fn.name === 'dispatch' && fn.cls !== undefined && [...baseOrigins(program, fn.cls)].some((origin) => /\.BaseHTTPMiddleware$/.test(origin))
}
function answers(program: PythonProgram, fn: PyFunction): boolean {
  return [...ownCode(fn.body)].some((node) => {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    return callee !== undefined && program.origins(callee, fn.scope).some((origin) => /^(fastapi|starlette)\b.*\.(\w*Response|HTTPException)$/.test(origin))
  })
}

export const fastapiCronRoutes: RouteWriter = { write: (program, _repo, wanted) => writeOnApp(program, dialect, wanted), passage }
