import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { requiredOnHost } from '../../../src/lang/python/settings/host-value.js'
import { signingKeys, type SigningKey } from '../../../src/lang/python/settings/signing-keys.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { ancestor, field, walk } from '../../../src/lang/python/program.js'

const random = /^(os\.urandom|secrets\.(token_\w+|randbits|choice)|uuid\.uuid[14]|random\.\w+|random\.SystemRandom\(\)\.\w+|string\.\w+|cryptography\.fernet\.Fernet\.generate_key|Crypto\.Random\.get_random_bytes|numpy\.random\.\w+|django\.core\.management\.utils\.get_random_secret_key)$/

export const stateRandomSecret = {
  id: 'state-random-secret',
  title: 'Signing key made anew at every start',
  hazard: 'ephemeral-secret',
  language: 'python',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const seen = new Set<number>()
    for (const found of signingKeys(program)) {
      const behind = found.behind ?? unsetBefore(program, found)
      const key = behind === undefined ? found : { ...found, behind, name: behind }
      if (key.read || !isRandom(program, key)) continue
      const site = program.siteOf(key.node, key.scope)
      if (!site || site.runs.every((run) => run.when === 'request')) continue
      const place = spotted(program, site, key.node, `${found.name} is made at random here`, key.maybe ? 'degrades' : 'breaks')
      if (!place || seen.has(key.whole.start)) continue
      seen.add(key.whole.start)
      const unset = key.behind === undefined ? '' : ` when ${key.behind} is not set`
      yield {
        ...place,
        message: `${found.name} is made at random at every start${unset}. The host runs several instances and starts new ones at any time, so what one has signed the next refuses: users are logged out and forms fail. Set ${key.name} once, as a secret variable of the host.`,
        remedy: remedyOf(context, key),
      }
    }
  },
} satisfies Rule

/** `key = os.getenv("APP_KEY")`, then `if not key:` around the random one: the variable that should hold it. */
function unsetBefore(program: PythonProgram, { node, scope }: SigningKey): string | undefined {
  for (let at = ancestor(node, 'if_statement', 'function_definition'); at?.kind === 'if_statement'; at = ancestor(at, 'if_statement', 'function_definition')) {
    const test = field(at, 'condition')
    const inner = test?.kind === 'not_operator' ? field(test, 'argument') : undefined
    const left = field(ancestor(node, 'assignment') ?? node, 'left')
    if (!inner || !left || node.start > (field(at, 'consequence')?.end ?? 0) || program.text(inner, scope.module) !== program.text(left, scope.module)) continue
    const before = (scope.bindings.get(program.text(left, scope.module)) ?? []).filter((binding) => binding.node.start < at.start)
    const value = before.length === 1 && before[0] ? field(ancestor(before[0].node, 'assignment') ?? before[0].node, 'right') : undefined
    const [variable, ...more] = value ? program.guards.reads(value, scope) : []
    if (variable !== undefined && more.length === 0) return variable
  }
  return undefined
}

/** A call that gives something else each time, as the value or inside it. */
function isRandom(program: PythonProgram, { node, scope }: SigningKey): boolean {
  const calls = [...walk(node)].filter((at) => at.kind === 'call')
  return calls.some((call) => {
    const callee = field(call, 'function')
    return callee !== undefined && program.origins(callee, scope).some((origin) => random.test(origin))
  })
}

function remedyOf({ target }: RuleContext, { name, whole, wholeScope }: SigningKey): Remedy {
  const { module } = wholeScope
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited. Read ${name} from the environment there.` }
  if (!/^[A-Za-z_]\w*$/.test(name)) return { kind: 'manual', reason: 'Read the key from a variable of the host.' }
  return {
    kind: 'fix',
    safety: 'safe',
    title: `Read ${name} from the environment on the host`,
    changes: requiredOnHost(target, whole, wholeScope, name),
    needs: [{ kind: 'env', name, secret: true, why: 'signs sessions and tokens; the same on every instance' }],
    left: `Make a value once (python -c "import secrets; print(secrets.token_hex(32))") and set it as ${name}.`,
  }
}
