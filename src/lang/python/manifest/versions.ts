/** Which versions of a package a fresh install may bring, as far as manifests and locks say. */
import type { Manifests } from './manifest.js'

/** May a fresh install bring this version or a later one? Without any word on it, yes: the newest is taken. */
export function mayInstall({ effective, all }: Manifests, name: string, version: string): boolean {
  const locked = effective?.locked.get(name)
  if (locked !== undefined) return compareVersions(locked, version) >= 0
  const lists = [...(effective ? [...effective.requirements, ...effective.elsewhere] : []), ...all.flatMap((manifest) => [...manifest.requirements, ...manifest.elsewhere])]
  const found = lists.find((requirement) => requirement.name === name)
  return found === undefined || found.specifier.split(',').every((clause) => allows(clause.trim(), version))
}

/** Does a fresh install surely bring this version or a later one? Only a lock, a pin or a lower bound says so. */
export function mustInstall({ effective, all }: Manifests, name: string, version: string): boolean {
  const locked = effective?.locked.get(name)
  if (locked !== undefined) return compareVersions(locked, version) >= 0
  const lists = [...(effective ? [...effective.requirements, ...effective.elsewhere] : []), ...all.flatMap((manifest) => [...manifest.requirements, ...manifest.elsewhere])]
  const found = lists.find((requirement) => requirement.name === name)
  return (found?.specifier ?? '').split(',').some((clause) => {
    const [, operator = '', bound = ''] = /^\s*(===|==|~=|>=|>|\^|~)\s*(.*)$/.exec(clause) ?? []
    return operator !== '' && compareVersions(bound, version) >= 0
  })
}

/** Negative, zero or positive, as for sorting; pre-releases count as their release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
function numbers(version: string): readonly number[] {
  return (/^v?(\d+(?:\.\d+)*)/.exec(version.trim())?.[1] ?? '0').split('.').map(Number)
}

/** Does the clause leave room for `version` or anything later? Only upper bounds say no. */
function allows(clause: string, version: string): boolean {
  const [, operator = '', bound = ''] = /^(===|==|~=|<=|>=|!=|<|>|\^|~)?\s*(.*)$/.exec(clause) ?? []
  const parts = numbers(bound)
  switch (operator) {
    case '==':
    case '===':
      return bound.includes('*') ? compareVersions(next(parts, parts.length - 1), version) > 0 : compareVersions(bound, version) >= 0
    case '~=':
      return compareVersions(next(parts, Math.max(0, parts.length - 2)), version) > 0
    case '~':
      return compareVersions(next(parts, Math.min(1, parts.length - 1)), version) > 0
    case '^':
      return compareVersions(next(parts, parts[0] === 0 ? 1 : 0), version) > 0
    case '<':
      return compareVersions(bound, version) > 0
    case '<=':
      return compareVersions(bound, version) >= 0
    default:
      return true
  }
}
/** The first version that is beyond `parts` in its `at`-th place. */
function next(parts: readonly number[], at: number): string {
  return parts.slice(0, at + 1).map((part, index) => (index === at ? part + 1 : part)).join('.')
}
