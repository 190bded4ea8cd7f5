/** The commands that run a worker of the repo's queue. */
import { managePath } from '../django/project.js'
import { dirOf } from '../modules.js'
import { field, statementOf } from '../tree.js'
import type { PythonProgram } from '../program.js'

/** `manage.py` with a command, from the folder it stands in. */
export function djangoManage(program: PythonProgram, command: string): string {
  const path = managePath(program.repo, program.app.entry.file)
  const dir = path === undefined ? '.' : dirOf(path)
  return dir === '.' || dir === program.app.root ? `python manage.py ${command}` : `python ${path ?? 'manage.py'} ${command}`
}
/** The module that makes the queue's object, as a command line names it. */
export function moduleOfWorker(program: PythonProgram, makes: RegExp): string {
  for (const call of program.callsMatching(makes)) {
    const assignment = statementOf(call.node).children[0]
    const left = assignment?.kind === 'assignment' ? field(assignment, 'left') : undefined
    const name = left?.kind === 'identifier' ? program.text(left, call.module) : undefined
    if (call.module.name !== '') return name === undefined ? call.module.name : `${call.module.name}.${name}`
  }
  return 'your_module'
}
/** What `celery -A` takes: the package when its own file hands the app on, else module and name. */
export function celeryApp(program: PythonProgram): string {
  const dotted = moduleOfWorker(program, /^celery\.(app\.base\.)?Celery$/)
  const at = dotted.lastIndexOf('.')
  const [module, name] = at < 0 ? [dotted, ''] : [dotted.slice(0, at), dotted.slice(at + 1)]
  return name === 'app' && module.endsWith('.celery') ? module.slice(0, -'.celery'.length) : name === '' ? module : `${module}:${name}`
}
