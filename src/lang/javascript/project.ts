/**
 * The files of one app as the TypeScript compiler sees them: which file an import loads, and which declaration a name is bound to.
 * The compiler's scanner draws the module graph first, so that only files which the app can load are parsed and bound.
 */
import type { ts as TypeScript } from 'ts-morph'
import type { Path, Snapshot } from '../../types.js'
import { dirOf, join } from '../paths.js'
import { makeResolution, type Resolution } from './resolution.js'
import { compiler, isScript, isTypeScriptPath, parseJavaScript, rootOf, treeOf } from './tree.js'
import type { JsModule, JsNode, ModuleSystem } from './types.js'

export type Bound = {
  readonly repo: Snapshot
  /** Files in the closure of the entry's imports. */
  readonly modules: ReadonlyMap<Path, JsModule>
  readonly resolution: Resolution
  readonly notChecked: readonly { readonly file: Path; readonly reason: string }[]
  moduleOf(node: JsNode): JsModule
  /** Declarations that an identifier is lexically bound to, in the same file; empty for globals. */
  declarations(identifier: JsNode): readonly JsNode[]
  /** Do two identifiers of one file mean the same thing? */
  same(a: JsNode, b: JsNode): boolean
  /** A module of the repo outside the closure, with its names bound too. */
  moduleAt(path: Path): JsModule | undefined
}

const maxModules = 4000
const undeclared = /^(SourceFile|Identifier|(Property|Element)AccessExpression|BinaryExpression|CallExpression)$/

/** Everything that these files load, bound. Other files can be added later by `moduleAt`. */
export function bindProject(repo: Snapshot, roots: readonly Path[]): Bound {
  const resolution = makeResolution(repo)
  const modules = new Map<Path, JsModule>()
  const homes = new WeakMap<JsNode, JsModule>()
  const nodes = new WeakMap<JsNode, TypeScript.Node>()
  const plains = new WeakMap<TypeScript.Node, JsNode>()
  const checkers = new WeakMap<JsNode, TypeScript.TypeChecker>()
  const notChecked: { file: Path; reason: string }[] = []

  const bind = (paths: readonly Path[]): void => {
    const { Project, ts } = compiler()
    const project = new Project({
      useInMemoryFileSystem: true,
      skipFileDependencyResolution: true,
      skipLoadingLibFiles: true,
      // Each file is bound by itself: which file an import loads is decided by resolution.ts, which knows workspaces and what the build moves.
      compilerOptions: { allowJs: true, checkJs: false, noLib: true, noResolve: true, types: [], jsx: ts.JsxEmit.Preserve, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleDetection: ts.ModuleDetectionKind.Force, experimentalDecorators: true },
    })
    // `bin/www` has no ending, and is JavaScript all the same.
    const files = paths.map((path) => [path, project.createSourceFile(isScript(path) ? `/${path}` : `/${path}.js`, repo.text(path) ?? '', { overwrite: true })] as const)
    const checker = project.getTypeChecker().compilerObject
    for (const [path, file] of files) {
      const { root, brokenAt } = treeOf(file.compilerNode, (plain, node) => {
        nodes.set(plain, node)
        plains.set(node, plain)
      })
      const text = repo.text(path) ?? ''
      const module: JsModule = { path, text, root, brokenAt, isTypeScript: isTypeScriptPath(path), system: systemOf(root, text) }
      modules.set(path, module)
      homes.set(root, module)
      checkers.set(root, checker)
      if (brokenAt !== undefined) notChecked.push({ file: path, reason: `line ${text.slice(0, brokenAt).split('\n').length} does not parse as ${module.isTypeScript ? 'TypeScript' : 'JavaScript'}; what comes after it may be missed` })
    }
  }
  bind(closure(repo, roots, resolution, new Set()))

  const symbols = new Map<JsNode, TypeScript.Symbol | undefined>()
  const symbolOf = (identifier: JsNode): TypeScript.Symbol | undefined => {
    if (!symbols.has(identifier)) symbols.set(identifier, lookUp(identifier))
    return symbols.get(identifier)
  }
  const lookUp = (identifier: JsNode): TypeScript.Symbol | undefined => {
    const node = nodes.get(identifier)
    const checker = checkers.get(rootOf(identifier))
    if (!node || !checker) return undefined
    const { ts } = compiler()
    if (node.parent && ts.isShorthandPropertyAssignment(node.parent)) return checker.getShorthandAssignmentValueSymbol(node.parent)
    // `export { list }` makes a symbol of its own, which is declared by nothing but the export.
    if (node.parent && ts.isExportSpecifier(node.parent) && !node.parent.parent.parent.moduleSpecifier) return checker.getExportSpecifierLocalTargetSymbol(node.parent)
    return checker.getSymbolAtLocation(node)
  }
  const declared = new Map<JsNode, readonly JsNode[]>()
  const declarations = (identifier: JsNode): readonly JsNode[] => {
    const known = declared.get(identifier)
    if (known) return known
    const root = rootOf(identifier)
    const found = (symbolOf(identifier)?.declarations ?? []).flatMap((declaration) => {
      const plain = plains.get(declaration)
      // `module` and `exports` are bound to the file itself, `process.env.X = 1` makes a declaration of a use; scripts without imports share a scope that Node does not give them.
      return plain && !undeclared.test(plain.kind) && rootOf(plain) === root ? [plain] : []
    })
    declared.set(identifier, found)
    return found
  }
  return {
    repo,
    modules,
    resolution,
    notChecked,
    moduleOf: (node) => homes.get(rootOf(node)) as JsModule,
    declarations,
    same: (a, b) => {
      if (rootOf(a) !== rootOf(b)) return false
      const [one, other] = [symbolOf(a), symbolOf(b)]
      return one === undefined ? other === undefined : one === other
    },
    moduleAt: (path) => {
      const known = modules.get(path)
      if (known || repo.text(path) === undefined || !isScript(path)) return known
      bind(closure(repo, [path], resolution, new Set(modules.keys())))
      return modules.get(path)
    },
  }
}

/** Files that these load, by the imports the compiler's scanner finds in their texts. */
function closure(repo: Snapshot, roots: readonly Path[], resolution: Resolution, known: ReadonlySet<Path>): readonly Path[] {
  const { ts } = compiler()
  const seen = new Set<Path>()
  const queue = roots.filter((path) => repo.text(path) !== undefined)
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    if (seen.has(path) || known.has(path) || seen.size >= maxModules) continue
    const text = repo.text(path)
    if (text === undefined) continue
    seen.add(path)
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const loaded = resolution.resolve(fileName, path)
      if (loaded !== undefined && isScript(loaded)) queue.push(loaded)
    }
    queue.push(...loadedByName(repo, path, text))
  }
  return [...seen]
}

/** `require(path.join(__dirname, 'routes', file))`: every script of the folders that the file may mean. With the call's own argument, those that it begins. */
export function* loadedByName(repo: Snapshot, path: Path, text: string, written?: string): Generator<Path> {
  const home = dirOf(path)
  const begun = written === undefined ? undefined : beginning(written)
  if (begun !== undefined) {
    const base = join(home, begun)
    const start = base === '.' ? '' : begun.endsWith('/') ? base + '/' : base
    for (const file of repo.list()) if (file.startsWith(start) && file !== path && isScript(file) && !/(^|\/)node_modules\/|\.(test|spec)\./.test(file) && /^[^/]*(\/index\.\w+)?$/.test(file.slice(start.length))) yield file
    return
  }
  if (!/\b(require|import)\s*\(\s*([^'"`\s)]|`[^`]*\$\{|'[^'\n]*'\s*\+|"[^"\n]*"\s*\+)/.test(text)) return
  const dirs = new Set([home])
  for (const [, name] of text.matchAll(/['"`]([\w./-]+?)\/?['"`$]/g)) if (name !== undefined && !/\.\w+$/.test(name)) dirs.add(join(home, name))
  for (const dir of dirs) {
    if (dir.startsWith('..') || (dir !== home && !repo.hasDir(dir)) || dir === '.') continue
    for (const file of repo.list(dir)) if (isScript(file) && file !== path && !/(^|\/)(node_modules|test|tests|__tests__|dist|build)\/|\.(test|spec)\./.test(file) && dirOf(file) === dir) yield file
  }
}

/** What a text that is put together surely begins with, seen from the file: './routes/' of '`./routes/${name}`' and of 'path.join(__dirname, "routes", name)'. */
function beginning(written: string): string | undefined {
  const text = /^(?:`([^`$]*)\$\{|(['"])([^'"\n]*)\2\s*\+)/.exec(written)
  if (text) return /^\.\.?\//.exec(text[1] ?? text[3] ?? '') ? (text[1] ?? text[3]) : undefined
  const joined = /^[\w.]*\bjoin\(\s*__dirname\s*,((?:\s*(?:'[^'\n]*'|"[^"\n]*")\s*,)*)\s*[^'"`,()]+\)$/.exec(written)
  return joined ? ['.', ...[...(joined[1] ?? '').matchAll(/['"]([^'"]*)['"]/g)].map(([, part]) => part ?? ''), ''].join('/') : undefined
}

/** How the file is written; CommonJS in a file that also has `import` is the compiler's own mixture and counts as ESM. */
function systemOf(root: JsNode, text: string): ModuleSystem {
  for (const statement of root.children) if (/^(Import|Export)(Declaration|Assignment)$/.test(statement.kind) || statement.children.some((child) => child.field === 'modifiers' && child.kind === 'ExportKeyword')) return 'esm'
  return /\brequire\s*\(|\bmodule\.exports\b|\bexports\.\w/.test(text) ? 'cjs' : 'none'
}

/** A file by itself: its names are not bound. For files that no app loads. */
export function looseModule(path: Path, text: string): JsModule {
  const { root, brokenAt } = parseJavaScript(path, text)
  return { path, text, root, brokenAt, isTypeScript: isTypeScriptPath(path), system: systemOf(root, text) }
}
