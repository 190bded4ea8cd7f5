/** Guarded GET routes of a Django project: views in a `cron.py` beside the root URLconf, and their paths first in it. */
import type { Change, Path, Snapshot } from '../../../../types.js'
import { dottedPath, literalArgument } from '../app-place.js'
import { dirOf, join } from '../../modules.js'
import { append, ensureImport, eol, freeName, indentOf, indentUnit, insertAt, lineStart } from '../../edit.js'
import { bare, field } from '../../tree.js'
import type { PythonProgram } from '../../program.js'
import type { PyModule, PyNode } from '../../types.js'
import type { Refused, Round } from '../one-round.js'
import { djangoPassage, usesLoginMiddleware } from './django-passage.js'
import { viewLines, type RouteWriter, type View, type ViewWords, type WantedRoute } from './route-writer.js'

function write(program: PythonProgram, repo: Snapshot, wanted: readonly WantedRoute[]): readonly Change[] | Refused {
  const urls = rootUrls(program)
  if ('refused' in urls) return urls
  const home = homeOf(program, repo, urls.module)
  if ('refused' in home) return home
  const views: View[] = []
  const changes: Change[] = []
  for (const { path, job, round } of wanted) {
    const call = callOf(program, urls.module, round)
    if ('refused' in call) return call
    const slug = path.slice('/api/cron/'.length).replace(/\W/g, '_')
    views.push({ name: home.module ? freeName(home.module, `run_${slug}`) : `run_${slug}`, path, job, imports: call.imports, call: call.text, isAsync: round.isAsync })
    changes.push(...round.changes)
  }
  const { name, changes: imported } = ensureImport(urls.module, ...home.importedAs)
  const route = ensureImport(urls.module, 'django.urls', 'path')
  const entries = views.map((view) => `${route.name}("${view.path.slice(1)}", ${name}.${view.name})`)
  return [...changes, ...viewsIn(program, home, views), ...imported, ...route.changes, ...intoUrls(urls, entries)]
}

type Urls = { readonly module: PyModule; /** The list that is written out in `urlpatterns`; undefined when it is made by something else. */ readonly list: PyNode | undefined }
function rootUrls(program: PythonProgram): Urls | Refused {
  const [setting, ...more] = program.settings('ROOT_URLCONF')
  const [value] = setting ? program.values(setting.node, setting.scope) : []
  if (!setting || more.length > 0 || value?.kind !== 'literal' || typeof value.value !== 'string') return { refused: 'ROOT_URLCONF can\'t be told from the settings' }
  const path = program.find(value.value, setting.scope.module)
  const module = path === undefined ? undefined : program.modules.get(path)
  if (!module) return { refused: `the URLconf ${value.value} was not found` }
  if (module.brokenAt !== undefined) return { refused: `${module.path} does not parse` }
  const bound = (module.scope.bindings.get('urlpatterns') ?? []).filter((binding) => binding.kind === 'assign')
  const [first] = bound
  if (first?.kind !== 'assign' || first.node.parent?.parent?.parent?.kind !== 'module') return { refused: `${module.path} does not make urlpatterns at its top` }
  let list = bare(first.value)
  while (list.kind === 'binary_operator') list = bare(field(list, 'left') ?? list.children[0] ?? list)
  return { module, list: list.kind === 'list' ? list : undefined }
}

type Home = { readonly path: Path; /** There already, with such views. */ readonly module: PyModule | undefined; readonly importedAs: readonly [string, string?] }
function homeOf(program: PythonProgram, repo: Snapshot, urls: PyModule): Home | Refused {
  const dir = dirOf(urls.path)
  const around = urls.isPackage ? urls.name : urls.name.split('.').slice(0, -1).join('.')
  for (const name of ['cron', 'cron_routes', 'scheduled_routes']) {
    const path = join(dir, `${name}.py`)
    const module = program.modules.get(path)
    if (repo.has(path) && !(module && module.brokenAt === undefined && module.text.includes('CRON_SECRET'))) continue
    if (repo.hasDir(join(dir, name))) continue
    return { path, module, importedAs: around === '' ? [name] : [around, name] }
  }
  return { refused: `files of the names a route could go to are there already in ${dir}` }
}

function callOf(program: PythonProgram, urls: PyModule, round: Round): { readonly imports: readonly string[]; readonly text: string } | Refused {
  const name = round.expression.split('.')[0] ?? round.expression
  if (!round.from && round.scope.kind !== 'module') return { refused: round.scope.kind === 'class' ? 'it belongs to a class' : 'it is defined inside a function' }
  const dotted = round.from ?? dottedPath(program, round.scope.module, urls)
  if (dotted === undefined || dotted.startsWith('.')) return { refused: `${round.scope.module.path} can't be imported by a name that is sure` }
  const args: string[] = []
  for (const arg of round.args) {
    const text = literalArgument(program, arg.value)
    if (text === undefined) return { refused: `what it is given (${program.text(arg.value.node, arg.value.scope.module).split('\n')[0] ?? ''}) is known only where it starts` }
    args.push(arg.name === undefined ? text : `${arg.name}=${text}`)
  }
  // Inside the view: the app registry is ready by then, and no import can go round in a circle.
  return { imports: [`from ${dotted} import ${name}`], text: `${round.expression}(${args.join(', ')})` }
}

function viewsIn(program: PythonProgram, home: Home, views: readonly View[]): readonly Change[] {
  const open = usesLoginMiddleware(program)
  const wanted: readonly (readonly [string, string?])[] = [['os'], ['hmac'], ['django.http', 'JsonResponse'], ['django.views.decorators.http', 'require_GET'], ...(open ? [['django.contrib.auth.decorators', 'login_not_required'] as const] : [])]
  const { module } = home
  const found = wanted.map(([from, member]) => (module ? ensureImport(module, from, member) : { name: member ?? from, changes: [] }))
  const [os = 'os', hmac = 'hmac', json = 'JsonResponse', onlyGet = 'require_GET', login = 'login_not_required'] = found.map((one) => one.name)
  const words: ViewWords = {
    marks: () => [...(open ? [`@${login}`] : []), `@${onlyGet}`],
    params: 'request', passed: 'request', reads: ['given = request.headers.get("Authorization", "")'], given: 'given',
    refuse: `return ${json}({"error": "unauthorized"}, status=401)`, done: `return ${json}({"ok": True})`,
  }
  const unit = module ? indentUnit(module) : '    '
  const blocks = viewLines(views, words, { os, hmac, unit, helper: module ? freeName(module, 'called_by_the_scheduler') : 'called_by_the_scheduler' })
  const lines = blocks.flatMap((block) => ['', '', ...block])
  if (module) return [...found.flatMap((one) => one.changes), append(module, lines)]
  const decorators = open ? ['from django.contrib.auth.decorators import login_not_required'] : []
  const head = ['"""Jobs that a schedule outside runs: one route each, for a caller that knows CRON_SECRET."""', 'import hmac', 'import os', '', ...decorators, 'from django.http import JsonResponse', 'from django.views.decorators.http import require_GET']
  return [{ kind: 'create', path: home.path, text: [...head, ...lines].map((line) => `${line}\n`).join('') }]
}

/** First in the list, so that no pattern that takes every path is asked before. */
function intoUrls({ module, list }: Urls, entries: readonly string[]): readonly Change[] {
  if (!list) return [append(module, ['', `urlpatterns = [${entries.join(', ')}, *urlpatterns]`])]
  const first = list.children[0]
  const rest = module.text.slice(list.start + 1)
  if (!/^[ \t]*(#[^\r\n]*)?(\r\n|\n|\r)/.test(rest)) return [insertAt(module, list.start + 1, entries.join(', ') + (first ? ', ' : ''))]
  const own = first ? /^[ \t]*/.exec(module.text.slice(lineStart(module, first.start)))?.[0] : undefined
  const indent = own ?? indentOf(module, list) + indentUnit(module)
  const at = list.start + 1 + (/^[ \t]*(#[^\r\n]*)?(\r\n|\n|\r)/.exec(rest)?.[0].length ?? 0)
  return [insertAt(module, at, entries.map((entry) => `${indent}${entry},${eol(module)}`).join(''))]
}

export const djangoCronRoutes: RouteWriter = { write, passage: djangoPassage }
