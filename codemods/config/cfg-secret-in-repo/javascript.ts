/** Express: keys that sign and passwords of databases, written into the code, and sample files that are loaded as the real ones. */
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { literalText, type JsCall, type JsNode } from '../../../src/lang/javascript/program.js'
import { databaseClients } from '../../../src/lang/javascript/storage/clients.js'
import { repoPath } from '../../../src/lang/javascript/storage/files.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { JsProgram, Problem, Snapshot } from '../../../src/types.js'
import { random } from './formats.js'

/** `process.loadEnvFile('.env.example')`: what was meant as an example is what the app runs with. */
export function* loadedSamples(program: JsProgram, repo: Snapshot): Generator<Problem> {
  for (const call of program.callsMatching(/^process\.loadEnvFile$|^dotenv(\.default)?\.config$|^dotenv-(flow|safe|expand)\b.*\.config$/)) {
    const given = call.names.includes('process.loadEnvFile') ? call.args.slice(0, 1) : optionsOf(program, call.args[0]).get('path')
    for (const node of given) {
      const path = program.fold.path(node).map((one) => repoPath(one, program.app.root)).find((one) => one !== undefined && /(^|\/)[^/]*env[^/]*(example|sample|template|dist)|(example|sample|template)[^/]*env/i.test(one) && repo.has(one))
      const place = path === undefined ? undefined : spotted(program, call, node, `loads ${path}`, 'breaks')
      if (place) yield { ...place, message: `The app loads ${path ?? ''}, which is committed: where a variable is not set on the host, it runs with the sample value that everyone with the repo knows. Set the variables on the host, and load a file of its own (.env, not committed) for a local start.`, remedy: { kind: 'manual', reason: 'Which of the sample values are harmless, only you know. Load .env here, keep it out of git, and set the real values on the host.' } }
    }
  }
}

type Key = { readonly call: JsCall; readonly node: JsNode; readonly what: string }
function* keys(program: JsProgram): Generator<Key> {
  const session = 'forge the session of any user'
  const token = 'make a token of any user'
  for (const call of program.callsMatching(/^(express-session|cookie-session)(\.default)?$/)) for (const name of ['secret', 'keys']) for (const node of optionsOf(program, call.args[0]).get(name)) yield { call, node, what: session }
  for (const call of program.callsMatching(/^cookie-parser(\.default)?$/)) if (call.args[0]) yield { call, node: call.args[0], what: session }
  for (const call of program.callsMatching(/^jsonwebtoken(\.default)?\.(sign|verify)$/)) if (call.args[1]) yield { call, node: call.args[1], what: token }
  for (const call of program.callsMatching(/^passport-jwt(\.default)?\.Strategy$/)) for (const node of optionsOf(program, call.args[0]).get('secretOrKey')) yield { call, node, what: token }
  for (const call of program.callsMatching(/^express-jwt(\.(expressjwt|default|expressJwt))?$/)) for (const node of optionsOf(program, call.args[0]).get('secret')) yield { call, node, what: token }
}

/** Each literal once, wherever it signs. */
export function* signingLiterals(program: JsProgram, places: ReadonlySet<string>): Generator<Problem> {
  const told = new Set<JsNode>()
  for (const { call, node, what } of keys(program)) {
    for (const { literal, text } of literalsOf(program, node)) {
      const module = program.moduleOf(literal)
      const line = program.line(literal)
      if (told.has(literal) || text.trim() === '' || places.has(`${module.path}:${line}`)) continue
      told.add(literal)
      const place = spotted(program, call, literal, 'signs with a literal', 'breaks')
      if (!place) continue
      yield {
        ...place,
        path: module.path,
        trace: [...place.trace.slice(0, -1), { file: module.path, line, note: 'the key that signs' }],
        message: `A signing key is written into the code${random(text, 16) ? '' : ', and is a word that can be guessed'}: whoever reads the repo can ${what}. Read it from an environment variable and make a new one.`,
        remedy: { kind: 'manual', reason: 'Set the key from the environment, with a new value that was never committed.' },
      }
    }
  }
}
const ownMachine = /^(localhost|127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)?$/
const standIn = /^$|pass(word|wd)|^(secret|changeme|root|admin|postgres|mysql|user|test|none|null|\d{1,6})$|your|xxx|\*\*\*|<|example|change[-_ ]?me|placeholder|\.\.\./i
/** `new Sequelize(name, user, 'password', …)`, `createPool({ password: '…' })`. What opens only the developer's own server weighs less. */
export function* databasePasswords(program: JsProgram, places: ReadonlySet<string>): Generator<Problem> {
  const told = new Set<JsNode>()
  for (const { call, what, name, options, addresses } of databaseClients(program)) {
    const third = /^new Sequelize\b/.test(name) && call.args.length > 2 ? call.args.slice(2, 3) : []
    const given = [...third, ...options.get('password'), ...options.get('connection').flatMap((inner) => optionsOf(program, inner).get('password'))]
    // With a name, a user and a password before it, the first text is no address.
    const hosts = [...options.get('host'), ...(third.length > 0 ? [] : addresses)].flatMap((node) => program.values(node))
    const local = hosts.length === 0 || hosts.every((host) => host.kind === 'literal' && typeof host.value === 'string' && ownMachine.test(host.value))
    for (const { literal, text } of given.flatMap((node) => literalsOf(program, node))) {
      const module = program.moduleOf(literal)
      const line = program.line(literal)
      if (told.has(literal) || text.length < 6 || standIn.test(text) || places.has(`${module.path}:${line}`)) continue
      told.add(literal)
      const place = spotted(program, call, literal, `the password of ${what} stands here`, local ? 'degrades' : 'breaks')
      if (!place) continue
      yield {
        ...place,
        path: module.path,
        trace: [...place.trace.slice(0, -1), { file: module.path, line, note: `the password of ${what} stands here` }],
        message: `${name} is given a password that is written into the code: whoever reads the repo can ${local ? 'try it wherever it is used again, and the host needs another one' : 'read and change what the database holds'}. Read it from an environment variable and make a new one.`,
        remedy: { kind: 'manual', reason: 'A password that was committed is known: it must be made anew, and only you can do that.' },
      }
    }
  }
}
/** Texts that the key can only be; none when anything else may replace them. */
function literalsOf(program: JsProgram, node: JsNode): readonly { readonly literal: JsNode; readonly text: string }[] {
  const values = program.values(node)
  const found = values.flatMap((value) => {
    if (value.kind === 'literal' && typeof value.value === 'string') return [{ literal: value.node, text: value.value }]
    if (value.kind !== 'literal-object' || value.node.kind !== 'ArrayLiteralExpression') return []
    return value.node.children.flatMap((item) => {
      const text = literalText(item, program.moduleOf(item).text)
      return text === undefined ? [] : [{ literal: item, text }]
    })
  })
  return values.length === 1 ? found : []
}
