import { mayInstall } from '../../../src/lang/python/manifest/versions.js'
import { requirementOf, type Manifests } from '../../../src/lang/python/manifest/manifest.js'
import { ancestor } from '../../../src/lang/python/program.js'
import type { PyCall, PyImport, PyNode, PySite } from '../../../src/lang/python/program.js'
import type { PythonProgram, Severity } from '../../../src/types.js'

/** A package that a fresh install brings in a version with which the code, or another package, fails. */
export type Clash = {
  /** Where the code meets it. */
  readonly site: PySite
  readonly severity: Severity
  /** What fails, as the log says it. */
  readonly why: string
  readonly todo: string
  /** Versions of this package below this one work. */
  readonly bound?: { readonly name: string; readonly below: string }
  /** `from pydantic import BaseSettings`: a name that moved to another package. */
  readonly moved?: { readonly statement: PyNode; readonly name: string; readonly from: string; readonly dependency: string }
}

export function* clashes(program: PythonProgram, manifests: Manifests): Generator<Clash> {
  yield* oldFlask(program, manifests)
  yield* passlibWithBcrypt(program, manifests)
  yield* clientsWithProxies(program, manifests)
  yield* settingsOfPydantic(program, manifests)
  yield* removedCalls(program, manifests)
}

const declared = ({ effective, all }: Manifests, name: string): boolean => requirementOf(effective, name) !== undefined || all.some((manifest) => requirementOf(manifest, name) !== undefined)
const first = <T>(items: Iterable<T>): T | undefined => [...items][0]
const served = (site: PySite): boolean => site.runs.some((run) => run.when === 'import' || run.when === 'startup' || run.when === 'request')
const importOf = (program: PythonProgram, name: RegExp): PyImport | undefined => first([...program.imports()].filter((one) => one.resolved.length === 0 && name.test(one.target) && served(one)))

/** Flask up to 2.2.3 takes a name from Werkzeug that 3.0 no longer has, and asks for no upper bound. */
function* oldFlask(program: PythonProgram, manifests: Manifests): Generator<Clash> {
  if (!declared(manifests, 'flask') || mayInstall(manifests, 'flask', '2.2.4') || !mayInstall(manifests, 'flask', '2.0') || !mayInstall(manifests, 'werkzeug', '3.0')) return
  const site = importOf(program, /^flask$/)
  if (site) yield { site, severity: 'blocks', why: 'this Flask is kept below 2.2.4, and a fresh install takes Werkzeug 3 for it: "cannot import name \'url_quote\' from \'werkzeug.urls\'" while the app is imported', todo: 'Keep Werkzeug below 3, or move on to Flask 2.3 or later', bound: { name: 'werkzeug', below: '3' } }
}

/** passlib tries bcrypt out with an overlong password, which bcrypt 5 refuses. */
function* passlibWithBcrypt(program: PythonProgram, manifests: Manifests): Generator<Clash> {
  const extra = requirementOf(manifests.effective, 'passlib')?.extras.includes('bcrypt') ?? false
  if ((!declared(manifests, 'bcrypt') && !extra) || !declared(manifests, 'passlib') || !mayInstall(manifests, 'bcrypt', '5.0')) return
  const isBcrypt = (call: PyCall): boolean => call.names.some((name) => name.startsWith('passlib.hash.bcrypt')) || /bcrypt/.test(program.text(call.node, call.module))
  const site = first([...program.callsMatching(/^passlib\.(context\.CryptContext|hash\.bcrypt\w*(\.\w+)*)$/)].filter((call) => served(call) && isBcrypt(call)))
  if (site) yield { site, severity: 'breaks', why: 'passlib 1.7 does not work with bcrypt 5, which a fresh install brings: every hash and every check of a password fails ("password cannot be longer than 72 bytes")', todo: 'Keep bcrypt below 5', bound: { name: 'bcrypt', below: '5' } }
}

const withProxies: readonly (readonly [string, RegExp, string, string])[] = [
  ['openai', /^openai\.(Async)?(Azure)?OpenAI$/, '1.0', '1.55.3'],
  ['anthropic', /^anthropic\.(Async)?Anthropic$/, '0.3', '0.40.0'],
  ['groq', /^groq\.(Async)?Groq$/, '0.4', '0.13.0'],
]
/** Clients that pass `proxies` to httpx, which dropped it in 0.28. */
function* clientsWithProxies(program: PythonProgram, manifests: Manifests): Generator<Clash> {
  for (const [name, makes, from, until] of withProxies) {
    if (!declared(manifests, name) || !mayInstall(manifests, name, from) || mayInstall(manifests, name, until) || !mayInstall(manifests, 'httpx', '0.28')) continue
    const site = first([...program.callsMatching(makes)].filter((call) => served(call) && !call.kwargs.has('http_client')))
    if (site) yield { site, severity: 'blocks', why: `this ${name} is kept below ${until}, and a fresh install takes httpx 0.28 or later for it: "unexpected keyword argument 'proxies'" where the client is made`, todo: `Keep httpx below 0.28, or move on to ${name} ${until}`, bound: { name: 'httpx', below: '0.28' } }
  }
}

/** FastAPI below 0.100 brings pydantic 1 with it. */
function* settingsOfPydantic(program: PythonProgram, manifests: Manifests): Generator<Clash> {
  if (!mayInstall(manifests, 'pydantic', '2.0') || (declared(manifests, 'fastapi') && !mayInstall(manifests, 'fastapi', '0.100'))) return
  for (const one of program.imports()) {
    if (one.target !== 'pydantic' || !one.names.includes('BaseSettings') || one.optional || ancestor(one.node, 'except_clause') || !served(one)) continue
    yield { site: one, severity: 'blocks', why: 'pydantic 2, which a fresh install brings, has no BaseSettings any more ("BaseSettings has been moved to the pydantic-settings package") and the import fails', todo: 'Import it from pydantic_settings, and declare pydantic-settings', moved: { statement: one.node, name: 'BaseSettings', from: 'pydantic_settings', dependency: 'pydantic-settings' } }
  }
}

const removed: readonly { readonly name: string; readonly at: string; readonly calls: RegExp; readonly why: string; readonly todo: string }[] = [
  { name: 'openai', at: '1.0', calls: /^openai\.(ChatCompletion|Completion|Embedding|Image|Audio|Moderation|Edit)\.a?(create|transcribe|translate)(_\w+)?$/, why: 'openai 1 and later, which a fresh install brings, removed this call (APIRemovedInV1)', todo: 'Call it through openai.OpenAI(), or keep openai below 1' },
  { name: 'sqlalchemy', at: '2.0', calls: /^sqlalchemy(\.engine)?\.create_engine\(\)\.(execute|scalar|table_names|has_table)$|^flask_sqlalchemy\.SQLAlchemy\(\)\.engine\.execute$/, why: 'SQLAlchemy 2, which a fresh install brings, removed this from the engine (AttributeError)', todo: 'Call it on a connection: with engine.connect() as connection' },
]
function* removedCalls(program: PythonProgram, manifests: Manifests): Generator<Clash> {
  for (const { name, at, calls, why, todo } of removed) {
    if (!declared(manifests, name) || !mayInstall(manifests, name, at)) continue
    // Code that knows both ways chooses by what is installed.
    if (name === 'openai' && [...program.callsMatching(/^openai\.(Async)?(Azure)?OpenAI$/)].length > 0) continue
    for (const site of program.callsMatching(calls)) if (served(site)) yield { site, severity: 'breaks', why, todo }
  }
}
