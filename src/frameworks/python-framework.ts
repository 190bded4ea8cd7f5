/** What the Python frameworks have in common: their programs are read by the same engine. */
import { analyzePython, type PythonFramework } from '../lang/python/program.js'
import type { Framework } from '../types.js'
import { pythonFolders } from './python-folders.js'

export function pythonFramework(id: Framework['id'], detect: Framework['detect'], knowledge: PythonFramework): Framework {
  return {
    id,
    detect,
    read: (repo, app, hostEnv) => {
      const program = analyzePython(repo, app, { hostEnv, framework: knowledge })
      return { program, folders: () => pythonFolders(repo, program) }
    },
  }
}
