/** What happens to a function that is handed to someone outside the repo. Frameworks add their own tables. */

/**
 * request: called while serving · startup: once when the server starts · main: only from a command line ·
 * background: beside the requests (thread, timer, job) · worker: in another process, beside the requests ·
 * now: called by the callee at once · none: not called through this.
 */
export type Fate = 'request' | 'startup' | 'main' | 'background' | 'worker' | 'now' | 'none'

/** What stands beside a function that is handed over: the keyword it is given by, and the call's first argument where that is a text: 'startup'. */
export type Given = { readonly keyword?: string | undefined; readonly first?: string | undefined }

export type Knowledge = {
  /** Fate of a function decorated with an origin such as 'flask.Flask().route'. */
  decorator(origin: string, given?: Given): Fate | undefined
  /** Fate of a function passed to a call of this origin. */
  callback(origin: string, given?: Given): Fate | undefined
  /** Fate of the constructor of a class passed to a call of this origin, where it is another than its methods' own. */
  constructed?(origin: string): Fate | undefined
  /** Fate of the methods of a class with such a base; `method` is one of them. */
  base(origin: string, method: string): Fate | undefined
  /** Does this call or decorator declare a route? Its methods when the name fixes them ('get' → ['GET']), [] when an argument does. */
  route(origin: string): readonly string[] | undefined
  /** Does a call of this origin load the module that its first argument names in text? */
  loadsByName?(origin: string): boolean
}

const background =
  /^(threading\.(Thread|Timer)|_thread\.start_new_thread|multiprocessing\.(Process|context\.Process)|gevent\.(spawn|spawn_later)|eventlet\.(spawn|spawn_n|spawn_after)|asyncio\.(create_task|ensure_future)|atexit\.register|signal\.signal)$|Executor\(\)\.(submit|map)$|\(\)\.(start_background_task|run_in_executor|add_job|call_later|call_soon|create_task)$|^apscheduler\..*add_job$|^schedule\..*\.do$|\(\)\.do$/
const atOnce = /^(builtins\.(map|filter|sorted|max|min|list|any|all)|functools\.reduce|re\.sub|itertools\.\w+|asyncio\.(run|gather|wait_for|to_thread)|(starlette|fastapi)\.concurrency\.run_in_threadpool|anyio\.to_thread\.run_sync|asgiref\.sync\.(sync_to_async|async_to_sync))$/
const never = /^(pytest|unittest|hypothesis|nose)\b/
const commandLine = /^(click|typer|rich_click)\b|\.cli\.(command|group|cli)$|\(\)\.(command|group)$/
const workers = /^(celery|dramatiq|rq|huey|arq|rocketry)\b/
const jobs = /^(apscheduler\.|schedule\.)|\.scheduled_job$|^flask_apscheduler\.APScheduler\(\)\.task$|\.repeat$|^fastapi_\w+(\.\w+)*\.repeat_(every|at)\b/
const plain = /^(builtins|functools|contextlib|abc|typing|typing_extensions|dataclasses|enum|numba|atexit|wrapt|overrides|deprecated|tenacity|retrying|backoff|line_profiler|warnings|types)\b/

export const pythonKnowledge: Knowledge = {
  decorator(origin) {
    const name = origin.replace(/\(\)$/, '')
    if (never.test(name)) return 'none'
    if (name === 'atexit.register') return 'background'
    if (plain.test(name)) return 'none'
    if (jobs.test(name)) return 'background'
    if (commandLine.test(name)) return 'main'
    if (workers.test(name)) return 'worker'
    return undefined
  },
  callback(origin) {
    if (background.test(origin)) return 'background'
    if (atOnce.test(origin)) return 'now'
    if (/^functools\.(wraps|update_wrapper|lru_cache|cache)|^(asyncio|inspect)\.(is\w+|signature|get\w+|unwrap)$|^builtins\.(callable|isinstance|hasattr|getattr|id|repr)$/.test(origin)) return 'none'
    if (commandLine.test(origin) || /\(\)\.add_command$/.test(origin)) return 'main'
    if (workers.test(origin)) return 'worker'
    return undefined
  },
  base: (origin, method) => (/^(threading\.Thread|multiprocessing\.Process)$/.test(origin) && method === 'run' ? 'background' : undefined),
  route: () => undefined,
}

export function combine(...all: readonly Knowledge[]): Required<Knowledge> {
  const first = <T>(ask: (one: Knowledge) => T | undefined): T | undefined => {
    for (const one of all) {
      const answer = ask(one)
      if (answer !== undefined) return answer
    }
    return undefined
  }
  return {
    decorator: (origin, given) => first((one) => one.decorator(origin, given)),
    callback: (origin, given) => first((one) => one.callback(origin, given)),
    constructed: (origin) => first((one) => one.constructed?.(origin)),
    base: (origin, method) => first((one) => one.base(origin, method)),
    route: (origin) => first((one) => one.route(origin)),
    loadsByName: (origin) => all.some((one) => one.loadsByName?.(origin) ?? false),
  }
}
