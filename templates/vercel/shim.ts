/** The text of the entry file that hands the app to Vercel. */
import { UserError } from '../../src/errors.js'
import { parsePython, walk } from '../../src/lang/python/tree.js'
import { quotePython } from '../../src/lang/python/edit.js'
import { renderTemplate } from '../../src/render-template.js'
import type { Entry, Path } from '../../src/types.js'
import { readAsset } from '../../src/io/assets.js'
import { folderOf, type Folder } from './project.js'

/** How the app's module is reached from the project's root, which is all that Vercel puts on the import path. */
export type ModuleRoute = {
  readonly module: string
  /** A folder that the code expects on the import path, relative to the project. */
  readonly path: Path | undefined
}

const identifier = /^[\p{L}_][\p{L}\p{N}_]*$/u
const keywords = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(' '),
)

/** The module name of the app's file, and the folder it was started from if its imports show one. */
export function moduleRoute(home: Folder, file: Path): ModuleRoute {
  const base = importBase(home, file)
  const parts = (base === '.' ? file : file.slice(base.length + 1)).replace(/\.py$/, '').split('/')
  if (parts.length > 1 && parts[parts.length - 1] === '__init__') parts.pop()
  const dotted = parts.find(part => part.includes('.'))
  if (dotted !== undefined) {
    throw new UserError(`${file} cannot be imported, because "${dotted}" has a dot in its name, and Vercel imports the app.`, 3, 'Rename it, then run again.')
  }
  return { module: parts.join('.'), path: base === '.' ? undefined : base }
}

/** A package is imported from above it; a script's folder counts only when the script imports its neighbours by bare name. */
function importBase(home: Folder, file: Path): Path {
  let dir = folderOf(file)
  if (dir === '.') return '.'
  if (!home.has(`${dir}/__init__.py`)) return importsNeighbours(home, file, dir) ? dir : '.'
  while (dir !== '.' && home.has(`${dir}/__init__.py`)) dir = folderOf(dir)
  if (dir === '.') return '.'
  const top = file.slice(dir.length + 1).split('/')[0] ?? ''
  // `src/shop/…` says `import shop` of itself, or `import src.shop`; only the first needs `src` on the path.
  return home.list(`${dir}/${top}`).some(path => path.endsWith('.py') && importedNames(home.text(path) ?? '').has(`${dir.replaceAll('/', '.')}.${top}`)) ? '.' : dir
}

function importsNeighbours(home: Folder, file: Path, dir: Path): boolean {
  // A script that mends its own import path needs nobody to do it.
  if (/^\s*sys\.path\.(insert|append)\(/m.test(home.text(file) ?? '')) return false
  const names = [...importedNames(home.text(file) ?? '')].map(name => name.split('.')[0] ?? '')
  return names.some(name => isModule(home, `${dir}/${name}`) && !isModule(home, name))
}

function isModule(home: Folder, path: Path): boolean {
  return home.has(`${path}.py`) || home.list(path).some(inner => inner.endsWith('.py'))
}

/** Absolute modules named by import statements, with every prefix (`a.b.c` gives `a.b` too), wherever they stand. */
function importedNames(source: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (const node of walk(parsePython(source).root)) {
    if (node.kind !== 'import_statement' && node.kind !== 'import_from_statement') continue
    for (const child of node.children) {
      if (node.kind === 'import_from_statement' && child.field !== 'module_name') continue
      const name = child.kind === 'aliased_import' ? child.children[0] : child
      if (name?.kind !== 'dotted_name') continue
      const parts = source.slice(name.start, name.end).split('.')
      parts.forEach((_, at) => found.add(parts.slice(0, at + 1).join('.')))
    }
  }
  return found
}

/** Does this source import the module in `file`, by any of the names it can have in the project? */
export function importsModule(home: Folder, source: string, file: Path): boolean {
  const plain = file.replace(/\.py$/, '').replace(/\/__init__$/, '').replaceAll('/', '.')
  const names = importedNames(source)
  return names.has(plain) || names.has(moduleRoute(home, file).module) || source.includes(`import_module(${quotePython(plain)})`)
}

/** The entry file's text. `file` is where it will lie, relative to the project. */
export function shimText(home: Folder, file: Path, entry: Entry, entryFile: Path): string {
  const { module, path } = moduleRoute(home, entryFile)
  const lines: string[] = []
  if (path !== undefined) {
    lines.push('import sys', 'from pathlib import Path', '')
    lines.push(`sys.path.insert(0, str(Path(__file__).resolve().parents[${file.split('/').length - 1}] / ${quotePython(path)}))`, '')
  }
  const plain = module.split('.').every(part => identifier.test(part) && !keywords.has(part))
  const symbol = entry.symbol
  if (!identifier.test(symbol) || keywords.has(symbol)) throw new UserError(`"${symbol}" in ${entry.file} is no name that can be imported.`, 3, 'Bind the app to a plain name at the top level.')
  const called = entry.kind === 'factory' ? callText(symbol, entry) : undefined
  if (!plain) {
    lines.push('from importlib import import_module')
    return render(lines, `app = import_module(${quotePython(module)}).${called ?? symbol}`)
  }
  if (called === undefined) return render(lines, `from ${module} import ${symbol === 'app' ? 'app' : `${symbol} as app`}${lines.length > 0 ? '  # noqa: E402' : ''}`)
  lines.push(`from ${module} import ${symbol}${lines.length > 0 ? '  # noqa: E402' : ''}`)
  return render(lines, `app = ${called}`)
}

function render(lines: readonly string[], binding: string): string {
  return renderTemplate(readAsset('templates/vercel/index.py.hbs'), { lines, binding, gap: lines.length > 0 && lines[lines.length - 1] !== '' })
}

/** The factory's call with the arguments the start script passes, if they are one call and nothing more. */
function callText(symbol: string, entry: Entry): string {
  const text = `${symbol}(${(entry.args ?? '').trim()})`
  const { root, brokenAt } = parsePython(text)
  const only = root.children.length === 1 ? root.children[0] : undefined
  const call = only?.children.length === 1 ? only.children[0] : undefined
  if (brokenAt !== undefined || /[\r\n#]/.test(text) || call?.kind !== 'call' || call.end !== text.length) {
    throw new UserError(`The arguments of ${symbol} in the start script are not plain Python: ${entry.args ?? ''}`, 3, 'Give the factory defaults, so that it can be called without arguments.')
  }
  return text
}
