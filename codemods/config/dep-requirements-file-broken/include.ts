import type { Snapshot } from '../../../src/types.js'
import { eolOf } from '../../../src/edits.js'
import type { Manifest } from '../../../src/lang/python/manifest/manifest.js'
import type { OddLine } from '../../../src/lang/python/manifest/requirement.js'

/** The lines that an include stands for, or undefined where their order or options would change the meaning. */
export function inlined(line: OddLine & { readonly kind: 'include' | 'constraint' }, manifest: Manifest, repo: Snapshot): string | undefined {
  if (line.target === undefined) return undefined
  const files = new Set([line.target])
  // The manifest holds what it includes, in order; nested includes follow theirs.
  for (let size = 0; size !== files.size; ) {
    size = files.size
    for (const path of files) {
      const text = repo.text(path) ?? ''
      if (/^\s*(-c|--constraint|-e|--editable|-i|-f|--index-url|--extra-index-url|--find-links|--no-binary)\b/m.test(text) || text.includes('--hash')) return undefined
      for (const [, target = ''] of text.matchAll(/^\s*(?:-r|--requirement)[ =]?\s*(\S+)/gm)) {
        const found = manifest.requirements.find(({ file }) => file.endsWith(target.replace(/^(\.{1,2}\/)+/, '')))
        if (found) files.add(found.file)
      }
    }
  }
  const wanted = manifest.requirements.filter(({ file }) => files.has(file))
  const own = manifest.requirements.filter(({ file }) => file === manifest.path)
  const lines: string[] = []
  for (const { name, raw, specifier } of wanted) {
    const twin = own.find((requirement) => requirement.name === name)
    if (twin && twin.specifier !== specifier) return undefined
    if (!twin && !lines.includes(raw)) lines.push(raw)
  }
  // Two includes may bring the same package: pip refuses a name that is given twice.
  const elsewhere = manifest.requirements.filter(({ file }) => file !== manifest.path && !files.has(file)).map(({ name }) => name)
  if (wanted.some(({ name }) => elsewhere.includes(name))) return undefined
  return lines.length === 0 ? undefined : lines.join(eolOf(repo.text(manifest.path) ?? ''))
}
