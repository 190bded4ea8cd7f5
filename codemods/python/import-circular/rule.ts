import { unfinishedImports } from '../../../src/lang/python/entry/import-order.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import type { Problem, PythonProgram, Rule } from '../../../src/types.js'

export const importCircular = {
  id: 'import-circular',
  title: 'Import of a name that a circle of imports has not reached yet',
  hazard: 'import-path',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const { site, name, from, circle, bound } of unfinishedImports(program)) {
      const place = spotted(program, site, site.node, `${name} is not bound yet`, 'blocks')
      if (!place) continue
      const way = circle.map(({ file, line }) => ({ file, line, note: 'imports the next, and is not done' }))
      yield {
        ...place,
        trace: [...way, { file: site.module.path, line: program.line(site.node, site.module), note: `takes ${name} from ${from.path}` }],
        message: `${name} is taken from ${from.path} while that file is still being run: it got as far as line ${circle[0]?.line ?? 1}, which leads here, and ${bound === undefined ? `${name} comes to it later` : `${name} is bound in line ${bound}`}. Started from ${program.app.entry.file}, the import fails with "cannot import name '${name}' from partially initialized module". Move ${name} to a file that imports neither, or import it in the function that uses it.`,
        remedy: { kind: 'manual', reason: `Which file should own ${name} is a decision: usual is one (extensions.py, database.py) that imports nothing of the app. Where only functions use it, an import inside them is enough.` },
      }
    }
  },
} satisfies Rule
