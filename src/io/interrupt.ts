/** What happens on Ctrl-C and at the end of the process: one list of things to do, last in first out. */

/** Returns true when it sees to the end itself (by making the running work throw); then nothing else is done. */
export type InterruptHandler = () => boolean | void

const handlers: InterruptHandler[] = []
const endings = new Set<() => void>()
let listening = false

function listen(): void {
  if (listening) return
  listening = true
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // The terminal was closed.
  process.on('SIGHUP', interrupt)
  process.on('exit', end)
}

function interrupt(): void {
  for (const handler of handlers.toReversed()) if (handler() === true) return
  // The handlers are data of others: an exit code from here is the contract's for "cancelled".
  process.exit(130)
}

function end(): void {
  for (const ending of [...endings].reverse()) {
    try {
      ending()
    } catch {
      // At exit there is nobody left to tell, and the other endings still have to run.
    }
  }
  endings.clear()
}

/** Calls `handler` on SIGINT, SIGTERM or SIGHUP until the returned function is called. */
export function onInterrupt(handler: InterruptHandler): () => void {
  listen()
  handlers.push(handler)
  return () => {
    const at = handlers.lastIndexOf(handler)
    if (at >= 0) handlers.splice(at, 1)
  }
}

/** Runs `ending` when the process exits for whatever reason short of SIGKILL, unless taken back before. */
export function atExit(ending: () => void): () => void {
  listen()
  endings.add(ending)
  return () => void endings.delete(ending)
}
