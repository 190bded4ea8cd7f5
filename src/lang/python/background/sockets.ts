/** Code that a WebSocket runs: it lives as long as the client stays, and its instance with it. */
import type { Run } from '../types.js'

/** Did a socket's handler lead here: a route of Starlette's kind, or a consumer of Channels? */
export function isOfSocket(run: Run): boolean {
  return run.trace.some(({ note }) => /^@[\w.]+\.websocket\b| is called by channels\.generic\.websocket\.\w+$/.test(note))
}
