/** Where Flask looks for templates and static files: relative to the folder of the module that makes the app or blueprint. */
import type { Path } from '../../../types.js'
import { dirOf, join } from '../modules.js'
import { bare } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyNode } from '../types.js'

export type Folder = { readonly call: PyCall; /** The module's folder. */ readonly base: Path; /** Undefined when it is switched off. */ readonly dir: Path | undefined; readonly given: PyNode | undefined }

export const flaskConstructors = ['flask.Flask', 'apiflask.APIFlask', 'flask_openapi3.OpenAPI'] as const

/** Folders of apps and blueprints; undefined as soon as one of them can't be told. */
export function foldersOf(program: PythonProgram, keyword: 'template_folder' | 'static_folder'): readonly Folder[] | undefined {
  const out: Folder[] = []
  for (const call of program.calls(...flaskConstructors, 'flask.Blueprint')) {
    const isApp = !call.names.includes('flask.Blueprint')
    const name = call.args[isApp ? 0 : 1] ?? call.kwargs.get('import_name')
    // Flask asks the module of that name for its folder; of any other than its own we don't know.
    if (!name || program.text(bare(name), call.module) !== '__name__' || call.spread) return undefined
    const base = dirOf(call.module.path)
    const given = call.kwargs.get(keyword)
    if (!given) {
      if (isApp) out.push({ call, base, dir: join(base, keyword === 'template_folder' ? 'templates' : 'static'), given })
      continue
    }
    if (given.kind === 'none') {
      out.push({ call, base, dir: undefined, given })
      continue
    }
    const folded = program.fold.text(given, call.scope)
    const [only] = folded
    if (folded.length !== 1 || !only?.exact || (only.base !== 'text' && only.base !== 'repo' && only.base !== 'cwd')) return undefined
    if (only.base === 'text' && only.text.startsWith('/')) return undefined
    out.push({ call, base, dir: only.base === 'text' ? join(base, only.text) : only.text, given })
  }
  return out
}

/** `to` as seen from `from`, with '..' steps. */
export function relative(from: Path, to: Path): Path {
  const [a, b] = [from === '.' ? [] : from.split('/'), to === '.' ? [] : to.split('/')]
  let same = 0
  while (same < a.length && same < b.length && a[same] === b[same]) same++
  return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/') || '.'
}
