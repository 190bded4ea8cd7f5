import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { insertAt, insertBefore } from '../../../src/lang/python/edit.js'
import { diskOf } from '../../../src/lang/python/storage/files.js'
import { hostGuard, importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { field, literalText, statementOf, type PyCall, type PyNode } from '../../../src/lang/python/program.js'
import { atMost, severityFor } from '../../../src/lang/python/severity.js'

type Cache = { readonly match: RegExp; readonly what: string; /** Keywords that name a folder instead. */ readonly words: readonly string[]; /** Variables that do. */ readonly variables: readonly string[] }
const caches: readonly Cache[] = [
  { match: /^nltk\.(downloader\.)?download$/, what: "NLTK's data", words: ['download_dir'], variables: [] },
  { match: /^tiktoken\.(get_encoding|encoding_for_model)$/, what: "tiktoken's vocabulary", words: [], variables: ['TIKTOKEN_CACHE_DIR', 'DATA_GYM_CACHE_DIR'] },
  { match: /^huggingface_hub\.(hf_hub_download|snapshot_download)$/, what: 'a model from Hugging Face', words: ['cache_dir', 'local_dir'], variables: ['HF_HOME', 'HF_HUB_CACHE'] },
  { match: /^easyocr\.Reader$/, what: "EasyOCR's models", words: ['model_storage_directory'], variables: ['EASYOCR_MODULE_PATH', 'MODULE_PATH'] },
  { match: /^whisper\.load_model$/, what: "Whisper's model", words: ['download_root'], variables: ['XDG_CACHE_HOME'] },
  { match: /^spacy\.cli\.download$/, what: "spaCy's model", words: [], variables: [] },
  { match: /^webdriver_manager\..*\.install$|^chromedriver_autoinstaller\.install$/, what: 'a browser driver', words: ['path'], variables: [] },
]

export const fsHomeCache = {
  id: 'fs-home-cache',
  title: 'Data downloaded into the home folder',
  hazard: 'file-write',
  language: 'python',
  assumes: 'writable-disk',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const set = variablesSet(program)
    for (const { match, what, words, variables } of caches)
      for (const call of program.callsMatching(match)) {
        const run = program.first(call)
        if (run.when === 'main' || run.when === 'build' || run.when === 'never' || variables.some((name) => set.has(name))) continue
        const folder = words.map((word) => call.kwargs.get(word)).find((node) => node !== undefined)
        if (folder && program.fold.path(folder, call.scope).some((place) => diskOf(place) !== 'beside')) continue
        const certain = severityFor(run, run.when === 'request' ? 'breaks' : 'blocks')
        yield {
          path: call.module.path,
          range: { start: call.node.start, end: call.node.end },
          when: run.when,
          trace: program.trace(call, `downloads ${what}`, run),
          // NLTK prints the failure and goes on.
          severity: call.handled || what.startsWith('NLTK') ? atMost(certain, 'breaks') : certain,
          message: `${what} is downloaded into ${folder ? 'a folder beside the code' : 'the home folder'} ${run.when === 'request' ? 'while a request is answered' : 'when the app is imported'}. On the host that folder can't be written, and every new instance would download it again. Bring the data with the repo or fetch it in a build step, and name its folder; at least use the temp folder.`,
          remedy: remedyOf(context, call, what, folder, variables),
        }
      }
  },
} satisfies Rule

/** Variables that the code itself sets: `os.environ['HF_HOME'] = …`. */
function variablesSet(program: PythonProgram): ReadonlySet<string> {
  const names = new Set<string>()
  for (const site of program.sites('assignment')) {
    const left = field(site.node, 'left')
    const [value, key] = left?.kind === 'subscript' ? [field(left, 'value'), field(left, 'subscript')] : [undefined, undefined]
    if (value && key?.kind === 'string' && program.origins(value, site.scope).includes('os.environ')) names.add(literalText(key, site.module.text) ?? '')
  }
  for (const call of program.calls('os.environ.setdefault', 'os.putenv')) if (call.args[0]?.kind === 'string') names.add(literalText(call.args[0], call.module.text) ?? '')
  return names
}

function remedyOf({ target }: RuleContext, call: PyCall, what: string, folder: PyNode | undefined, variables: readonly string[]): Remedy {
  const { module, scope } = call
  const list = field(call.node, 'arguments')
  const statement = statementOf(call.node)
  if (!what.startsWith('NLTK') || folder || call.spread || !list || call.args.length !== 1 || module.brokenAt !== undefined || statement.kind !== 'expression_statement') {
    return { kind: 'manual', reason: variables[0] === undefined ? 'Where the data comes from instead (the repo, a build step, a service) is a decision.' : `Set ${variables[0]} to a folder that the host can read or write, or bring the data with the repo.` }
  }
  const [os, tempfile, nltk] = ['os', 'tempfile', 'nltk'].map((name) => importedAt(module, scope, statement, name))
  if (!os || !tempfile || !nltk) return { kind: 'manual', reason: 'The modules that are needed can not be imported here.' }
  const guard = hostGuard(target, module, scope, statement)
  const there = `${os.name}.path.join(${tempfile.name}.gettempdir(), "nltk_data")`
  const changes: Change[] = [
    ...os.changes, ...tempfile.changes, ...nltk.changes, ...guard.changes,
    insertBefore(module, statement, [`${nltk.name}.data.path.append(${there})`]),
    insertAt(module, list.end - 1, `, download_dir=${there} if ${guard.text} else None`),
  ]
  return { kind: 'fix', safety: 'review', title: 'Download below the temp folder on the host', changes, left: `Each new instance of the host downloads ${what} again: bring the data with the repo and add its folder to nltk.data.path, if that takes too long.` }
}
