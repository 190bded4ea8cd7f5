/** Work that another process repeats: where it is written down, and its jobs. */
import type { PlannedJob } from '../scheduler-jobs.js'
import type { PyNode, PySite } from '../../types.js'

export type Periodic = {
  /** What repeats it, for people: 'Celery beat'. */
  readonly by: string
  /** Where a person would point. */
  readonly site: PySite
  readonly node: PyNode
  readonly jobs: readonly PlannedJob[]
  /** Some of its jobs could not be read; completes "because …". */
  readonly obstacle?: string
  /** The command of the process that runs it today. */
  readonly command: string
}
