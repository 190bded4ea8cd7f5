import type { Need, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { ensureImport, replaceNode } from '../../../src/lang/python/edit.js'
import { isSecretName } from '../../../src/lang/python/environment.js'
import { severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { ancestor, field, literalText, type PyCall, type PyNode, type PySite } from '../../../src/lang/python/program.js'

export const cfgDotenv = {
  id: 'cfg-dotenv',
  title: 'Settings that only a .env file gives',
  hazard: 'env-required-at-import',
  language: 'python',
  assumes: 'persistent-disk',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const call of program.calls('dotenv.dotenv_values')) {
      const reads = [...readsOf(program, call)]
      const [surest] = [...reads].sort((a, b) => order(a.site) - order(b.site))
      if (!surest || isMerged(program, call) || shipped(program, call, context)) continue
      const run = surestRun(surest.site)
      if (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request') continue
      const names = [...new Set(reads.map(({ name }) => name))]
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: [...program.trace(surest.site, `reads ${surest.name} from what the file held`, run), { file: call.module.path, line: program.line(call.node, call.module), note: 'reads the file only' }],
        severity: severityFor(run, surest.required ? 'blocks' : 'breaks'),
        message: `dotenv_values() reads the .env file and nothing else. The file is not in the repo, so on the host ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''} ${names.length === 1 ? 'is' : 'are'} missing even when the host has ${names.length === 1 ? 'it' : 'them'} set${surest.required ? ' (KeyError)' : ''}. Let the environment's values go over the file's.`,
        remedy: remedyOf(call, names),
      }
    }
  },
} satisfies Rule

type Read = { readonly name: string; readonly required: boolean; readonly site: PySite }
const order = (site: PySite): number => ['import', 'startup', 'request', 'build', 'main', 'never'].indexOf(site.runs[0]?.when ?? 'never')

/** `config["X"]` and `config.get("X")` on what the call returned. */
function* readsOf(program: PythonProgram, call: PyCall): Generator<Read> {
  const own = (node: PyNode, site: PySite): boolean => node === call.node || program.definitions(node, site.scope).some((one) => one.node === call.node)
  for (const site of program.sites('subscript')) {
    const [value, key] = [field(site.node, 'value'), field(site.node, 'subscript')]
    const name = key?.kind === 'string' ? literalText(key, site.module.text) : undefined
    if (value && name !== undefined && own(value, site)) yield { name, required: true, site }
  }
  for (const site of program.callsMatching(/^dotenv\.dotenv_values\(\)\.get$/)) {
    const [callee, key] = [field(site.node, 'function'), site.args[0]]
    const object = callee && field(callee, 'object')
    const name = key?.kind === 'string' ? literalText(key, site.module.text) : undefined
    if (object && name !== undefined && site.args.length === 1 && own(object, site)) yield { name, required: false, site }
  }
}
/** `{**dotenv_values(".env"), **os.environ}`: the documented way. */
function isMerged(program: PythonProgram, { node, module }: PyCall): boolean {
  const holder = ancestor(node, 'dictionary', 'binary_operator')
  return holder !== undefined && program.text(holder, module).includes('environ')
}
/** A file that is in the repo is there on the host too. */
function shipped(program: PythonProgram, call: PyCall, { repo }: RuleContext): boolean {
  const path = call.args[0] ?? call.kwargs.get('dotenv_path')
  const names = path ? program.fold.path(path, call.scope).flatMap((piece) => (piece.exact ? [piece.text] : [])) : ['.env']
  return names.some((name) => repo.has(name) && (repo.tracked?.has(name) ?? true))
}
function remedyOf({ node, module }: PyCall, names: readonly string[]): Remedy {
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const os = ensureImport(module, 'os')
  const needs = names.map((name): Need => ({ kind: 'env', name, secret: isSecretName(name), why: `read by ${module.path}` }))
  return { kind: 'fix', safety: 'safe', title: "Let the environment's values go over the file's", changes: [...os.changes, replaceNode(module, node, `{**${module.text.slice(node.start, node.end)}, **${os.name}.environ}`)], needs }
}
