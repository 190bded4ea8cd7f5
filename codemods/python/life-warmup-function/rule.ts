import { lineAt } from '../../../src/text.js'
import { dirOf, join } from '../../../src/lang/python/modules.js'
import type { Path, Problem, PythonProgram, Rule, RuleContext, Snapshot } from '../../../src/types.js'

const warming = /(^|[-_/])(warm(-?_?up)?|keep-?_?(alive|warm)|pre-?_?(load|warm|init\w*))([-_/.]|$)/i

export const lifeWarmupFunction = {
  id: 'life-warmup-function',
  title: 'Function that warms up another one',
  hazard: 'platform-config',
  language: 'python',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(_program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    for (const path of repo.list(join(app.root, 'api'))) {
      const text = repo.text(path)
      const name = path.split('/').at(-1) ?? ''
      if (!path.endsWith('.py') || path === app.entry.file || !warming.test(name) || text === undefined) continue
      const at = /^(?:async\s+)?def\s+(handler|lambda_handler|main)\s*\(\s*(event|request)\b|^class\s+handler\s*\(|^handler\s*=/m.exec(text)
      if (!at) continue
      yield problem(repo, path, at.index, at[0].length, `${path} is a function of its own, meant to prepare the memory of the one that serves the app. The two share none: each runs in instances of its own, and what this one loads is gone when it answers.`)
    }
    const config = [join(app.root, 'vercel.json'), 'vercel.json'].find((path) => repo.text(path) !== undefined)
    const text = config === undefined ? undefined : repo.text(config)
    for (const match of text?.matchAll(/"path"\s*:\s*"([^"]+)"/g) ?? []) {
      const [whole, path = ''] = match
      if (config !== undefined && warming.test(path)) yield { ...problem(repo, config, match.index, whole.length, `The cron on ${path} wakes one instance now and then, to keep it warm. Requests that come at the same time still meet new ones, and the host keeps used instances alive by itself.`), severity: 'advice' }
    }
  },
} satisfies Rule

function problem(repo: Snapshot, path: Path, start: number, length: number, message: string): Problem {
  const line = lineAt(repo.text(path) ?? '', start)
  return {
    path, range: { start, end: start + length }, when: path.endsWith('.py') ? 'request' : 'build', trace: [{ file: path, line, note: `${dirOf(path) === '.' ? path : path.split('/').at(-1) ?? path} is there to warm up` }],
    message: `${message} Load what is heavy in a function that keeps its result (functools.lru_cache), or at build time.`,
    remedy: { kind: 'manual', reason: 'Whether something else relies on it, only its author knows; then take it out.' },
  }
}
