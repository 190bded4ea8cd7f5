import type { Need, Problem, PythonProgram, Rule, RuleContext, Severity } from '../../../src/types.js'
import type { PyImport, PySite } from '../../../src/lang/python/program.js'
import { companionsOf, distributionOf, isBroughtBy, isStdlib, withCompanions } from '../../../src/lang/python/manifest/distributions.js'
import { installedBy, type Installed } from '../../../src/lang/python/manifest/installed.js'
import { readManifests, requirementOf, type Manifests } from '../../../src/lang/python/manifest/manifest.js'
import { pinnedVersion } from '../../../src/lang/python/manifest/requirement.js'
import { needsVariable } from '../../../src/lang/python/settings/when-unset.js'
import { hiddenNeeds } from './hidden-needs.js'

export const depNotDeclared = {
  id: 'dep-not-declared',
  title: 'Package imported but not declared',
  hazard: 'dependency-manifest',
  language: 'python',
  assumes: 'install-anything',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const manifests = readManifests(repo, app)
    // A manifest that can't be read declares nobody knows what.
    if (manifests.effective?.broken !== undefined || manifests.effective?.odd.some(({ kind }) => kind === 'unreadable')) return
    const before = installedBy(manifests)
    const local = localModules(repo.list())
    const seen = new Set<string>()
    const found = [...program.imports()].flatMap((site) => {
      // `if settings.DEBUG: import debug_toolbar`, with DEBUG off where nobody sets it.
      if (needsVariable(program, site.node, site.scope)) return []
      const module = missingModule(site, local, before)
      const dist = module && distributionOf(module)
      return module && dist ? [{ site, module, dist }] : []
    })
    // What comes along with another missing package is as good as declared once that one is.
    const installed = { ...before, companions: withCompanions([...before.companions, ...companionsOf(found.map(({ dist }) => dist.name)).filter((name) => name !== program.app.framework && !name.startsWith(`${program.app.framework}-`))]) }
    for (const { site, module, dist } of found) {
      if (seen.has(dist.name) || [...before.declared].some((name) => builtOn[name]?.includes(dist.name))) continue
      const problem = missing(program, site, { name: dist.name, subject: `'${module.split('.')[0] ?? module}' is imported`, known: dist.known }, installed, manifests)
      if (!problem) continue
      seen.add(dist.name)
      yield problem
    }
    for (const need of hiddenNeeds(program, (name) => pinOf(name, manifests))) {
      if (seen.has(need.dist) || need.dist.split('|').some((name) => installed.companions.has(name))) continue
      const [name = need.dist] = need.dist.split('|')
      const problem = missing(program, need.site, { name, subject: need.subject, known: true }, installed, manifests)
      if (!problem) continue
      seen.add(need.dist)
      yield problem
    }
  },
} satisfies Rule

/** FastAPI's own classes are Starlette's and its models pydantic's: no update can take them away. */
const builtOn: Readonly<Record<string, readonly string[]>> = { fastapi: ['starlette', 'pydantic'] }

/** The module, when nothing in the repo or the manifest brings it. */
function missingModule(found: PyImport, local: ReadonlySet<string>, { declared }: Installed): string | undefined {
  if (found.target.startsWith('.') || found.resolved.length > 0 || found.optional || isStdlib(found.target)) return undefined
  const top = found.target.split('.')[0] ?? ''
  if (local.has(top) || /_pb2(_grpc)?$/.test(top)) return undefined
  const [member] = found.names
  const module = member !== undefined && !distributionOf(found.target) ? `${found.target}.${member}` : found.target
  return isBroughtBy(module, declared) ? undefined : module
}

/** What very many packages depend on. */
const common = new Set('requests urllib3 certifi idna numpy six pytz pyyaml cryptography click jinja2 markupsafe werkzeug flask itsdangerous sqlalchemy pydantic typing-extensions packaging python-dateutil attrs httpx aiohttp pillow setuptools tqdm rich protobuf lxml beautifulsoup4 pandas wtforms babel pyjwt bcrypt dnspython marshmallow jsonschema python-dotenv colorama regex scipy matplotlib blinker flask-login flask-wtf flask-sqlalchemy google-auth'.split(' '))

type Missing = { readonly name: string; readonly subject: string; readonly known: boolean }

function missing(program: PythonProgram, site: PySite, { name, subject, known }: Missing, installed: Installed, manifests: Manifests): Problem | undefined {
  const run = program.first(site)
  const { when } = run
  // What only a local start imports is no matter of the host.
  if (when === 'never' || when === 'main' || when === 'build') return undefined
  const brought = installed.companions.has(name) || manifests.effective?.locked.has(name)
  const fate = when === 'request' ? 'requests that reach this fail' : 'the app does not start'
  // Of a package that nobody here knows, it may well be a dependency.
  const likely = common.has(name) && installed.strangers.length > 0
  const severity: Severity = brought || !known || likely ? 'advice' : when === 'request' || run.weak || run.conditional || installed.strangers.length > 0 ? 'breaks' : 'blocks'
  const specifier = specifierOf(name, manifests)
  const need: Need = { kind: 'dependency', name, ...(specifier === undefined ? {} : { specifier }), why: `${subject} in ${site.module.path}` }
  const lacks = installed.manifest === undefined ? 'no manifest declares' : `${installed.manifest} does not declare`
  const message = brought
    ? `${subject}, but ${lacks} ${name}: it is installed only because another package needs it. Declare it, so that an update of that package cannot take it away.`
    : known
      ? `${subject}, but ${lacks} ${name}: a fresh install on the host lacks it and ${fate}${likely ? ', unless another package needs it' : ''}. Declare ${name}.`
      : `${subject}, but ${installed.manifest === undefined ? 'no manifest' : `nothing in ${installed.manifest}`} is known to bring it. If no declared package does, ${fate}: find the package's name and declare it.`
  const base = { path: site.module.path, range: { start: site.node.start, end: site.node.end }, when, trace: program.trace(site, subject, run), message, severity }
  if (!known) return { ...base, remedy: { kind: 'manual', reason: `The package that brings the module can't be told from its name; a guess could install a stranger's code.` } }
  // What comes along anyway is good style to declare, and no line that a migration has to add.
  return { ...base, remedy: { kind: 'fix', safety: severity === 'advice' ? 'review' : 'safe', title: `Declare ${name}${specifier ?? ''}`, changes: [], needs: [need] } }
}

/** Names that a file or folder of the repo could answer to, wherever it lies. */
function localModules(paths: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const path of paths) {
    if (!/\.(py|pyi|so|pyd)$/.test(path)) continue
    const parts = path.split('/')
    for (const part of parts.slice(0, -1)) names.add(part)
    names.add((parts.at(-1) ?? '').replace(/\..*$/, ''))
  }
  return names
}

function pinOf(name: string, { effective }: Manifests): string | undefined {
  const requirement = requirementOf(effective, name)
  return (requirement && pinnedVersion(requirement)) ?? effective?.locked.get(name)
}

/** What another manifest, group or the lock of the repo says of its version. */
function specifierOf(name: string, { effective, all }: Manifests): string | undefined {
  for (const manifest of all) {
    const other = [...manifest.requirements, ...manifest.elsewhere, ...manifest.optional].find((requirement) => requirement.name === name && requirement.specifier !== '')
    if (other) return other.specifier
  }
  const locked = effective?.locked.get(name)
  return locked === undefined ? undefined : `==${locked}`
}
