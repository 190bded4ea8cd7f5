/** Starting a server by hand: which calls do it, and what else belongs to a local start. */
import { field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'

/** Calls that listen and do not come back. */
export const serverStart =
  /^((flask\.Flask|flask\.app\.Flask|apiflask\.APIFlask|flask_openapi3\.OpenAPI|quart\.Quart|connexion\.\w+|bottle\.Bottle)\(\)\.run|uvicorn\.(main\.)?run|granian\.Granian\(\)\.serve|uvicorn\.Server\(\)\.(run|serve)|hypercorn\.asyncio\.serve|waitress\.serve|gevent\.(pywsgi|wsgi)\.WSGIServer\(\)\.(serve_forever|start)|werkzeug\.(serving\.)?run_simple|(werkzeug\.serving|wsgiref\.simple_server)\.make_server\(\)\.(serve_forever|handle_request)|(http\.server|socketserver)\.\w+\(\)\.serve_forever|aiohttp\.web\.run_app|flask_socketio\.SocketIO\(\)\.run|eventlet\.wsgi\.server|bjoern\.run|cheroot\.wsgi\.Server\(\)\.start|tornado\.ioloop\.IOLoop\.(current|instance)\(\)\.start|gradio\.\w+\(\)\.launch|livereload\.Server\(\)\.serve|dash\.Dash\(\)\.(run|run_server))$/

/** Calls without meaning for the served app: talk, arguments, the browser, the development tools. */
const local =
  /^(builtins\.(print|input|exit|quit|int|str|len|bool|float)|logging\b.*|loguru\b.*|warnings\..*|traceback\..*|webbrowser\..*|argparse\..*|click\..*|sys\.(exit|stdout\..*|stderr\..*)|os\.(system|getenv|environ\.(get|setdefault)|getpid|path\..*|makedirs|mkdir|chdir)|pathlib\..*|signal\.signal|multiprocessing\.(freeze_support|set_start_method)|time\.(sleep|time)|socket\..*|platform\..*|dotenv\..*|colorama\..*|rich\..*|ssl\..*|datetime\..*|pyngrok\..*|flask_ngrok\..*|flask_debugtoolbar\..*|livereload\..*|werkzeug\.(debug|middleware\.profiler|serving).*|threading\.(Thread|Timer)|uvicorn\..*|hypercorn\..*|granian\..*|daphne\..*|(fastapi|starlette)\.testclient\..*|asyncio\.(run|get_event_loop|new_event_loop|set_event_loop\w*|WindowsSelectorEventLoopPolicy)(\(\).*)?|gevent\b.*|waitress\b.*|eventlet\b.*|tornado\b.*|builtins\.str\(\)\..*)$/
export function isLocalCall(origin: string): boolean {
  return serverStart.test(origin) || local.test(origin)
}

/** Does the block do nothing but what belongs to a local start? */
export function isLocalStart(program: PythonProgram, block: PyNode, scope: PyScope): boolean {
  return block.children.every((statement) => isLocalStatement(program, statement, scope))
}
function isLocalStatement(program: PythonProgram, statement: PyNode, scope: PyScope): boolean {
  switch (statement.kind) {
    case 'comment':
    case 'pass_statement':
    case 'import_statement':
    case 'import_from_statement':
    case 'return_statement':
      return true
    case 'expression_statement': {
      const only = statement.children[0]
      if (only?.kind === 'string') return true
      const call = only?.kind === 'assignment' ? field(only, 'right') : only
      if (only?.kind === 'assignment' && field(only, 'left')?.kind !== 'identifier') return false
      if (call?.kind !== 'call') return only?.kind === 'assignment'
      const callee = field(call, 'function')
      const origins = callee ? program.origins(callee, scope) : []
      return origins.length > 0 && origins.every(isLocalCall)
    }
    case 'if_statement':
    case 'try_statement':
    case 'with_statement':
    case 'else_clause':
    case 'elif_clause':
    case 'except_clause':
    case 'finally_clause':
      return statement.children.filter((child) => child.kind === 'block' || child.kind.endsWith('_clause')).every((child) => (child.kind === 'block' ? isLocalStart(program, child, scope) : isLocalStatement(program, child, scope)))
    default:
      return false
  }
}

/** `if __name__ == "__main__":` blocks at the top level of a module. */
export function mainBlocks(program: PythonProgram, scope: PyScope): readonly PyNode[] {
  return scope.module.root.children.flatMap((node) => {
    const condition = node.kind === 'if_statement' ? field(node, 'condition') : undefined
    const block = field(node, 'consequence')
    return condition && block && program.guards.test(condition, scope) === 'main' ? [block] : []
  })
}
