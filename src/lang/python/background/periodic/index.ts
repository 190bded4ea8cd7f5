/** Every way in which another process is told to repeat something: a new one is a generator and a line here. */
import type { PythonProgram } from '../../program.js'
import { beatJobs } from './celery.js'
import { djangoCrontab, djangoQ, rqScheduler } from './crontabs.js'
import { decoratedJobs } from './decorated.js'
import type { Periodic } from './periodic.js'

const readers: readonly ((program: PythonProgram) => Iterable<Periodic>)[] = [beatJobs, decoratedJobs, djangoCrontab, djangoQ, rqScheduler]

export function* periodicJobs(program: PythonProgram): Generator<Periodic> {
  for (const read of readers) yield* read(program)
}
