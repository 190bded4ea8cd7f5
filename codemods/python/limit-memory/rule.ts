import { spotted } from '../../../src/lang/python/settings/spotted.js'
import type { PyCall, PythonProgram } from '../../../src/lang/python/program.js'
import { surestRun } from '../../../src/lang/python/severity.js'
import type { Problem, Rule, RuleContext } from '../../../src/types.js'

/** Loaders that put a model's weights into the memory of this process. */
const language = /^(transformers\.(pipeline|\w+\.from_pretrained)|sentence_transformers\.(SentenceTransformer|CrossEncoder)|vllm\.LLM|ctransformers\.\w+\.from_pretrained|peft\.\w+\.from_pretrained|llama_cpp\.Llama(\.from_pretrained)?|gpt4all\.GPT4All)$/
const whisper = /^(whisper\.load_model|whisperx\.load_model|faster_whisper\.WhisperModel)$/
/** Readers of the pieces beside the weights. */
const light = /Tokenizer|Processor|Config|FeatureExtractor/

/** Parameters in millions, as openai/whisper's README lists its models. */
const whispers: Readonly<Record<string, number>> = { tiny: 39, base: 74, small: 244, medium: 769, large: 1550, turbo: 809 }

export const limitMemory = {
  id: 'limit-memory',
  title: 'Model larger than the host\'s memory',
  hazard: 'large-dependency',
  language: 'python',
  assumes: 'large-memory',
  severity: 'breaks',
  *check(program: PythonProgram, { target, plan }: RuleContext): Generator<Problem> {
    const limit = target.limits[plan].memoryMb
    if (limit === undefined) return
    for (const call of program.calls()) {
      const loader = call.names.find((name) => (language.test(name) || whisper.test(name)) && !light.test(name))
      const model = loader === undefined ? undefined : modelOf(program, call)
      const millions = loader === undefined || model === undefined ? undefined : whisper.test(loader) ? whispers[model.name.toLowerCase().replace(/^.*[/_]|\.en$|-?v\d+$/g, '').replace(/^whisper-/, '')] : fromName(model.name)
      if (loader === undefined || model === undefined || millions === undefined) continue
      const bytes = bytesEach(program, call, loader, model.name)
      const needed = millions * bytes
      if (needed <= limit) continue
      const run = surestRun(call)
      const place = spotted(program, { ...call, runs: [{ ...run, conditional: run.conditional || model.maybe }] }, call.node, `loads ${model.name}`, run.when === 'import' || run.when === 'startup' ? 'blocks' : 'breaks')
      if (place) yield { ...place, message: `${model.name} has ${inWords(millions)} parameters, which take about ${inGb(needed)} of memory at ${bytes === 0.5 ? 'four bits' : `${bytes * 8} bits`} each, and an instance here has ${inGb(limit)} for everything. The host kills the process when it loads, without a traceback. Call the model over an API, or run it on a host whose memory you choose.`, remedy: { kind: 'manual', reason: 'Where the model runs is a decision of cost and quality: an API that offers it, a smaller model, or an instance with enough memory (often a GPU).' } }
    }
  },
} satisfies Rule

/** The model's name; `maybe` when a variable may name another one. */
function modelOf(program: PythonProgram, call: PyCall): { readonly name: string; readonly maybe: boolean } | undefined {
  const given = call.kwargs.get('model') ?? call.kwargs.get('model_name') ?? call.kwargs.get('pretrained_model_name_or_path') ?? call.kwargs.get('repo_id') ?? call.kwargs.get('model_path') ?? (call.names.includes('transformers.pipeline') ? call.args[1] : call.args[0])
  const known = given ? program.fold.text(given, call.scope).filter(({ exact, text }) => exact && text !== '') : []
  const [only, more] = known
  return only && !more ? { name: only.text, maybe: only.env !== undefined } : undefined
}
/** `mistralai/Mistral-7B-Instruct-v0.2`, `phi-1.5b`, `Mixtral-8x7B`: the makers say the size in the name. */
function fromName(name: string): number | undefined {
  const found = /(?:^|[-_/.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?=$|[-_./])/i.exec(name)
  return found?.[2] === undefined ? undefined : Number(found[1] ?? 1) * Number(found[2]) * 1000
}
/** Bytes that one parameter takes; where nothing is said the least that the loader may choose. */
function bytesEach(program: PythonProgram, call: PyCall, loader: string, name: string): number {
  const around = [...call.kwargs].map(([key, value]) => `${key}=${program.text(value, call.module)}`).join(' ')
  const defined = [...call.kwargs.values()].flatMap((value) => program.definitions(value, call.scope).map((one) => program.text(one.node, one.scope.module))).join(' ')
  const said = `${around} ${defined} ${name}`
  // Quantised files come in many widths; four bits are the usual one and nearly the least.
  if (/4[-_]?bit\s*=\s*True|\b(gguf|gptq|awq|ggml)\b|q[2-5](_|\b)|int4|bnb[-_]4bit/i.test(said) || /^(llama_cpp|ctransformers|gpt4all)\b/.test(loader)) return 0.5
  if (/8[-_]?bit\s*=\s*True|int8/i.test(said)) return 1
  if (whisper.test(loader)) return /float16/.test(said) ? 2 : 4
  return 2
}
function inWords(millions: number): string {
  return millions >= 1000 ? `${Number((millions / 1000).toFixed(1))} billion` : `${millions} million`
}
function inGb(mb: number): string {
  return mb >= 1000 ? `${Number((mb / 1024).toFixed(1))} GB` : `${Math.round(mb)} MB`
}
