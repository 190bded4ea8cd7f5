/** Finds what an error text or a log is about: symptom patterns, the innermost line first. Pure. */

export type Symptom = {
  /** Matched without case; '…' stands for anything, 'N' (as a word) for a number. */
  readonly patterns: readonly string[]
  readonly layer: 'build' | 'runtime' | 'http' | 'browser' | 'render'
  readonly means: string
  readonly todo: string
  /** Rule ids, the likeliest first. */
  readonly rules: readonly string[]
  /** Says only that something failed; another line says what. */
  readonly envelope?: boolean
}
export type Match = { readonly symptom: Symptom; readonly line: string }

const regexes = new Map<string, RegExp>()

/** A pattern as it is written in the data, as an expression. */
export function expressionOf(pattern: string): RegExp {
  const known = regexes.get(pattern)
  if (known) return known
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\s*…\s*/g, '.{0,200}?')
    .replace(/\bN\b/g, '\\d+(?:\\.\\d+)?')
    .replace(/ /g, '\\s+')
  const made = new RegExp(source, 'i')
  regexes.set(pattern, made)
  return made
}

/**
 * At most three symptoms. In a log the last error line is the innermost one, so later lines are asked first; envelopes such as
 * FUNCTION_INVOCATION_FAILED count only where nothing inside them is known.
 */
export function explain(text: string, symptoms: readonly Symptom[]): readonly Match[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== '').reverse().slice(0, 5000)
  const found = new Map<Symptom, { readonly line: string; readonly length: number; readonly at: number }>()
  for (const [at, line] of lines.entries()) {
    if (line.length > 5000) continue
    for (const symptom of symptoms) {
      if (found.has(symptom)) continue
      const length = Math.max(0, ...symptom.patterns.map((pattern) => (expressionOf(pattern).test(line) ? pattern.length : 0)))
      if (length > 0) found.set(symptom, { line, length, at })
    }
  }
  const all = [...found].sort(([a, x], [b, y]) => Number(a.envelope ?? false) - Number(b.envelope ?? false) || x.at - y.at || y.length - x.length)
  const inner = all.filter(([symptom]) => !symptom.envelope)
  return (inner.length > 0 ? inner : all).slice(0, 3).map(([symptom, { line }]) => ({ symptom, line }))
}

/** Passwords, tokens and keys in pasted logs, hidden. */
export function redact(text: string): string {
  return text
    .replace(/([a-z][\w+.-]*:\/\/[^\s/:@]*):[^\s@/]*@/gi, '$1:<hidden>@')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 <hidden>')
    .replace(/\b([\w-]*(?:secret|token|password|passwd|api[_-]?key|private[_-]?key)[\w-]*)(["']?\s*[=:]\s*["']?)[^\s"',;]{4,}/gi, '$1$2<hidden>')
    .replace(/\b(?:sk|pk|rk)[-_](?:live|test|proj)?[-_]?[A-Za-z0-9]{16,}\b|\bgh[pousr]_[A-Za-z0-9]{20,}\b|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, '<hidden>')
}
