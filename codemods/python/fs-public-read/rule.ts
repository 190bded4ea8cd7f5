import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { fileReads, repoPath } from '../../../src/lang/python/storage/files.js'
import { dirOf, join } from '../../../src/lang/python/modules.js'
import type { Folded, PyCall, PyNode } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'

export const fsPublicRead = {
  id: 'fs-public-read',
  title: "Code reads from a folder named 'public'",
  hazard: 'static-files',
  language: 'python',
  assumes: 'files-by-cwd',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const told = new Set<PyNode>()
    for (const { call, node, places, use } of uses(program)) {
      const run = program.first(call)
      if (told.has(node) || run.when === 'main' || run.when === 'build' || run.when === 'never') continue
      const found = places.flatMap((place) => candidates(place, call, context)).find((path) => isPublic(path) && (context.repo.has(path) || context.repo.hasDir(path)))
      if (found === undefined) continue
      told.add(node)
      const blocks = use === 'read' && run.when !== 'request'
      yield {
        path: call.module.path,
        range: { start: node.start, end: node.end },
        when: run.when,
        trace: program.trace(call, `uses '${found}'`, run),
        severity: severityFor(run, blocks ? 'blocks' : 'breaks'),
        message: messageOf(found, use, blocks),
        remedy: { kind: 'manual', reason: use === 'read' || use === 'templates' ? "The folder has to be renamed, and every place that names it: files can't be moved by an edit." : 'Addresses change with it: either link to the files without the folder\'s name, or rename the folder.' },
      }
    }
  },
} satisfies Rule

type Use = { readonly call: PyCall; readonly node: PyNode; readonly places: readonly Folded[]; readonly use: 'read' | 'templates' | 'sent' | 'served' }
function* uses(program: PythonProgram): Generator<Use> {
  for (const call of program.calls('flask.Flask', 'flask.Blueprint')) {
    const [folder, templates] = [call.kwargs.get('static_folder'), call.kwargs.get('template_folder')]
    // static-flask speaks about the app's own static folder.
    if (folder && !call.names.includes('flask.Flask')) yield { call, node: folder, places: program.fold.path(folder, call.scope), use: 'served' }
    if (templates) yield { call, node: templates, places: program.fold.path(templates, call.scope), use: 'templates' }
  }
  for (const { call, target, places } of fileReads(program)) {
    const sends = call.names.some((name) => /\.send_(file|from_directory)$/.test(name))
    // `send_from_directory(app.static_folder, …)`: the folder is reported where it is named.
    if (!(sends && /static_folder/.test(call.module.text.slice(target.start, target.end)))) yield { call, node: target, places, use: sends ? 'sent' : 'read' }
  }
}
/** Flask reads folders from its own root, everything else from where the process was started. */
function candidates(place: Folded, call: PyCall, { app }: RuleContext): readonly string[] {
  if (!place.exact && place.base !== 'repo' && place.base !== 'cwd') return []
  const known = { ...place, text: place.text.split('\0')[0]?.replace(/\/$/, '') ?? '', exact: true }
  const path = repoPath(known, app.root)
  return [...(path === undefined ? [] : [path]), ...(place.base === 'cwd' ? [join(dirOf(app.entry.file), known.text), join(dirOf(call.module.path), known.text)] : [])]
}
const isPublic = (path: string): boolean => path.split('/').includes('public')

function messageOf(path: string, use: Use['use'], blocks: boolean): string {
  const fact = "The host serves a folder named 'public' from its own edge and does not ship it with the code"
  switch (use) {
    case 'read':
      return `'${path}' is read by the code. ${fact}: it is not found and ${blocks ? 'the app does not start' : 'the request fails'}. Rename the folder (for example 'assets') where code reads it.`
    case 'templates':
      return `Templates are looked for in '${path}'. ${fact}: rendering fails with TemplateNotFound. Rename the folder.`
    case 'sent':
      return `A view sends files from '${path}'. ${fact}: the view answers 404. Its files are served without the view, at the address without 'public'; link to that, or rename the folder.`
    case 'served':
      return `A blueprint serves '${path}' as its static folder. ${fact}: the addresses that Flask makes answer 404. The files are at the address without 'public'; link to that, or rename the folder.`
  }
}
