import type { Path, Problem, Program, PythonProgram, Rule, RuleContext, SourceFile } from '../../../src/types.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { literalText } from '../../../src/lang/python/program.js'
import { djangoPasswords } from './django.js'
import { assignmentIn, connectionIn, literalIn, publishedIn, random, type Hit } from './formats.js'
import { databasePasswords, loadedSamples, signingLiterals } from './javascript.js'

const skippedFolder = /(^|\/)(tests?([-_][\w-]+)?|__tests__|testing|spec|fixtures?|mocks?|examples?|samples?|node_modules|site-packages|dist-packages|venv|\.venv|vendor|migrations|\.git|\.?ci|\.github|\.circleci|\.devcontainer|cypress|e2e)\//i
const skippedFile = /(^|\/)(test_[^/]*|[^/]*_test\.py|conftest\.py|\.travis\.yml|\.gitlab-ci\.yml|appveyor\.yml|azure-pipelines\.yml|bitbucket-pipelines\.yml|[^/]*\.(lock|min\.js|min\.css|map|svg|csv|tsv|ipynb|po)|package-lock\.json|pnpm-lock\.yaml|[^/]*[.-](example|sample|template|dist|tmpl|default)(\.[^/]*)?|example[.-][^/]*|sample[.-][^/]*)$/i
const dotenv = /(^|\/)\.env(\.(local|prod|production|dev|development|staging|live))?$/i
const settingsText = /(^|\/)([^/]*\.(txt|ya?ml|toml|ini|cfg|conf|env|properties|sh|bat|ps1|json)|Dockerfile[^/]*|Procfile)$/i
const page = /\.(html?|jinja2?|j2|jsx?|tsx?|mjs|vue|svelte|css)$/i
/** Settings that sign or open something; a literal is readable by everyone with the repo. */
const signing = ['SECRET_KEY', 'JWT_SECRET_KEY', 'SECURITY_PASSWORD_SALT', 'WTF_CSRF_SECRET_KEY']
const advice = 'Make a new one where it was issued, keep it in an environment variable, and take it out of the code and of git\'s history'

export const cfgSecretInRepo = {
  id: 'cfg-secret-in-repo',
  title: 'Secret committed to the repo',
  hazard: 'secret-in-repo',
  language: 'config',
  about: 'any',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: Program, { repo }: RuleContext): Generator<Problem> {
    const places = new Set<string>()
    for (const file of repo.files.values()) {
      if ((repo.tracked && !repo.tracked.has(file.path)) || skippedFolder.test(file.path) || skippedFile.test(file.path)) continue
      for (const problem of inFile(file, runsOnServer(program, file.path))) {
        places.add(`${problem.path}:${problem.trace[0]?.line ?? 0}`)
        yield problem
      }
    }
    if (program.language === 'javascript') {
      yield* loadedSamples(program, repo)
      yield* signingLiterals(program, places)
      yield* databasePasswords(program, places)
      return
    }
    yield* signingKeys(program, places)
    yield* djangoPasswords(program, places)
  },
} satisfies Rule

/** Code that browsers are sent and code that the server runs look alike; what the served app loads is its own. */
const runsOnServer = (program: Program, path: Path): boolean => path.endsWith('.py') || (program.language === 'javascript' && program.modules.has(path))

function* inFile(file: SourceFile, isServer: boolean): Generator<Problem> {
  const { path, text } = file
  const isDotenv = dotenv.test(path)
  const found: { readonly hit: Hit; readonly line: number; readonly start: number }[] = []
  let start = 0
  let number = 0
  for (const [whole, line = ''] of text.matchAll(/([^\r\n]*)(?:\r\n|\r|\n|$)/g)) {
    number++
    const hit = line.length > 2000 ? undefined : hitIn(line, path, isDotenv, isServer)
    if (hit) found.push({ hit, line: number, start: start + hit.index })
    const key = privateKey(line, text, start)
    if (key) found.push({ hit: key, line: number, start: start + key.index })
    start += whole.length
  }
  const [first] = found
  if (isDotenv && first) {
    const names = found.map(({ hit }) => hit.name ?? hit.what)
    yield problem(path, first, `${path} is committed with real values (${names.slice(0, 6).join(', ')}): whoever sees the repo has them, and the upload would carry the file. ${advice}; list ${path} in .gitignore.`)
    return
  }
  yield* tellHabitsOnce(found.map((place) => problem(path, place, `${path} holds ${place.hit.what}: whoever sees the repo can use it. ${advice}.`)), 4, () => path, (one, others) => ({ ...one, message: `${one.message} The same goes for ${others.length} more in this file (${placesOf(others, path)}).` }))
}

function hitIn(line: string, path: Path, isDotenv: boolean, isServer: boolean): Hit | undefined {
  const isPage = page.test(path) && !isServer
  const hit = publishedIn(line, isPage)
  if (hit || isPage || /\.(md|rst|adoc)$/i.test(path)) return hit
  if (/^\s*(#|\/\/)/.test(line)) return undefined
  const url = connectionIn(line)
  if (url) return { ...url, ...nameOf(line) }
  if (isDotenv || settingsText.test(path)) return assignmentIn(line)
  return isServer ? literalIn(line) : undefined
}

function nameOf(line: string): { readonly name?: string } {
  const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1]
  return name === undefined ? {} : { name }
}

/** A PEM block with a body: not the header alone, which code compares with. */
function privateKey(line: string, text: string, start: number): Hit | undefined {
  const match = /-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED) )?PRIVATE KEY-----/.exec(line)
  if (!match) return undefined
  const body = text.slice(start + match.index + match[0].length, start + match.index + match[0].length + 400).replace(/\\n|\s|"|'/g, '')
  return /^[A-Za-z0-9+/=]{60,}/.test(body) ? { what: 'a private key', index: match.index, length: match[0].length } : undefined
}

function problem(path: Path, { line, start, hit }: { readonly line: number; readonly start: number; readonly hit: Hit }, message: string): Problem {
  return {
    path,
    range: { start, end: start + hit.length },
    when: 'build',
    trace: [{ file: path, line, note: `${hit.what} stands here` }],
    message,
    remedy: { kind: 'manual', reason: 'A secret that was committed is known: it must be made anew, and only you can do that.' },
  }
}

/** The key that signs sessions or tokens, written into the code. */
function* signingKeys(program: PythonProgram, places: ReadonlySet<string>): Generator<Problem> {
  // A file or the environment may replace the value, if somebody provides it.
  const replaced = [...program.callsMatching(/\.config\.from_(pyfile|envvar|prefixed_env|file)$/)].length > 0
  for (const key of signing) {
    const values = program.settings(key)
    const literals = values.flatMap(({ node, scope }) => {
      const text = node.kind === 'string' ? literalText(node, scope.module.text) : undefined
      return text === undefined || text === '' ? [] : [{ node, scope, text }]
    })
    // Another value may replace this one.
    if (literals.length < values.length) continue
    for (const { node, scope, text } of literals) {
      const site = program.siteOf(node, scope)
      const line = program.line(node, scope.module)
      const run = site && program.first(site)
      if (!site || !run || run.when === 'never' || run.when === 'main' || places.has(`${scope.module.path}:${line}`) || run.conditional) continue
      yield {
        path: scope.module.path,
        range: { start: node.start, end: node.end },
        when: run.when,
        trace: program.trace({ ...site, node }, `${key} is set to a literal`),
        ...(replaced ? { severity: 'degrades' as const } : {}),
        message: `${key} is written into the code${random(text, 16) ? '' : ', and is a word that can be guessed'}: whoever reads the repo can forge sessions or tokens of every user. Read it from an environment variable and make a new one.`,
        remedy: { kind: 'manual', reason: `Set ${key} from the environment, with a new value that was never committed.` },
      }
    }
  }
}
