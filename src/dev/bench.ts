/**
 * Where an inspection's time goes, phase by phase, in one process and side by side: `npm run bench -- DIR [runs]`.
 * Numbers depend on the machine: quote ratios, and never assert one in a test.
 */
import { rules } from '../../codemods/index.js'
import { targets } from '../../templates/index.js'
import { detectApps, loadForDetection } from '../frameworks/index.js'
import { findHazards } from '../inspect.js'
import { readSnapshot } from '../io/read.js'
import { pythonGrammar } from '../io/wasm.js'
import { loadPython } from '../lang/python/program.js'
import { readProgram } from '../reading.js'

type Phase = { readonly name: string; readonly cold: number; readonly warm: number }

/** Prints a table: milliseconds of the first run and the median of the later ones. */
export async function bench(dir: string, runs: number): Promise<void> {
  const times = new Map<string, number[]>()
  const timed = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const started = performance.now()
    const result = await work()
    times.set(name, [...(times.get(name) ?? []), performance.now() - started])
    return result
  }
  await timed('load the parser', () => loadPython(pythonGrammar()))
  const target = targets.vercel
  for (let run = 0; run < runs; run++) {
    const repo = await timed('read the repo', () => readSnapshot(dir))
    await timed('load the compiler', () => loadForDetection(repo))
    const apps = await timed('find the apps', () => detectApps(repo))
    for (const app of apps) {
      const reading = await timed('names and reach', () => readProgram(repo, app, target))
      const { program } = reading
      await timed(`${rules.length} rules`, () => findHazards(repo, app, program, { rules, targets: Object.values(targets), target, plan: 'free' }))
    }
  }
  const phases: readonly Phase[] = [...times].map(([name, [first = 0, ...later]]) => ({ name, cold: first, warm: median(later) }))
  const total = phases.reduce((sum, phase) => sum + phase.cold, 0)
  console.log(`${'phase'.padEnd(20)} ${'cold ms'.padStart(8)} ${'share'.padStart(6)} ${'warm ms'.padStart(8)}`)
  for (const phase of phases) console.log(`${phase.name.padEnd(20)} ${phase.cold.toFixed(0).padStart(8)} ${`${Math.round((100 * phase.cold) / total)}%`.padStart(6)} ${phase.warm.toFixed(0).padStart(8)}`)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
