/** Loads the repo's modules on demand: finds, parses and indexes each file once. */
import { lineAt } from '../../text.js'
import { unreadReasons } from '../../snapshot.js'
import type { App, Path, Snapshot } from '../../types.js'
import { absoluteName, dirOf, join, locate, nameFrom } from './modules.js'
import { indexModule, type ModuleIndex } from './scope.js'
import { parsePython, walk, field } from './tree.js'
import { literalText } from './literals.js'
import type { PyModule } from './types.js'

/** A path ending in '/' stands for a namespace package: a folder without `__init__.py`. */
type ModuleValue = { readonly kind: 'module'; readonly path: Path }
export type Loader = {
  moduleAt(path: Path): PyModule | undefined
  moduleOf(written: string, from: PyModule): ModuleValue | undefined
  submodule(path: Path, name: string): ModuleValue | undefined
  loads(written: string, member: string | undefined, from: PyModule): readonly PyModule[]
  indexOf(module: PyModule): ModuleIndex | undefined
  find<T>(ask: (index: ModuleIndex) => T | undefined): T | undefined
  readonly notChecked: readonly { readonly file: Path; readonly reason: string }[]
}

/** `searchPath`: the folders that come first instead of the entry's own, where the framework does not start a file by its path. */
export function loadModules(repo: Snapshot, app: App, searchPath?: readonly Path[]): Loader {
  const indexes = new Map<Path, ModuleIndex | undefined>()
  const notChecked: { file: Path; reason: string }[] = []
  const entryDir = dirOf(app.entry.file)
  // The folder of the started file comes first, as `python app.py` does it; then the app's root, the repo, and the usual src.
  const roots = [...new Set([...(searchPath ?? [entryDir, ...packageParents(repo, app.entry.file)]), app.root, '.', join(app.root, 'src'), ...pathEdits(repo, app.entry.file)])]

  const indexAt = (path: Path): ModuleIndex | undefined => {
    if (indexes.has(path)) return indexes.get(path)
    const file = repo.files.get(path)
    if (!file) {
      const unread = repo.unread.get(path)
      if (unread) notChecked.push({ file: path, reason: `it ${unreadReasons[unread.reason]}` })
      indexes.set(path, undefined)
      return undefined
    }
    const tree = parsePython(file.text)
    if (tree.brokenAt !== undefined) notChecked.push({ file: path, reason: `does not parse (line ${lineAt(file.text, tree.brokenAt)}); findings there may be incomplete and none is fixed` })
    const isPackage = path.endsWith('__init__.py')
    const index = indexModule(path, nameOf(path), isPackage, file.text, tree)
    indexes.set(path, index)
    return index
  }
  const nameOf = (path: Path): string => {
    const names = roots.filter((root) => root === '.' || path.startsWith(`${root}/`)).map((root) => nameFrom(root, path))
    return names.sort((a, b) => a.split('.').length - b.split('.').length)[0] ?? nameFrom('.', path)
  }
  const locateFrom = (written: string, from: PyModule): ReturnType<typeof locate> => {
    const dots = /^\.*/.exec(written)?.[0].length ?? 0
    if (dots === 0) {
      const name = absoluteName(written, from.name, from.isPackage)
      const found = locate(repo, roots, name)
      // `from index import app` in api/index.py means the index.py that the host finds from the project's root, not itself.
      return found?.path === from.path ? locate(repo, roots.filter((root) => root !== dirOf(from.path)), name) : found
    }
    let base = dirOf(from.path)
    for (let up = 1; up < dots; up++) base = dirOf(base)
    const rest = written.slice(dots)
    if (rest !== '') return locate(repo, [base], rest)
    const init = join(base, '__init__.py')
    return { path: repo.has(init) ? init : undefined, dir: base, parents: [], name: nameFrom('.', base) }
  }
  const value = (found: ReturnType<typeof locate>): ModuleValue | undefined => (found ? { kind: 'module', path: found.path ?? `${found.dir ?? '.'}/` } : undefined)
  const submodule = (path: Path, name: string): ModuleValue | undefined => {
    const dir = path.endsWith('/') ? path.slice(0, -1) : path.endsWith('__init__.py') ? dirOf(path) : undefined
    return dir === undefined ? undefined : value(locate(repo, [dir], name))
  }
  const moduleAt = (path: Path): PyModule | undefined => indexAt(path)?.module
  return {
    moduleAt,
    moduleOf: (written, from) => value(locateFrom(written, from)),
    submodule,
    loads: (written, member, from) => {
      const found = locateFrom(written, from)
      if (!found) return []
      const target = value(found)
      const below = member !== undefined && target && !exportsName(target.path, member) ? submodule(target.path, member) : undefined
      const paths = [...found.parents, found.path, below && !below.path.endsWith('/') ? below.path : undefined]
      return paths.flatMap((path) => (path === undefined ? [] : (moduleAt(path) ?? [])))
    },
    indexOf: (module) => indexes.get(module.path),
    find: (ask) => {
      for (const index of indexes.values()) {
        const answer = index && ask(index)
        if (answer !== undefined) return answer
      }
      return undefined
    },
    notChecked,
  }

  function exportsName(path: Path, name: string): boolean {
    const module = moduleAt(path)
    // `from pkg import views` inside pkg/__init__.py binds the name, and still means the submodule.
    return (module?.scope.bindings.get(name) ?? []).some((binding) => !(binding.kind === 'import' && binding.member === name && value(locateFrom(binding.module, module as PyModule))?.path === path))
  }
}

/** The folder above the outermost package that holds the file: where its absolute imports start. */
function packageParents(repo: Snapshot, file: Path): readonly Path[] {
  let dir = dirOf(file)
  let found = false
  while (dir !== '.' && repo.has(join(dir, '__init__.py'))) {
    dir = dirOf(dir)
    found = true
  }
  return found ? [dir] : []
}

/** Folders that the entry adds to sys.path, where they can be read off the text. */
export function pathEdits(repo: Snapshot, file: Path): readonly Path[] {
  const text = repo.text(file)
  if (!text?.includes('sys.path')) return []
  const out: Path[] = []
  for (const node of walk(parsePython(text).root)) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (!callee || !/^sys\.path\.(insert|append)$/.test(text.slice(callee.start, callee.end))) continue
    const given = text.slice(node.start, node.end)
    const ups = (given.match(/dirname|\.parent\b|\.\.(?=['"/])|os\.pardir/g) ?? []).length
    let dir = dirOf(file)
    for (let up = 1; up < Math.max(1, given.includes('..') && !given.includes('dirname(os.path.dirname') ? ups : ups); up++) dir = dirOf(dir)
    const words = [...walk(node)].filter((child) => child.kind === 'string').map((child) => literalText(child, text)).filter((word): word is string => word !== undefined && word !== '..' && !word.startsWith('/'))
    const target = words.reduce((at, word) => join(at, word.replace(/^(\.\.\/)+/, '')), dir)
    out.push(target)
    // When the arithmetic is off, the repo's own folders of these names are still meant.
    for (const word of words) if (repo.hasDir(word)) out.push(word)
  }
  return out.filter((dir) => !dir.startsWith('..'))
}
