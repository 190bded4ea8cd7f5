import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { needsApps } from '../../../src/lang/python/django/app-registry.js'
import { servedList } from '../../../src/lang/python/django/served.js'
import { removeStatement, standsAlone } from '../../../src/lang/python/edit.js'
import { statementOf, walk, type PyImport, type PyModule, type PyNode } from '../../../src/lang/python/program.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { loadAfter } from './reorder.js'

const loaders = /^django\.(core\.(wsgi\.get_wsgi_application|asgi\.get_asgi_application)|setup)$/

export const djAppRegistry = {
  id: 'dj-app-registry',
  title: 'Models imported before Django has loaded its apps',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    if (context.app.framework !== 'django') return
    yield* inEntry(program)
    yield* inApps(program)
    yield* whileLoading(program)
  },
} satisfies Rule

/** In wsgi.py and asgi.py the order of the statements is the order of the start. */
function* inEntry(program: PythonProgram): Generator<Problem> {
  const { entry } = program
  if (!entry) return
  const calls = [...program.callsMatching(loaders)].filter((call) => call.module === entry && call.fn === undefined).sort((a, b) => a.node.start - b.node.start)
  const [first] = calls
  if (!first) return
  const early = [...program.imports()].filter((site) => site.module === entry && site.fn === undefined && site.node.start < first.node.start && statementOf(site.node).parent === entry.root)
  const offending = early.flatMap((site) => {
    const why = needsApps(program, site)
    return why === undefined ? [] : [{ site, why }]
  })
  const [one] = offending
  if (one) {
    const place = spotted(program, one.site, one.site.node, one.why, 'blocks')
    if (!place) return
    yield {
      ...place,
      message: `This import needs Django's apps, and stands before the line that loads them: ${one.why}. The start fails with AppRegistryNotReady ("Apps aren't loaded yet") or for lack of settings, under every server. Load the application first, then import.`,
      remedy: loadAfter(program, entry, first, offending.map(({ site }) => site)),
    }
    return
  }
  yield* lateSettings(program, entry, first.node)
  const setup = calls.find((call) => call.names.includes('django.setup'))
  const made = calls.find((call) => !call.names.includes('django.setup'))
  if (setup && made && made.node.start > setup.node.start) yield* redundant(program, entry, setup.node, made.node)
}

/** `DJANGO_SETTINGS_MODULE` after the line that needs it. */
function* lateSettings(program: PythonProgram, entry: PyModule, load: PyNode): Generator<Problem> {
  const sets = entry.root.children.filter((statement) => statement.kind === 'expression_statement' && /DJANGO_SETTINGS_MODULE/.test(program.text(statement, entry)))
  const [set, more] = sets
  const whole = statementOf(load)
  if (!set || more || set.start < whole.start || whole.parent !== entry.root) return
  const site = program.siteOf(set, entry.scope)
  const place = site && spotted(program, site, set, 'sets DJANGO_SETTINGS_MODULE', 'blocks')
  if (!place) return
  const movable = entry.brokenAt === undefined && standsAlone(entry, set) && standsAlone(entry, whole)
  const text = program.text(set, entry)
  const eol = /\r\n|\n|\r/.exec(entry.text)?.[0] ?? '\n'
  yield {
    ...place,
    message: 'DJANGO_SETTINGS_MODULE is set after the line that loads the application, which then has no settings (ImproperlyConfigured), unless the host happens to set the variable. Set it before.',
    remedy: movable
      ? { kind: 'fix', safety: 'safe', title: 'Set DJANGO_SETTINGS_MODULE first', changes: [removeStatement(entry, set), { kind: 'edit', path: entry.path, range: { start: whole.start, end: whole.start }, text: `${text}${eol}${eol}` }] }
      : { kind: 'manual', reason: `Move the line above the one that loads the application in ${entry.path}.` },
  }
}

/** get_wsgi_application() calls setup() itself: a call before it does nothing, unless an import in between needs it. */
function* redundant(program: PythonProgram, entry: PyModule, setup: PyNode, made: PyNode): Generator<Problem> {
  const statement = statementOf(setup)
  const between = [...program.imports()].filter((site) => site.module === entry && site.fn === undefined && site.node.start > setup.start && site.node.start < made.start)
  if (statement.parent !== entry.root || between.some((site) => needsApps(program, site) !== undefined) || !standsAlone(entry, statement)) return
  const site = program.siteOf(setup, entry.scope)
  const place = site && spotted(program, site, setup, 'django.setup()', 'advice')
  if (!place) return
  const left = entry.root.children.find((node) => node.kind === 'import_statement' && program.text(node, entry) === 'import django')
  const uses = [...walk(entry.root)].filter((node) => node.kind === 'identifier' && node.parent?.kind !== 'dotted_name' && program.text(node, entry) === 'django').length
  yield {
    ...place,
    severity: 'advice',
    message: 'get_wsgi_application() and get_asgi_application() set Django up by themselves, once for each process. This call before them is harmless and does nothing more. It may go.',
    remedy: entry.brokenAt !== undefined ? { kind: 'manual', reason: `Take django.setup() out of ${entry.path}.` } : { kind: 'fix', safety: 'safe', title: 'Take the second setup out', changes: [removeStatement(entry, statement), ...(left && uses === 1 && standsAlone(entry, left) ? [removeStatement(entry, left)] : [])] },
  }
}

/** Packages and apps.py modules are loaded before any model may be. */
function* inApps(program: PythonProgram): Generator<Problem> {
  const early = new Map<PyModule, string>()
  const imports = new Map<PyModule, PyImport[]>()
  for (const site of program.imports()) if (site.fn === undefined) imports.set(site.module, [...(imports.get(site.module) ?? []), site])
  for (const { text, module: from } of servedList(program, 'INSTALLED_APPS').items) {
    const home = /\.apps\.[A-Z]\w*$/.test(text) ? text.replace(/\.apps\.[A-Z]\w*$/, '') : text
    for (const [name, what] of [[home, 'the package of an app'], [`${home}.apps`, 'its apps.py']] as const) {
      const path = program.find(name, from)
      const module = path === undefined ? undefined : program.modules.get(path)
      if (module) early.set(module, what)
    }
  }
  for (const [module, what] of early)
    for (const site of imports.get(module) ?? []) {
      const why = site.optional ? undefined : needsApps(program, site)
      const place = why === undefined ? undefined : spotted(program, site, site.node, why, 'blocks')
      if (!place || site.runs.every(({ when }) => when === 'build' || when === 'main')) continue
      yield { ...place, message: `${module.path} is ${what}, which Django loads before it may load models, and this import loads them: ${why ?? ''}. The start fails with AppRegistryNotReady ("Apps aren't loaded yet"). Import it inside ready(), or where it is used.`, remedy: { kind: 'manual', reason: 'Where the names are used decides where the import has to go.' } }
    }
}

/** `django.setup()` in a module that loading the apps imports: it would load them within themselves. */
function* whileLoading(program: PythonProgram): Generator<Problem> {
  for (const call of program.calls('django.setup')) {
    if (call.module === program.entry || call.fn !== undefined || call.handled) continue
    const run = call.runs.find(({ when, conditional, trace }) => when === 'import' && !conditional && trace.some(({ note }) => note.startsWith('INSTALLED_APPS names')))
    const place = run && spotted(program, call, call.node, 'django.setup() while the apps are loaded', 'blocks')
    if (place) yield { ...place, message: `${call.module.path} is imported while Django loads its apps, and asks it to do so again: "populate() isn't reentrant", and the start fails. Take the call out; whoever imports this has Django set up already.`, remedy: { kind: 'manual', reason: 'A script that runs this file by itself needs the call: put it under if __name__ == "__main__" there.' } }
  }
}
