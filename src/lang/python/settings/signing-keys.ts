/** Keys that sign sessions and tokens: where the served app gets them from. */
import { alternatives, type Alternative } from './alternatives.js'
import { givenSettings } from './given-settings.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyNode } from '../types.js'

/** `name`: the setting, or the variable that should hold the key. */
export type SigningKey = Alternative & { readonly name: string; readonly maybe: boolean }

const settings = ['SECRET_KEY', 'JWT_SECRET_KEY', 'JWT_SECRET', 'SECURITY_PASSWORD_SALT', 'WTF_CSRF_SECRET_KEY', 'SECURITY_TOKEN_SALT']
/** Which argument is the key, by origin. */
const signers: readonly { readonly origin: RegExp; readonly at: number; readonly keyword: string; readonly name: string }[] = [
  { origin: /^(jwt|jose\.jwt|authlib\.jose\.jwt)\.(encode|decode)$/, at: 1, keyword: 'key', name: 'JWT_SECRET_KEY' },
  { origin: /^itsdangerous\.(\w+\.)?\w*(Serializer|Signer)$/, at: 0, keyword: 'secret_key', name: 'SECRET_KEY' },
  { origin: /^(fastapi|starlette)\.middleware\.sessions\.SessionMiddleware$/, at: 1, keyword: 'secret_key', name: 'SECRET_KEY' },
  { origin: /^fastapi_users\.authentication\.(strategy\.)?JWTStrategy$/, at: 0, keyword: 'secret', name: 'JWT_SECRET_KEY' },
  { origin: /^cryptography\.fernet\.Fernet$/, at: 0, keyword: 'key', name: 'FERNET_KEY' },
]

/** Every expression that a signing key may come down to on the host, once. */
export function* signingKeys(program: PythonProgram): Generator<SigningKey> {
  const seen = new Set<PyNode>()
  for (const one of found(program)) {
    if (seen.has(one.node)) continue
    seen.add(one.node)
    yield one
  }
}
function* found(program: PythonProgram): Generator<SigningKey> {
  for (const name of settings) for (const given of givenSettings(program, name)) for (const one of alternatives(program, given.node, given.scope)) yield { ...one, name: one.behind ?? name, maybe: given.maybe }
  for (const call of program.calls())
    for (const { origin, at, keyword, name } of signers) {
      const registered = isRegistered(program, call, origin)
      if (!registered && !call.names.some((written) => origin.test(written))) continue
      const key = call.kwargs.get(keyword) ?? (registered ? undefined : call.args[at])
      if (key && call.runs.some((run) => run.when !== 'main')) for (const one of alternatives(program, key, call.scope)) yield { ...one, name: one.behind ?? name, maybe: false }
    }
}
/** `app.add_middleware(SessionMiddleware, secret_key=…)`: the app makes it, with what is passed beside. */
function isRegistered(program: PythonProgram, call: PyCall, origin: RegExp): boolean {
  const [first] = call.args
  return first !== undefined && call.names.some((name) => /\.add_middleware$|^(fastapi|starlette)\.middleware\.Middleware$/.test(name)) && program.origins(first, call.scope).some((name) => origin.test(name))
}
