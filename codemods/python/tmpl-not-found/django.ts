/** Django: template folders named from the working folder, and templates in another case than their file. */
import type { Path, Problem, PythonProgram, Remedy, RuleContext, Snapshot } from '../../../src/types.js'
import { inProject } from '../../../src/lang/python/django/base-dir.js'
import { managePath } from '../../../src/lang/python/django/project.js'
import { settingEffects } from '../../../src/lang/python/django/settings.js'
import { quotePython, replaceNode } from '../../../src/lang/python/edit.js'
import { dirOf, join } from '../../../src/lang/python/modules.js'
import { severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { bare, field, literalText, type PyNode, type PyScope } from '../../../src/lang/python/program.js'

export function* djangoTemplates(program: PythonProgram, { repo, app }: RuleContext): Generator<Problem> {
  if (program.app.framework !== 'django') return
  const manage = managePath(repo, app.entry.file)
  const home = manage === undefined ? app.root : dirOf(manage)
  for (const { node, scope } of folders(program)) {
    const written = node.kind === 'string' ? literalText(node, scope.module.text) : undefined
    if (written === undefined || written === '' || /^([\\/]|[A-Za-z]:)/.test(written) || repo.hasDir(join(app.root, written)) || !repo.hasDir(join(home, written))) continue
    const site = program.siteOf(node, scope)
    const place = site && spotted(program, site, node, `templates are looked for in ${written}`, 'breaks')
    if (place) yield {
      ...place,
      message: `Templates are looked for in '${written}', from the folder that the process was started in. On the host that is ${app.root === '.' ? 'the root of the repo' : `'${app.root}'`}, and the folder lies in '${home}': pages fail with TemplateDoesNotExist. Name it from the settings' own folder.`,
      remedy: remedyOf(program, node, scope, written),
    }
  }
  yield* otherCase(program, repo)
}
/** The texts of DIRS in TEMPLATES. */
function* folders(program: PythonProgram): Generator<{ readonly node: PyNode; readonly scope: PyScope }> {
  for (const { op, node, scope } of settingEffects(program, 'TEMPLATES'))
    for (const engine of op === 'set' && ['list', 'tuple'].includes(bare(node).kind) ? bare(node).children : [])
      for (const pair of engine.children) {
        const [key, value] = [field(pair, 'key'), field(pair, 'value')]
        if (key && value && literalText(key, scope.module.text) === 'DIRS' && ['list', 'tuple'].includes(value.kind)) for (const folder of value.children) if (folder.kind !== 'comment') yield { node: folder, scope }
      }
}
function remedyOf(program: PythonProgram, node: PyNode, scope: PyScope, written: string): Remedy {
  if (scope.module.brokenAt !== undefined) return { kind: 'manual', reason: `${scope.module.path} does not parse, so it is not edited.` }
  const made = inProject(program, node, scope, written.replace(/^\.\//, '').replace(/\/$/, ''))
  return { kind: 'fix', safety: 'safe', title: `Name '${written}' from the project's own folder`, changes: [...made.changes, replaceNode(scope.module, node, made.text)] }
}

/** `render(request, "Shop/index.html")` for shop/index.html: one file on Windows and macOS, none on the host. */
function* otherCase(program: PythonProgram, repo: Snapshot): Generator<Problem> {
  const names = new Map<string, Path>()
  const exact = new Set<string>()
  for (const path of repo.list()) {
    const name = /(?:^|\/)templates\/(.+)$/.exec(path)?.[1]
    if (name === undefined) continue
    exact.add(name)
    names.set(name.toLowerCase(), name)
  }
  for (const call of program.calls('django.shortcuts.render', 'django.template.loader.get_template', 'django.template.loader.render_to_string')) {
    const given = call.names.includes('django.shortcuts.render') ? (call.args[1] ?? call.kwargs.get('template_name')) : (call.args[0] ?? call.kwargs.get('template_name'))
    const text = given?.kind === 'string' ? literalText(given, call.module.text) : undefined
    const twin = text === undefined || exact.has(text) ? undefined : names.get(text.toLowerCase())
    const run = surestRun(call)
    if (!given || text === undefined || twin === undefined || (run.when !== 'request' && run.when !== 'import')) continue
    yield {
      path: call.module.path,
      range: { start: given.start, end: given.end },
      when: run.when,
      trace: program.trace({ ...call, node: given }, `renders ${text}`, run),
      severity: severityFor(run, 'breaks'),
      message: `${text} is ${twin} on the disk. Windows and macOS take one for the other; the host's Linux does not, and rendering fails with TemplateDoesNotExist. Write the name as it is.`,
      remedy: call.module.brokenAt === undefined ? { kind: 'fix', safety: 'safe', title: `Write ${twin}`, changes: [replaceNode(call.module, given, quotePython(twin))] } : { kind: 'manual', reason: `Write ${twin}, as the file is called.` },
    }
  }
}
