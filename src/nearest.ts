/** The known name closest to what was typed, if it is close enough to be meant. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const scored = known.map((name) => ({ name, distance: editDistance(typed.toLowerCase(), name.toLowerCase()) })).sort((a, b) => a.distance - b.distance)
  const best = scored[0]
  if (!best) return undefined
  if (best.distance <= Math.max(2, Math.floor(typed.length / 3))) return best.name
  return typed.length >= 3 ? known.find((name) => name.includes(typed.toLowerCase())) : undefined
}

/** Levenshtein; names are short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
