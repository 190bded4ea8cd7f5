/** Folders that a Python app reads or serves at run time. */
import type { PyNode, PyScope, PythonProgram } from '../lang/python/program.js'
import { dirOf } from '../lang/paths.js'
import type { Path, Snapshot } from '../types.js'

const constructors = ['flask.Flask', 'flask.Blueprint', 'quart.Quart', 'flask_openapi3.OpenAPI']

/** Calls that are given a folder to serve or to read templates from. */
const servers = /^(fastapi|starlette)\.(staticfiles\.StaticFiles|templating\.Jinja2Templates)$/

/** Template and static folders of apps and blueprints, and folders of files that the code names by a known path. */
export function* pythonFolders(repo: Snapshot, program: PythonProgram): Generator<Path> {
  for (const call of program.calls(...constructors)) {
    const dir = dirOf(call.module.path)
    for (const [keyword, usual] of [['template_folder', 'templates'], ['static_folder', 'static']] as const) {
      const given = call.kwargs.get(keyword)
      const names = given ? textsOf(program, given, call.scope) : call.names.includes('flask.Blueprint') ? [] : [usual]
      for (const name of names) {
        const path = joined(dir, name)
        if (path !== undefined && repo.hasDir(path)) yield path
      }
    }
  }
  for (const call of program.callsMatching(servers)) {
    const given = call.kwargs.get('directory') ?? call.args[0]
    for (const folded of given ? program.fold.path(given, call.scope) : []) if (folded.exact && (folded.base === 'repo' || folded.base === 'cwd') && repo.hasDir(folded.text)) yield folded.text
  }
  for (const call of program.calls('builtins.open', 'flask.send_from_directory', 'flask.send_file', 'os.listdir', 'os.scandir')) {
    const first = call.args[0]
    if (!first) continue
    for (const folded of program.fold.path(first, call.scope)) {
      if (!folded.exact || (folded.base !== 'repo' && folded.base !== 'cwd')) continue
      if (repo.hasDir(folded.text)) yield folded.text
      else if (repo.has(folded.text)) yield dirOf(folded.text)
    }
  }
}

function textsOf(program: PythonProgram, node: PyNode, scope: PyScope): readonly string[] {
  return program.fold.text(node, scope).flatMap((folded) => (folded.exact && folded.base === 'text' ? [folded.text] : folded.exact && folded.base === 'repo' ? [`/${folded.text}`] : []))
}

/** A leading '/' stands for the repo. */
function joined(dir: Path, name: string): Path | undefined {
  const parts = name.startsWith('/') || dir === '.' ? [] : dir.split('/')
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/') || '.'
}
