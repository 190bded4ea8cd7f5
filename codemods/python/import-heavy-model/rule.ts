import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { repoPath } from '../../../src/lang/python/storage/files.js'
import { lazyGetter } from '../../../src/lang/python/state/lazy-getter.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, type PyCall, type PyNode } from '../../../src/lang/python/program.js'

/** Below this a file is read in no time. */
const small = 5 * 1024 * 1024
/** Loaders of a file: the size of the file says whether it matters. */
const files = /^(joblib\.load|(sklearn\.externals\.)?joblib\.load|pickle\.load|cPickle\.load|dill\.load|cloudpickle\.load|numpy\.load|pandas\.read_(csv|excel|pickle|parquet|json|feather|hdf)|torch\.load|torch\.jit\.load|onnxruntime\.InferenceSession|gensim\.models\b.*\.load(_word2vec_format)?|fasttext\.load_model)$/
/** Loaders that are always heavy. */
const models = /^((tensorflow\.)?keras\.(saving\.)?models\.load_model|tensorflow\.(keras\.models\.load_model|saved_model\.load)|transformers\.(pipeline|\w+\.from_pretrained)|diffusers\.\w+\.from_pretrained|spacy\.load|sentence_transformers\.(SentenceTransformer|CrossEncoder)|whisper\.load_model|faster_whisper\.WhisperModel|easyocr\.Reader|paddleocr\.PaddleOCR|cv2\.dnn\.read\w+|ultralytics\.YOLO|insightface\.app\.FaceAnalysis|llama_cpp\.Llama|torch\.hub\.load|tensorflow_hub\.load|flair\.models\.\w+\.load|keras_facenet\.FaceNet|mtcnn\.MTCNN)$/

export const importHeavyModel = {
  id: 'import-heavy-model',
  title: 'Model or large file loaded while the app is imported',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'import-unbounded',
  severity: 'degrades',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const call of program.calls()) {
      const loader = call.names.find((name) => models.test(name) || files.test(name))
      if (loader === undefined) continue
      const run = program.first(call)
      if ((run.when !== 'import' && run.when !== 'startup') || run.background) continue
      const size = models.test(loader) ? undefined : sizeOf(program, context, call)
      if (!models.test(loader) && (size === undefined || size < small)) continue
      const place = spotted(program, call, call.node, `${loader}()`, 'degrades')
      if (!place) continue
      const what = size === undefined ? 'a model' : `a file of ${Math.round(size / 1024 / 1024)} MB`
      yield {
        ...place,
        message: `${loader}() loads ${what} while the app is imported. Every new instance does so before it can answer anything, even requests that need none of it, and the host gives up on a start that takes too long. Load it when it is first needed.`,
        remedy: remedyOf(program, call),
      }
    }
    yield* pauses(program)
  },
} satisfies Rule

/** Bytes of the file it reads; undefined when that is not in the repo or not known. */
function sizeOf(program: PythonProgram, { repo, app }: RuleContext, call: PyCall): number | undefined {
  const [first] = call.args
  const path = first && pathArgument(program, first, call)
  if (!path) return undefined
  for (const place of program.fold.path(path.node, path.scope)) {
    const file = place.exact ? repoPath(place, app.root) : undefined
    const size = file === undefined ? undefined : (repo.unread.get(file)?.size ?? repo.files.get(file)?.size)
    if (size !== undefined) return size
  }
  return undefined
}
/** The path itself, or that of the opened file: `pickle.load(open(path, 'rb'))`. */
function pathArgument(program: PythonProgram, node: PyNode, call: PyCall): { readonly node: PyNode; readonly scope: PyCall['scope'] } | undefined {
  const homes = node.kind === 'identifier' ? program.definitions(node, call.scope) : [{ node, scope: call.scope }]
  for (const home of homes.length > 0 ? homes : [{ node, scope: call.scope }]) {
    const callee = home.node.kind === 'call' ? field(home.node, 'function') : undefined
    if (!callee || !program.origins(callee, home.scope).some((origin) => /^(builtins|gzip|bz2|lzma|io)\.open$/.test(origin))) continue
    const path = field(home.node, 'arguments')?.children.find((child) => child.kind !== 'comment')
    if (path) return { node: path, scope: home.scope }
  }
  return { node, scope: call.scope }
}

function remedyOf(program: PythonProgram, call: PyCall): Remedy {
  const changes = lazyGetter(program, call)
  if ('refused' in changes) return { kind: 'manual', reason: `Load it in a function with functools.lru_cache and call that where it is used; not done here because ${changes.refused}.` }
  return { kind: 'fix', safety: 'review', title: 'Load it when it is first needed', changes }
}

/** `time.sleep(5)` before the app is ready. */
function* pauses(program: PythonProgram): Generator<Problem> {
  for (const call of program.calls('time.sleep')) {
    const run = program.first(call)
    if (run.when !== 'import' || run.background || run.weak) continue
    const place = spotted(program, call, call.node, 'waits', 'degrades')
    if (place) yield { ...place, message: 'time.sleep() holds up the import: every new instance waits here before it can answer. Take it out, or wait where something is really needed.', remedy: { kind: 'manual', reason: 'What it waits for is not in the code.' } }
  }
}
