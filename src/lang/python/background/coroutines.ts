/** Which frameworks run a view that is a coroutine on a loop of their own, so that a job may be one too. */
import type { FrameworkId } from '../../../types.js'

const awaiting: Readonly<Record<FrameworkId, boolean>> = { flask: false, fastapi: true, django: true, express: false }

export function takesCoroutines(framework: FrameworkId): boolean {
  return awaiting[framework]
}
