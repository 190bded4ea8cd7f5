import { insertAt, quotePython, replaceNode } from '../../../src/lang/python/edit.js'
import { flaskConstructors, foldersOf, relative, type Folder } from '../../../src/lang/python/entry/flask-folders.js'
import { dirOf, join } from '../../../src/lang/python/modules.js'
import { field, type PyCall } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { djangoTemplates } from './django.js'
import type { Path, Problem, PythonProgram, Rule, RuleContext, Snapshot } from '../../../src/types.js'

type Missing = { readonly call: PyCall; readonly name: string }
/** Brought by extensions under these folders, or changed by loaders of the app's own. */
const brought = /^(admin|security|bootstrap\d?|flask_user|appbuilder|debug_toolbar|flask_monitoringdashboard|_formhelpers)(\/|$)/
const aside = /(^|\/)(node_modules|site-packages|\.?venv|env|tests?)\//

export const tmplNotFound = {
  id: 'tmpl-not-found',
  title: 'Template that is in no template folder',
  hazard: 'template-files',
  language: 'python',
  assumes: 'files-by-cwd',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    yield* djangoTemplates(program, context)
    const { repo } = context
    const folders = hasOwnLoader(program) ? undefined : foldersOf(program, 'template_folder')
    if (!folders || folders.length === 0) return
    const dirs = [...new Set(folders.flatMap(({ dir }) => (dir === undefined ? [] : [dir])))]
    const missing = [...missingIn(program, dirs, repo)]
    const [first] = missing
    if (!first) return
    const moved = homeOfAll(missing, dirs, repo)
    const own = [...program.calls(...flaskConstructors)]
    const app = own.length === 1 ? folders.find(({ call }) => call === own[0]) : undefined
    if (moved !== undefined && app && app.dir !== undefined && !repo.hasDir(app.dir)) {
      yield wholeFolder(program, app, moved, missing, repo)
      return
    }
    if (app && app.dir !== undefined && missing.length > 2 && !dirs.some((dir) => repo.hasDir(dir))) {
      yield noFolder(program, app, missing)
      return
    }
    for (const one of missing) yield single(program, one, dirs, repo)
  },
} satisfies Rule

function* missingIn(program: PythonProgram, dirs: readonly Path[], repo: Snapshot): Generator<Missing> {
  for (const call of program.calls('flask.render_template')) {
    const [first] = call.args
    const run = program.first(call)
    if (!first || (run.when !== 'request' && run.when !== 'import')) continue
    const folded = program.fold.text(first, call.scope)
    for (const { text, base, exact } of folded) {
      if (!exact || base !== 'text' || text === '' || dirs.some((dir) => repo.has(join(dir, text)))) continue
      if (brought.test(text) && found(text, repo).length === 0) continue
      // One of several values may be impossible here; a plain literal is not.
      if (folded.length > 1) continue
      yield { call, name: text }
    }
  }
}
function hasOwnLoader(program: PythonProgram): boolean {
  for (const site of program.sites('assignment')) {
    const left = field(site.node, 'left')
    if (left?.kind === 'attribute' && /\.(jinja_loader|template_folder|jinja_env\.loader|loader)$/.test(program.text(left, site.module))) return true
  }
  return [...program.callsMatching(/^jinja2\.(ChoiceLoader|FileSystemLoader|PackageLoader|PrefixLoader)$|^flask_themes2?\b/)].length > 0
}
function found(name: string, repo: Snapshot): readonly Path[] {
  return repo.list().filter((path) => (path === name || path.endsWith(`/${name}`)) && !aside.test(path))
}
/** The one folder that holds all that is missing. */
function homeOfAll(missing: readonly Missing[], dirs: readonly Path[], repo: Snapshot): Path | undefined {
  const homes = missing.map(({ name }) => found(name, repo).map((path) => (path === name ? '.' : path.slice(0, -name.length - 1))))
  const [first = []] = homes
  const shared = first.filter((dir) => homes.every((list) => list.includes(dir)) && !dirs.includes(dir))
  return shared.length === 1 && shared[0] !== '.' ? shared[0] : undefined
}

function wholeFolder(program: PythonProgram, app: Folder, home: Path, missing: readonly Missing[], repo: Snapshot): Problem {
  const { call, base } = app
  const names = [...new Set(missing.map(({ name }) => name))]
  const seen = repo.hasDir(join(base, 'static')) || call.kwargs.has('static_folder') || call.kwargs.has('static_url_path')
  const beside = join(dirOf(home), 'static')
  const settings = [`template_folder=${quotePython(relative(base, home))}`, ...(!seen && repo.hasDir(beside) ? [`static_folder=${quotePython(relative(base, beside))}`] : [])]
  const last = field(call.node, 'arguments')?.children.filter((child) => child.kind !== 'comment').at(-1)
  const changes = app.given ? [replaceNode(call.module, app.given, quotePython(relative(base, home)))] : last ? [insertAt(call.module, last.end, `, ${settings.join(', ')}`)] : []
  return {
    path: call.module.path,
    range: { start: call.node.start, end: call.node.end },
    when: 'request',
    trace: program.trace(call, `looks for templates in ${app.dir ?? ''}/`),
    message: `Flask looks for templates in ${app.dir ?? ''}/, beside ${call.module.path}, and there is no such folder: ${some(names)} ${names.length > 1 ? 'lie' : 'lies'} in ${home}/, and rendering fails with TemplateNotFound. Say where the folder is.`,
    remedy: changes.length > 0 && call.module.brokenAt === undefined ? { kind: 'fix', safety: 'safe', title: `Look for templates in ${home}/`, changes } : { kind: 'manual', reason: `Give template_folder, so that ${home}/ is found.` },
  }
}
function noFolder(program: PythonProgram, app: Folder, missing: readonly Missing[]): Problem {
  const names = [...new Set(missing.map(({ name }) => name))]
  return {
    path: app.call.module.path,
    range: { start: app.call.node.start, end: app.call.node.end },
    when: 'request',
    trace: program.trace(app.call, `looks for templates in ${app.dir ?? ''}/`),
    message: `Flask looks for templates in ${app.dir ?? ''}/, and the repo has no such folder: ${some(names)} would fail with TemplateNotFound. Commit the folder, or build it before the deploy.`,
    remedy: { kind: 'manual', reason: `The templates are not in the repo: add ${app.dir ?? 'the folder'}/.` },
  }
}
function single(program: PythonProgram, { call, name }: Missing, dirs: readonly Path[], repo: Snapshot): Problem {
  const [first] = call.args
  const run = program.first(call)
  const twin = dirs.flatMap((dir) => repo.list(dir).flatMap((path) => (path.toLowerCase() === join(dir, name).toLowerCase() ? [path.slice(dir === '.' ? 0 : dir.length + 1)] : [])))[0]
  const elsewhere = found(name, repo)
  const literal = first?.kind === 'string' ? first : undefined
  const base = { path: call.module.path, range: { start: (first ?? call.node).start, end: (first ?? call.node).end }, when: run.when === 'import' ? ('import' as const) : ('request' as const), trace: program.trace(call, `renders ${name}`, run), severity: severityFor(run, 'breaks') }
  if (twin !== undefined) {
    return {
      ...base,
      message: `${name} is ${twin} on the disk. Windows and macOS take one for the other; the host's Linux does not, and rendering fails with TemplateNotFound. Write the name as it is.`,
      remedy: literal && call.module.brokenAt === undefined ? { kind: 'fix', safety: 'safe', title: `Write ${twin}`, changes: [replaceNode(call.module, literal, quotePython(twin))] } : { kind: 'manual', reason: `Write ${twin}, as the file is called.` },
    }
  }
  const where = elsewhere[0]
  return {
    ...base,
    // Missing everywhere, it fails at home as well, unless the file is only on somebody's disk.
    ...(where === undefined ? { severity: 'advice' as const } : {}),
    message: `${name} is in no template folder of the app (${some(dirs.map((dir) => `${dir}/`))})${where === undefined ? ' and nowhere else in the repo' : `, but in ${dirOf(where)}/`}: rendering fails with TemplateNotFound. ${where === undefined ? 'Add the file, or correct the name.' : 'Move the file, or correct the name.'}`,
    remedy: { kind: 'manual', reason: where === undefined ? 'The file is missing from the repo.' : `The file lies in ${dirOf(where)}/, where Flask does not look.` },
  }
}
function some(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}
