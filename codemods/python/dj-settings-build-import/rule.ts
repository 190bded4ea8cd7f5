import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { builtSettings, servedList, servedSettings, settingsClosure } from '../../../src/lang/python/django/served.js'
import { companionsOf, distributionOf, isBroughtBy, isStdlib } from '../../../src/lang/python/manifest/distributions.js'
import { installedBy } from '../../../src/lang/python/manifest/installed.js'
import { readManifests, type Manifests } from '../../../src/lang/python/manifest/manifest.js'
import { ancestor, field, literalText, type PyCall, type PyModule } from '../../../src/lang/python/program.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'

export const djSettingsBuildImport = {
  id: 'dj-settings-build-import',
  title: 'Settings that need what the host does not have',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const modules = [builtSettings(program), servedSettings(program)].flatMap((module) => module ?? [])
    if (modules.length === 0) return
    const read = settingsClosure(program, modules)
    yield* missingFiles(program, context, read)
    yield* missingApps(program, context)
  },
} satisfies Rule

/** Files that git ignores are not deployed. Opening one for reading fails; loaders of .env files take its absence. */
function* missingFiles(program: PythonProgram, { repo }: RuleContext, read: ReadonlySet<PyModule>): Generator<Problem> {
  for (const call of program.callsMatching(/^(builtins\.open|io\.open|codecs\.open|pathlib\.Path\(\)(\..*)?\.(open|read_text|read_bytes)|decouple\.Repository(Env|Ini)|decouple\.config\.Repository\w+)$/)) {
    if (!read.has(call.module) || call.handled || !call.runs.some(({ when }) => when === 'import' || when === 'build')) continue
    const file = fileOf(program, call)
    // A test around it that asks for the file answers its absence.
    if (file === undefined || repo.has(file) || asksForIt(program, call)) continue
    const place = spotted(program, call, call.node, `reads ${file}`, 'blocks') ?? inBuild(program, call, `reads ${file}`)
    yield {
      ...place,
      message: `The settings read ${file}, which is not in the repo: the build and the app have only what git has, so both fail with FileNotFoundError while the settings are loaded. Take these values from the environment.`,
      remedy: { kind: 'manual', reason: `Read what ${file} holds from environment variables, and set them for builds as well. Keep the file for a local start, where it exists.` },
    }
  }
}
function fileOf(program: PythonProgram, call: PyCall): string | undefined {
  const callee = field(call.node, 'function')
  const method = call.names.some((name) => /\.(open|read_text|read_bytes)$/.test(name) && name.startsWith('pathlib.'))
  const path = method ? callee && field(callee, 'object') : call.args[0]
  const mode = call.kwargs.get('mode') ?? (method ? call.args[0] : call.args[1])
  const text = mode && mode.kind === 'string' ? literalText(mode, call.module.text) : undefined
  if (!path || (text !== undefined && /[wax+]/.test(text))) return undefined
  const [only, more] = program.fold.path(path, call.scope)
  return only && !more && only.exact && (only.base === 'repo' || only.base === 'cwd') && !only.text.startsWith('..') ? only.text : undefined
}
function asksForIt(program: PythonProgram, call: PyCall): boolean {
  for (let up = ancestor(call.node, 'if_statement', 'conditional_expression'); up; up = ancestor(up, 'if_statement', 'conditional_expression')) {
    const test = field(up, 'condition') ?? up.children[1]
    if (test && /exists|is_file|isfile|access\(/.test(program.text(test, call.module))) return true
  }
  return false
}
function inBuild(program: PythonProgram, call: PyCall, note: string): Pick<Problem, 'path' | 'range' | 'when' | 'trace' | 'severity'> {
  return { path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: 'build', trace: program.trace(call, note), severity: 'blocks' }
}

/** Apps and middleware named in text, of packages that no manifest installs. */
function* missingApps(program: PythonProgram, { repo, app }: RuleContext): Generator<Problem> {
  const manifests = readManifests(repo, app)
  const { effective } = manifests
  if (!effective || effective.broken !== undefined || effective.odd.some(({ kind }) => kind === 'unreadable')) return
  const installed = allInstalled(manifests)
  const local = new Set(repo.list().flatMap((path) => (path.endsWith('.py') ? path.split('/').map((part) => part.replace(/\.py$/, '')) : [])))
  const seen = new Set<string>()
  for (const key of ['INSTALLED_APPS', 'MIDDLEWARE']) {
    const { items, effects } = servedList(program, key)
    for (const { text, node, scope, module } of items) {
      const top = text.split('.')[0] ?? ''
      const found = distributionOf(text)
      if (top === '' || local.has(top) || isStdlib(top) || seen.has(top) || !found?.known || isBroughtBy(text, installed) || installed.has(found.name)) continue
      const effect = effects.find((one) => one.scope.module === module && node.start >= one.node.start && node.end <= one.node.end)
      const site = program.siteOf(node, scope)
      // In a branch for development it may be missing there.
      if (!site || effect?.uncertain) continue
      const place = spotted(program, site, node, `${key} names ${text}`, 'blocks')
      if (!place) continue
      seen.add(top)
      const other = manifests.all.flatMap((manifest) => [...manifest.optional, ...manifest.requirements, ...manifest.elsewhere]).find(({ name }) => name === found.name)
      const specifier = other?.specifier ?? ''
      yield {
        ...place,
        message: `${key} names ${text}, and ${effective.path} does not declare ${found.name}${other ? `, which only ${other.file} does` : ''}: there Django cannot load its apps, so the build's collectstatic fails and the app does not start (ModuleNotFoundError). Declare it, or add it to the list only where it is installed.`,
        remedy: { kind: 'fix', safety: 'review', title: `Declare ${found.name}${specifier}`, changes: [], needs: [{ kind: 'dependency', name: found.name, ...(specifier === '' ? {} : { specifier }), why: `${text} in ${key}` }] },
      }
    }
  }
}
function allInstalled(manifests: Manifests): ReadonlySet<string> {
  const { declared, companions } = installedBy(manifests)
  return new Set([...declared, ...companions, ...companionsOf([...declared]), ...(manifests.effective?.locked.keys() ?? [])])
}
