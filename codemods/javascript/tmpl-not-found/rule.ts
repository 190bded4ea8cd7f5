import { fromOwnPlace } from '../../../src/lang/javascript/express/own-place.js'
import { placesOf, type Place } from '../../../src/lang/javascript/express/served-folders.js'
import { literalText, type JsCall, type JsProgram } from '../../../src/lang/javascript/program.js'
import { dirOf } from '../../../src/lang/paths.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { Path, Problem, Rule, RuleContext, Snapshot } from '../../../src/types.js'

export const tmplNotFound = {
  id: 'tmpl-not-found',
  title: 'View that is in no folder of views',
  hazard: 'template-files',
  language: 'javascript',
  assumes: 'files-by-cwd',
  severity: 'breaks',
  *check(program: JsProgram, { app, repo }: RuleContext): Generator<Problem> {
    const renders = [...program.calls('express.response.render', 'express().render')]
    if (renders.length === 0) return
    const settings = [...program.calls('express().set')].filter((call) => call.args[0] && literalText(call.args[0], call.module.text) === 'views' && call.args[1])
    const dirs: Path[] = settings.length === 0 ? [app.root === '.' ? 'views' : `${app.root}/views`] : []
    for (const call of settings) {
      const places = listed(program, call)
      // A folder that nobody here can name may hold everything.
      if (places.length === 0 || places.some(({ exact }) => !exact)) return
      dirs.push(...places.map(({ path }) => path))
      const problem = ofSetting(program, call, places, repo)
      if (problem) yield problem
    }
    if (!dirs.some((dir) => repo.hasDir(dir))) return
    yield* missing(program, renders, dirs, repo)
  },
} satisfies Rule

function listed(program: JsProgram, call: JsCall): readonly Place[] {
  const [, value] = call.args
  if (!value) return []
  const items = program.values(value).flatMap((one) => (one.kind === 'literal-object' && one.node.kind === 'ArrayLiteralExpression' ? one.node.children : []))
  return (items.length > 0 ? items : [value]).flatMap((item) => placesOf(program, item))
}

function ofSetting(program: JsProgram, call: JsCall, places: readonly Place[], repo: Snapshot): Problem | undefined {
  const run = program.first(call)
  const [place] = places
  if (!place || run.when === 'main' || run.when === 'build' || run.when === 'never') return undefined
  const base = { path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: 'request' as const, trace: program.trace(call, `looks for views in ${place.path}/`, run), severity: severityFor({ ...run, when: 'request' }, 'breaks') }
  if (!places.some(({ path }) => repo.hasDir(path))) {
    const home = ['views', `${dirOf(call.module.path)}/views`, 'src/views'].find((dir) => repo.hasDir(dir))
    return { ...base, message: `Express looks for views in ${place.path}/, and the repo has no such folder${home === undefined ? '' : `, but ${home}/`}: rendering fails with "Failed to lookup view". ${home === undefined ? 'Commit the folder, or build it in the deploy.' : 'Say where the folder is.'}`, remedy: { kind: 'manual', reason: home === undefined ? `${place.path}/ is not in the repo.` : `Name ${home}/ there.` } }
  }
  const fix = place.base === 'cwd' && places.length === 1 ? fromOwnPlace(program, call.module, call.args[1], place.path) : undefined
  return fix && { ...base, message: `The views in ${place.path}/ are named from the folder that the app is started in. The host packs the files that the code names from its own place, so these may be missing there, and rendering fails with "Failed to lookup view". Name the folder from the file's own place.`, remedy: fix }
}

function* missing(program: JsProgram, renders: readonly JsCall[], dirs: readonly Path[], repo: Snapshot): Generator<Problem> {
  const all = dirs.flatMap((dir) => repo.list(dir).map((path) => path.slice(dir.length + 1)))
  const stem = (path: Path): string => path.replace(/\.[^./]+$/, '')
  const known = new Set(all.flatMap((path) => [path, stem(path), ...(/\/index\.[^./]+$/.test(path) ? [dirOf(path)] : [])]))
  for (const call of renders) {
    const [first] = call.args
    const run = program.first(call)
    if (!first || (run.when !== 'request' && run.when !== 'import' && run.when !== 'startup')) continue
    const name = literalText(first, call.module.text)?.replace(/^\.?\//, '')
    if (name === undefined || name === '' || name.startsWith('..') || known.has(name)) continue
    const twin = all.find((path) => path.toLowerCase() === name.toLowerCase() || stem(path).toLowerCase() === name.toLowerCase())
    yield {
      path: call.module.path,
      range: { start: first.start, end: first.end },
      when: run.when,
      trace: program.trace(call, `renders ${name}`, run),
      // Missing everywhere, it fails at home as well, unless the file is only on somebody's disk.
      severity: twin === undefined ? 'advice' : severityFor(run, 'breaks'),
      message: twin === undefined
        ? `${name} is in no folder of views (${dirs.join(', ')}): rendering fails with "Failed to lookup view". Add the file, or correct the name.`
        : `${name} is ${twin} on the disk. Windows and macOS take one for the other; the host's Linux does not, and rendering fails with "Failed to lookup view". Write the name as it is.`,
      remedy: { kind: 'manual', reason: twin === undefined ? 'The file is missing from the repo.' : `Write ${twin}, as the file is called.` },
    }
  }
}
