import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { replaceNode } from '../../../src/lang/javascript/edit.js'
import { alternativesOf, optionsOf } from '../../../src/lang/javascript/options.js'
import { bare, field, walk, type JsNode } from '../../../src/lang/javascript/program.js'
import { requireOnHost } from '../../../src/lang/javascript/settings/host-check.js'
import { requiredVariables } from '../../../src/lang/javascript/settings/required-env.js'
import { spotted } from '../../../src/lang/spotted.js'

const random = /^(crypto\.(randomBytes|randomUUID|randomInt|getRandomValues|generateKeySync|generateKeyPairSync|webcrypto\.getRandomValues)|uuid(\.v[147])?|uuidv4|nanoid(\.nanoid)?|Math\.random|randomstring\.generate|crypto-random-string|uid-safe\.sync|shortid\.generate|keygenerator\.\w+)$/

/** Which argument is the key, and under which of its options. */
const signers: readonly { readonly origin: RegExp; readonly at: number; readonly keys?: readonly string[]; readonly name: string }[] = [
  { origin: /^express-session$/, at: 0, keys: ['secret'], name: 'SESSION_SECRET' },
  { origin: /^cookie-session$/, at: 0, keys: ['secret', 'keys'], name: 'SESSION_SECRET' },
  { origin: /^client-sessions$/, at: 0, keys: ['secret'], name: 'SESSION_SECRET' },
  { origin: /^iron-session\.getIronSession$/, at: 2, keys: ['password'], name: 'SESSION_SECRET' },
  { origin: /^cookie-parser$/, at: 0, name: 'COOKIE_SECRET' },
  { origin: /^jsonwebtoken\.(sign|verify)$/, at: 1, name: 'JWT_SECRET' },
  { origin: /^(express-jwt(\.expressjwt)?|@fastify\/jwt)$/, at: 0, keys: ['secret'], name: 'JWT_SECRET' },
  { origin: /^passport-jwt\.Strategy$/, at: 0, keys: ['secretOrKey'], name: 'JWT_SECRET' },
]

export const stateRandomSecret = {
  id: 'state-random-secret',
  title: 'Signing key made anew at every start',
  hazard: 'ephemeral-secret',
  language: 'javascript',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    const refused = new Set(requiredVariables(program).map(({ name }) => name))
    const seen = new Set<JsNode>()
    for (const call of program.calls())
      for (const signer of signers) {
        if (!call.names.some((name) => signer.origin.test(name))) continue
        const given = call.args[signer.at]
        const keys = given && signer.keys ? signer.keys.flatMap((key) => optionsOf(program, given).get(key)) : given ? [given] : []
        for (const key of keys.flatMap((node) => [...randomIn(program, node)])) {
          if (seen.has(key.node) || (key.variable !== undefined && refused.has(key.variable))) continue
          seen.add(key.node)
          const site = program.siteOf(key.node)
          if (!site || site.runs.every((run) => run.when === 'request')) continue
          const name = key.variable ?? signer.name
          const place = spotted(program, site, key.node, 'the key is made at random here', 'breaks')
          if (!place) continue
          const unset = key.variable === undefined ? '' : ` when ${key.variable} is not set`
          yield {
            ...place,
            message: `The key that signs sessions or tokens is made at random at every start${unset}. The host runs several instances and starts new ones at any time, so what one has signed the next refuses: users are logged out at random. Set ${name} once, as a secret variable of the host.`,
            remedy: remedyOf(program, context, key, name),
          }
        }
      }
  },
} satisfies Rule

type RandomKey = { readonly node: JsNode; /** The variable that stands before it. */ readonly variable: string | undefined }

/** The random values that an expression comes down to: through constants, `a || b`, and lists of keys. */
function* randomIn(program: JsProgram, node: JsNode, variable?: string, depth = 0): Generator<RandomKey> {
  for (const at of alternativesOf(program, node)) {
    const before = variableBefore(program, at) ?? variable
    if (at.kind === 'ArrayLiteralExpression') for (const item of at.children.slice(0, 1)) yield* randomIn(program, item, before, depth + 1)
    else if (isRandom(program, at)) yield { node: at, variable: before }
    else if (depth < 4 && /^(Identifier|PropertyAccessExpression)$/.test(at.kind)) for (const home of program.definitions(at)) if (home !== at) yield* randomIn(program, home, before, depth + 1)
  }
}
function isRandom(program: JsProgram, node: JsNode): boolean {
  if (node.kind !== 'CallExpression' && node.kind !== 'TemplateExpression' && node.kind !== 'BinaryExpression') return false
  return [...walk(node)].some((at) => {
    const callee = at.kind === 'CallExpression' ? field(at, 'expression') : undefined
    return callee !== undefined && program.origins(callee).some((origin) => random.test(origin))
  })
}
/** X of `process.env.X || random()`. */
function variableBefore(program: JsProgram, node: JsNode): string | undefined {
  let at = node
  while (at.parent && bare(at.parent) === node) at = at.parent
  const parent = at.parent
  const left = parent?.kind === 'BinaryExpression' && (parent.op === '||' || parent.op === '??') && at.field === 'right' ? field(parent, 'left') : undefined
  return left && program.guards.reads(left)[0]
}

function remedyOf(program: JsProgram, { target }: RuleContext, { node, variable }: RandomKey, name: string): Remedy {
  const module = program.moduleOf(node)
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited. Read ${name} from the environment there.` }
  const check = requireOnHost(program, target, node, name)
  return {
    kind: 'fix',
    safety: 'safe',
    title: `Read ${name} from the environment on the host`,
    changes: variable === undefined ? [check, replaceNode(module, node, `process.env.${name} || ${program.text(node)}`)] : [check],
    needs: [{ kind: 'env', name, secret: true, why: 'signs sessions and tokens; the same on every instance' }],
    left: `Make a value once (node -e "console.log(require('crypto').randomBytes(32).toString('hex'))") and set it as ${name}.`,
  }
}
