import { ensureImport, insertAfter, replaceNode } from '../../../src/lang/python/edit.js'
import { readManifests, type Manifests } from '../../../src/lang/python/manifest/manifest.js'
import { field, fieldsOf, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { mayInstall } from '../../../src/lang/python/manifest/versions.js'
import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { runAtSetup } from './first-request.js'
import { removedAttributes, removedNames, type Removed } from './removed.js'

export const lifeFlaskRemovedApi = {
  id: 'life-flask-removed-api',
  title: 'Name that Flask no longer has',
  hazard: 'deprecated-lifecycle',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const manifests = readManifests(repo, app)
    for (const kind of ['import_from_statement', 'import_statement']) for (const site of program.sites(kind)) yield* imported(program, site, manifests)
    for (const site of program.sites('attribute')) yield* attribute(program, site, manifests)
  },
} satisfies Rule

function* imported(program: PythonProgram, site: PySite, manifests: Manifests): Generator<Problem> {
  const from = field(site.node, 'module_name')
  if (site.handled || !from) return
  const module = program.text(from, site.module).replace(/\s+/g, '')
  const items = fieldsOf(site.node, 'name').map((node) => ({ node, name: program.text(field(node, 'name') ?? node, site.module) }))
  const gone = items.flatMap(({ node, name }) => {
    const known = /^flask\.ext\b/.test(module) ? extension(module) : removedNames[`${module}.${name}`]
    return known && mayInstall(manifests, known.dist, known.since) ? [{ node, name, known }] : []
  })
  const [first] = gone
  if (!first) return
  const names = gone.map(({ name }) => `${module}.${name}`)
  yield problem(program, site, first.node, names.join(', '), first.known, withoutNames(site, items, gone))
}
function extension(module: string): Removed | undefined {
  return { dist: 'flask', since: '1.0', now: module === 'flask.ext' ? 'flask' : `flask_${module.slice('flask.ext.'.length)}` }
}

type Item = { readonly node: PyNode; readonly name: string }
/** The same names from where they are now; the others stay in the statement. */
function withoutNames(site: PySite, items: readonly Item[], gone: readonly (Item & { readonly known: Removed })[]): readonly Change[] | undefined {
  const { module, node } = site
  const [first, last] = [items[0], items.at(-1)]
  if (!first || !last || gone.some(({ known }) => known.now === undefined)) return undefined
  const text = (item: Item): string => module.text.slice(item.node.start, item.node.end)
  const homes = [...new Set(gone.map(({ known }) => known.now ?? ''))]
  const statements = homes.map((home) => `from ${home} import ${gone.filter(({ known }) => known.now === home).map(text).join(', ')}`)
  const kept = items.filter((item) => !gone.some((other) => other.node === item.node))
  if (kept.length === 0) {
    const [own = '', ...more] = statements
    return [replaceNode(module, node, own), ...(more.length > 0 ? [insertAfter(module, node, more)] : [])]
  }
  const between = items[1] ? module.text.slice(first.node.end, items[1].node.start) : ', '
  if (between.includes('#') || between.includes('\\')) return undefined
  return [{ kind: 'edit', path: module.path, range: { start: first.node.start, end: last.node.end }, text: kept.map(text).join(between) }, insertAfter(module, node, statements)]
}

function* attribute(program: PythonProgram, site: PySite, manifests: Manifests): Generator<Problem> {
  const name = field(site.node, 'attribute')
  const object = field(site.node, 'object')
  if (site.handled || !name || !object) return
  const text = program.text(name, site.module)
  const origins = program.origins(site.node, site.scope)
  const own = removedAttributes[text]
  if (own && origins.some((origin) => /^flask\.(Flask|Blueprint)\(\)\.\w+$/.test(origin)) && mayInstall(manifests, own.dist, own.since)) {
    const set = site.node.parent?.kind === 'assignment' && site.node.field === 'left'
    if (text === 'env' && set) return
    const changes = text === 'before_first_request' ? runAtSetup(program, site) : undefined
    const what = `${program.text(object, site.module)}.${text}`
    yield problem(program, site, site.node, what, own, changes, { review: true, quiet: set })
    return
  }
  const origin = origins.find((one) => removedNames[one] !== undefined)
  const known = origin === undefined ? undefined : removedNames[origin]
  if (origin === undefined || !known || origins.length > 1 || object.kind !== 'identifier' || !mayInstall(manifests, known.dist, known.since)) return
  const local = known.now === undefined ? undefined : ensureImport(site.module, known.now, text)
  yield problem(program, site, site.node, origin, known, local && [...local.changes, replaceNode(site.module, site.node, local.name)])
}

function problem(program: PythonProgram, site: PySite, node: PyNode, what: string, known: Removed, changes: readonly Change[] | undefined, form: { readonly review?: boolean; readonly quiet?: boolean } = {}): Problem {
  const run = site.runs.find(({ when }) => when === 'import' || when === 'request') ?? program.first(site)
  const use = known.now === undefined ? (known.instead ?? 'what replaced it') : `the same name in ${known.now}`
  const remedy: Remedy =
    changes && site.module.brokenAt === undefined
      ? form.review
        ? { kind: 'fix', safety: 'review', title: 'Call it when the app is set up', changes, left: 'The function now runs at each start of the app. Making tables there is better done once, as a migration.' }
        : { kind: 'fix', safety: 'safe', title: `Import it from ${known.now ?? 'its new place'}`, changes }
      : { kind: 'manual', reason: `Use ${use}, or pin ${known.dist} below ${known.since}.` }
  return {
    path: site.module.path,
    range: { start: node.start, end: node.end },
    when: run.when === 'never' ? 'import' : run.when,
    trace: program.trace({ ...site, node }, `uses ${what}`, run),
    severity: severityFor(run, form.quiet ? 'breaks' : 'blocks'),
    message: `${what} is gone since ${known.dist} ${known.since}, which a fresh install may bring: ${form.quiet ? 'what is set here has no effect' : run.when === 'request' ? 'requests that come here fail' : 'the app does not start'}. Use ${use}.`,
    remedy,
  }
}
