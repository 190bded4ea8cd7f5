import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { insertAt } from '../../../src/lang/javascript/edit.js'
import { quoteJs, styleOf } from '../../../src/lang/javascript/style.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { callName } from '../../../src/lang/javascript/storage/clients.js'
import { repoPath } from '../../../src/lang/javascript/storage/files.js'
import { onlyFrom } from '../../../src/lang/javascript/settings/required-env.js'
import { bare, type JsCall, type JsNode, type JsSite } from '../../../src/lang/javascript/program.js'
import { dirOf, join } from '../../../src/lang/paths.js'
import { atMost } from '../../../src/lang/severity.js'
import { spotted } from '../../../src/lang/spotted.js'

/** Calls that take a PEM key, and where. */
const keyed: readonly { readonly origin: RegExp; readonly keys: readonly string[]; readonly inside?: string; readonly at?: number }[] = [
  { origin: /^firebase-admin(\/app)?(\.default)?(\.credential)?\.cert$/, keys: ['privateKey', 'private_key'] },
  { origin: /^(googleapis\.google\.auth|google-auth-library)\.JWT$/, keys: ['key'], at: 2 },
  { origin: /^(googleapis\.google\.auth|google-auth-library)\.GoogleAuth$/, keys: ['private_key'], inside: 'credentials' },
  { origin: /^@google-cloud\/[\w-]+\.\w+$/, keys: ['private_key'], inside: 'credentials' },
  { origin: /^google-spreadsheet\.GoogleSpreadsheet\(\)\.useServiceAccountAuth$/, keys: ['private_key'] },
]

export const cfgMultilineSecret = {
  id: 'cfg-multiline-secret',
  title: 'Key of several lines, or key file that is not in the repo',
  hazard: 'env-required-at-import',
  language: 'javascript',
  assumes: 'persistent-disk',
  severity: 'blocks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const { origin, keys, inside, at } of keyed)
      for (const call of program.callsMatching(origin))
        for (const node of keysOf(program, call, keys, inside, at)) {
          const name = onlyFrom(program, node)
          const place = name !== undefined && spotted(program, call, node, `takes the key from ${name}`, 'blocks')
          if (!place || name === undefined) continue
          yield {
            ...place,
            severity: call.handled ? atMost(place.severity, 'degrades') : atMost(place.severity, 'breaks'),
            message: `The key in ${name} has several lines. Settings of a host, and .env files, usually hold it in one line with \\n for the line breaks, and then it is no valid key ("Invalid PEM formatted message", "DECODER routines::unsupported"). Turn \\n back into line breaks where the key is read.`,
            remedy: lineBreaks(program, node),
          }
        }
    yield* keyFiles(program, context)
  },
} satisfies Rule

function keysOf(program: JsProgram, call: JsCall, keys: readonly string[], inside: string | undefined, at: number | undefined): readonly JsNode[] {
  const positional = at === undefined ? undefined : call.args[at]
  if (positional) return [positional]
  const options = optionsOf(program, call.args[0])
  const holders = inside === undefined ? [options] : options.get(inside).map((node) => optionsOf(program, node))
  return holders.flatMap((holder) => keys.flatMap((key) => holder.get(key)))
}
function lineBreaks(program: JsProgram, node: JsNode): Remedy {
  const module = program.moduleOf(node)
  const read = bare(node)
  if (module.brokenAt !== undefined || !/^process\.env\b/.test(program.text(read)) || node.parent?.kind === 'ShorthandPropertyAssignment') return { kind: 'manual', reason: "Append `.replace(/\\\\n/g, '\\n')` where the variable is read." }
  return { kind: 'fix', safety: 'safe', title: 'Turn \\n back into line breaks', changes: [insertAt(module, read.end, `${node === read ? '?' : ''}.replace(/\\\\n/g, ${quoteJs('\n', styleOf(module)).replace('\n', '\\n')})`)] }
}

const keyFile = /(service.?account|firebase|credential|adminsdk|(^|[\W_])key)[^/]*\.json$|\.(pem|key|p8|p12)$/i
/** `require('./serviceAccountKey.json')` and readFileSync of a key that git ignores, as it should. */
function* keyFiles(program: JsProgram, { repo, app }: RuleContext): Generator<Problem> {
  const tell = function* (site: JsSite, node: JsNode, file: string, what: string): Generator<Problem> {
    const place = spotted(program, site, node, `reads ${file}`, 'blocks')
    if (place)
      yield {
        ...place,
        severity: site.handled ? atMost(place.severity, 'degrades') : place.severity,
        message: `The key file '${file}' is not in the repo (and must not be), so on the host it does not exist and ${what}. Put its content into a secret variable and read it from there.`,
        remedy: { kind: 'manual', reason: /\.json$/i.test(file) ? 'Set a variable to the whole content of the file, and use `JSON.parse(process.env.…)` in its place.' : 'Set a variable to the content of the file, with \\n for the line breaks, and turn them back where it is read.' },
      }
  }
  for (const site of program.imports()) {
    if (!site.target.startsWith('.') || site.resolved !== undefined || site.typeOnly || !keyFile.test(site.target)) continue
    const file = join(dirOf(site.module.path), site.target)
    if (!repo.has(file)) yield* tell(site, site.node, file, 'the app stops with "Cannot find module"')
  }
  for (const call of program.callsMatching(/^fs\.readFileSync$/)) {
    const [arg] = call.args
    const places = arg ? program.fold.path(arg) : []
    const paths = places.map((place) => (place.exact && place.env === undefined ? repoPath(place, app.root) : undefined))
    const [file] = paths
    if (arg && file !== undefined && paths.every((path) => path !== undefined && keyFile.test(path) && !repo.has(path))) yield* tell(call, call.node, file, `${callName(program, call)} throws ENOENT`)
  }
}
