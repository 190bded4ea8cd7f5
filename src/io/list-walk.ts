import { type Dirent, lstatSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Ignore } from 'ignore'
import type { Path } from '../types.js'
import type { Listing, Note } from './read.js'
import { nameOf, printable } from './names.js'

const never: ReadonlySet<string> = new Set([
  '.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv', '.tox', '.nox', '.mypy_cache', '.pytest_cache', '.ruff_cache', '.vercel', '.to-serverless',
])

/** Folders (by name) that nobody means as source; an untracked one is left out even where no .gitignore says so. */
export function denied(name: string): boolean {
  return never.has(name)
}

/** One .gitignore; its patterns are relative to `base`, which ends in '/' unless it is the root's ''. */
type Level = { readonly base: string; readonly rules: Ignore }

/** The files of a folder by walking it, with every .gitignore on the way honoured as git would. */
export async function listByWalking(root: string): Promise<Listing> {
  const { default: ignore } = await import('ignore')
  const paths: Path[] = []
  const notes: Note[] = []

  const walk = (base: string, above: readonly Level[]): void => {
    const entries = entriesOf(join(root, base))
    if (entries === undefined) {
      notes.push({ file: base.slice(0, -1), reason: 'the folder may not be read' })
      return
    }
    const names = new Set<string>()
    const named: { readonly name: string; readonly entry: Dirent<Buffer> }[] = []
    for (const entry of entries) {
      const name = nameOf(entry.name)
      if (name === undefined) {
        notes.push({ file: base + printable(entry.name), reason: 'its name is not UTF-8' })
        continue
      }
      names.add(name)
      named.push({ name, entry })
    }
    if (base !== '' && names.has('pyvenv.cfg')) return
    if (base !== '' && names.has('.git')) {
      notes.push({ file: base.slice(0, -1), reason: 'it is a git repository of its own' })
      return
    }
    const rules = names.has('.gitignore') ? gitignore(join(root, base, '.gitignore')) : undefined
    // Git's patterns mind the case; the package's default is not to.
    const levels = rules === undefined ? above : [...above, { base, rules: ignore({ ignorecase: false }).add(rules) }]
    for (const { name, entry } of named) {
      if (denied(name)) continue
      const path = base + name
      const folder = entry.isDirectory()
      if (ignored(folder ? path + '/' : path, levels)) continue
      if (folder) walk(path + '/', levels)
      else paths.push(path)
    }
  }

  walk('', [])
  return { paths: paths.sort(), tracked: undefined, notes }
}

function ignored(path: string, levels: readonly Level[]): boolean {
  let verdict = false
  for (const { base, rules } of levels) {
    const { ignored, unignored } = rules.test(path.slice(base.length))
    if (ignored) verdict = true
    else if (unignored) verdict = false
  }
  return verdict
}

function entriesOf(dir: string): Dirent<Buffer>[] | undefined {
  try {
    return readdirSync(dir, { withFileTypes: true, encoding: 'buffer' }) as unknown as Dirent<Buffer>[]
  } catch {
    return undefined
  }
}

function gitignore(place: string): string | undefined {
  try {
    // Like git, not through a symbolic link.
    return lstatSync(place).isFile() ? readFileSync(place, 'utf8') : undefined
  } catch {
    return undefined
  }
}
