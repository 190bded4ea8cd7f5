/** The commands that run a worker of the repo's queue. */
import { managePath } from '../django/project.js'
import { dirOf } from '../modules.js'
import { field, statementOf } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyModule } from '../types.js'

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
    const module = importedAs(program, call.module)
    if (module !== '') return name === undefined ? module : `${module}.${name}`
  }
  return 'your_module'
}
/** A module's name as it is imported from the app's folder, where commands are run. */
export function importedAs(program: PythonProgram, module: PyModule): string {
  const { root } = program.app
  const manage = program.app.framework === 'django' ? managePath(program.repo, program.app.entry.file) : undefined
  const home = manage === undefined ? root : dirOf(manage)
  const path = home === '.' ? module.path : module.path.startsWith(`${home}/`) ? module.path.slice(home.length + 1) : undefined
  const dotted = path?.replace(/(\/__init__)?\.py$/, '').replaceAll('/', '.')
  return dotted === undefined || !/^[\w.]+$/.test(dotted) || dotted === `src.${module.name}` ? module.name : dotted
}
/** What `celery -A` takes: the package when its own file hands the app on, else module and name. */
export function celeryApp(program: PythonProgram): string {
  const dotted = moduleOfWorker(program, /^celery\.(app\.base\.)?Celery$/)
  const at = dotted.lastIndexOf('.')
  const [module, name] = at < 0 ? [dotted, ''] : [dotted.slice(0, at), dotted.slice(at + 1)]
  return name === 'app' && module.endsWith('.celery') ? module.slice(0, -'.celery'.length) : name === '' ? module : `${module}:${name}`
}
