import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { repoPath } from '../../../src/lang/python/storage/files.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { atMost } from '../../../src/lang/python/severity.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, type PyCall, type PyNode } from '../../../src/lang/python/program.js'

/** Loaders of a key file, and the same loader for its content. `undefined`: the argument itself may be the content. */
const loaders: readonly { readonly origin: RegExp; readonly keyword: string; readonly content: string | undefined; readonly variable: string }[] = [
  { origin: /^firebase_admin\.credentials\.Certificate$/, keyword: 'cert', content: undefined, variable: 'FIREBASE_CREDENTIALS' },
  { origin: /^google\.oauth2\.service_account\.(Id)?\w*Credentials\.from_service_account_file$/, keyword: 'filename', content: 'from_service_account_info', variable: 'GOOGLE_CREDENTIALS' },
  { origin: /^google\.cloud\.\w+(\.\w+)*\.from_service_account_json$/, keyword: 'json_credentials_path', content: 'from_service_account_info', variable: 'GOOGLE_CREDENTIALS' },
  { origin: /^oauth2client\.service_account\.ServiceAccountCredentials\.from_json_keyfile_name$/, keyword: 'filename', content: 'from_json_keyfile_dict', variable: 'GOOGLE_CREDENTIALS' },
  { origin: /^gspread\.service_account$/, keyword: 'filename', content: 'service_account_from_dict', variable: 'GOOGLE_CREDENTIALS' },
]

export const cfgMultilineSecret = {
  id: 'cfg-multiline-secret',
  title: 'Key file that is not in the repo',
  hazard: 'env-required-at-import',
  language: 'python',
  assumes: 'persistent-disk',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const loader of loaders)
      for (const call of program.callsMatching(loader.origin)) {
        const node = call.kwargs.get(loader.keyword) ?? call.args[0]
        const file = node && missing(program, context, node, call)
        if (!node || file === undefined) continue
        const place = spotted(program, call, call.node, `reads ${file}`, 'blocks')
        if (!place) continue
        yield {
          ...place,
          severity: call.handled ? atMost(place.severity, 'degrades') : place.severity,
          message: `The key file '${file}' is not in the repo (and must not be), so on the host it does not exist and this raises FileNotFoundError. Put its content into a secret variable and load it from there.`,
          remedy: remedyOf(program, context, call, node, loader),
        }
      }
  },
} satisfies Rule

/** The file, when every way to read the path leads to one that the repo does not hold. */
function missing(program: PythonProgram, { repo, app }: RuleContext, node: PyNode, call: PyCall): string | undefined {
  const places = program.fold.path(node, call.scope)
  const [first] = places
  if (!first || places.some((place) => !place.exact || place.env !== undefined || (place.base !== 'cwd' && place.base !== 'repo'))) return undefined
  const known = places.some((place) => {
    const path = repoPath(place, app.root)
    return path === undefined || repo.has(path)
  })
  return known || !/\.json$/i.test(first.text) ? undefined : first.text
}

function remedyOf(program: PythonProgram, { target }: RuleContext, call: PyCall, node: PyNode, { content, variable }: (typeof loaders)[number]): Remedy {
  const { module, scope } = call
  const reason = `Put the file's content into ${variable} on the host and load it with json.loads(os.environ["${variable}"]).`
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited. ${reason}` }
  const needs = [{ kind: 'env' as const, name: variable, secret: true, why: 'the content of the key file' }]
  const fix = { kind: 'fix' as const, safety: 'review' as const, title: `Load the key from ${variable} on the host`, needs, left: `Set ${variable} to the whole content of the key file.` }
  const loaded = `{json}.loads({os}.environ["${variable}"])`
  if (content === undefined) return { ...fix, changes: onHost(target, node, scope, loaded, ['json', 'os']) }
  const callee = field(call.node, 'function')
  const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
  if (!object || call.spread) return { kind: 'manual', reason }
  const others = [...call.args.filter((arg) => arg !== node).map((arg) => program.text(arg, module)), ...[...call.kwargs].filter(([, value]) => value !== node).map(([name, value]) => `${name}=${program.text(value, module)}`)]
  const there = `${program.text(object, module)}.${content}(${[loaded, ...others].join(', ')})`
  return { ...fix, changes: onHost(target, call.node, scope, there, ['json', 'os']) }
}
