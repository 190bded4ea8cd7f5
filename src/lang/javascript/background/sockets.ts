/** Code that a socket runs: it lives as long as the client stays, and its instance with it. */
import type { Run } from '../../runs.js'

/** Did a socket's handler lead here? */
export function isOfSocket(run: Run): boolean {
  return run.trace.some(({ note }) => /\b(socket\.io|ws|express-ws|engine\.io)\b.*\.(on|once|of|use|ws)\b|passes .* to (socket\.io|ws)\b/.test(note))
}
