/** Flask-Caching with files: the cache's folder is made when the extension is set up. */
import type { Problem, PythonProgram, RuleContext } from '../../../src/types.js'
import { besideCode, existsInRepo, placeText } from '../../../src/lang/python/storage/files.js'
import { homeOf, redirected } from '../../../src/lang/python/storage/home.js'
import { field, literalText, type PyCall, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'

type Source = { readonly node: PyNode; readonly scope: PyScope }

export function* cacheFolders(program: PythonProgram, { repo, app, target }: RuleContext): Generator<Problem> {
  for (const call of program.calls('flask_caching.Cache', 'flask_caching.Cache().init_app')) {
    if (call.args.length === 0 && !call.kwargs.has('app') && call.names.includes('flask_caching.Cache')) continue
    const run = program.first(call)
    if (run.when !== 'import' && run.when !== 'startup') continue
    const types = valuesOf(program, call, 'CACHE_TYPE').flatMap(({ node, scope }) => program.fold.text(node, scope))
    if (!types.some(({ text }) => /^(filesystem|FileSystemCache|flask_caching\.backends\.(filesystem\.)?FileSystemCache)$/.test(text))) continue
    const [source, ...others] = valuesOf(program, call, 'CACHE_DIR')
    if (!source) continue
    const { beside, sure } = besideCode(program.fold.path(source.node, source.scope))
    const [first] = beside
    if (!first || existsInRepo(beside, repo, app.root)) continue
    const place = placeText(first)
    const home = others.length === 0 ? homeOf(program, source.node, source.scope, repo, app.root) : undefined
    const certain = severityFor(run, 'blocks')
    yield {
      path: call.module.path,
      range: { start: call.node.start, end: call.node.end },
      when: run.when,
      trace: program.trace(call, `Flask-Caching makes '${place}'`, run),
      severity: sure ? certain : milder(certain),
      message: `Flask-Caching is told to cache in files and makes the folder '${place}' when it is set up. On the host the code's folder is read-only: the app does not start. Point CACHE_DIR below the temp folder (each instance then has a cache of its own), or use Redis.`,
      remedy: home && home.scope.module.brokenAt === undefined
        ? { kind: 'fix', safety: 'safe', title: 'Keep the cache below the temp folder on the host', changes: redirected(program, home, target, home.place.text.split('/').at(-1)) }
        : { kind: 'manual', reason: 'CACHE_DIR is put together in more than one place, so the line to change is not certain.' },
    }
  }
}

/** Values of a key in the settings, or in `config={…}` of the call. */
function valuesOf(program: PythonProgram, call: PyCall, key: string): readonly Source[] {
  const config = call.kwargs.get('config') ?? (call.names.includes('flask_caching.Cache().init_app') ? call.args[1] : undefined)
  const dictionaries = config ? [{ node: config, scope: call.scope }, ...program.definitions(config, call.scope)].filter(({ node }) => node.kind === 'dictionary') : []
  const own = dictionaries.flatMap(({ node, scope }) => node.children.flatMap((pair) => {
    const [name, value] = [field(pair, 'key'), field(pair, 'value')]
    return name?.kind === 'string' && value && literalText(name, scope.module.text) === key ? [{ node: value, scope }] : []
  }))
  return own.length > 0 ? own : program.settings(key)
}
