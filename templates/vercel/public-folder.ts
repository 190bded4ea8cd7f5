/**
 * With `framework: null`, Vercel publishes every file of the repo as a static one, the source included, unless `public/`
 * holds a file that is uploaded, of any size. An empty folder does not count (tried with CLI 64.0.2).
 */
import ignore from 'ignore'
import type { Path } from '../../src/types.js'
import type { Folder } from './project.js'

const names: readonly Path[] = ['public/.gitkeep', 'public/placeholder.txt', 'public/placeholder.html']
export const placeholderText = 'Vercel publishes what lies in public/ and nothing else. Keep a file here: were the folder empty, it would publish the source instead.\n'

/** Is this path left out by the ignore files of the project? */
export function dropped(home: Folder, path: Path): boolean {
  return ['.gitignore', '.vercelignore'].some(file => {
    const lines = home.text(file)
    return lines !== undefined && ignore().add(lines).ignores(path)
  })
}

/** A file of `public/` that reaches Vercel: one that is there (`create` false) or one to be made; undefined when none can be. */
export function publicFile(home: Folder): { readonly path: Path; readonly create: boolean } | undefined {
  const there = home.list('public').find(path => !dropped(home, path))
  if (there !== undefined) return { path: there, create: false }
  const free = names.find(path => !home.has(path) && !dropped(home, path))
  return free === undefined || home.has('public') ? undefined : { path: free, create: true }
}
