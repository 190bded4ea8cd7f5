/** CPython's own verdict on many sources at once: tree-sitter accepts programs that Python refuses. */
import { spawnSync } from 'node:child_process'

export type Source = { readonly label: string; readonly text: string }

const script = `
import json, sys, warnings
warnings.simplefilter("ignore")
out = []
for item in json.load(sys.stdin):
    try:
        compile(item["text"].encode("utf-8", "surrogatepass"), item["label"], "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        out.append(f"{item['label']}: {error}")
json.dump(out, sys.stdout)
`

/** What does not compile; undefined when there is no python3 here (an error under CI). */
export function pythonErrors(sources: readonly Source[]): readonly string[] | undefined {
  if (sources.length === 0) return []
  const run = spawnSync('python3', ['-I', '-c', script], { input: JSON.stringify(sources), encoding: 'utf8', maxBuffer: 1 << 26 })
  if (run.error) {
    if (process.env['CI']) throw new Error('python3 is needed to compile the fixed sources', { cause: run.error })
    return undefined
  }
  if (run.status !== 0) throw new Error(`python3 failed: ${run.stderr}`)
  return JSON.parse(run.stdout) as string[]
}
