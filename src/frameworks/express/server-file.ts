/** A file of an Express app by itself: the names it declares, what it exports, and where it listens. */
import { loadedByName, looseModule } from '../../lang/javascript/project.js'
import { makeResolution, type Resolution } from '../../lang/javascript/resolution.js'
import { compiler, field, fieldsOf, functionKinds, literalText, walk } from '../../lang/javascript/tree.js'
import type { JsNode } from '../../lang/javascript/types.js'
import type { Path, Snapshot } from '../../types.js'

/** What a name or an export stands for: an expression of the file, or something of another module. `member` '*' is the module as a whole. */
export type Meaning = { readonly node: JsNode; readonly member?: string } | { readonly from: string; readonly member: string } | undefined
export type Name = { readonly name: string; readonly means: Meaning; /** The function it is declared in, or the file. */ readonly scope: JsNode }
export type ServerFile = {
  readonly path: Path
  readonly text: string
  readonly root: JsNode
  readonly names: readonly Name[]
  /** By name; 'default' of ESM, '=' of `module.exports = …` and `export = …`. */
  readonly exports: ReadonlyMap<string, Meaning>
  /** `export * from`. */
  readonly stars: readonly string[]
  /** Calls of `.listen(…)`, of whatever. */
  readonly listens: readonly JsNode[]
  /** Calls of what the file imports as Express; whether the name means that there, app-values.ts tells. */
  readonly makes: readonly JsNode[]
}
/** The files of one repo, read when asked for. */
export type ServerFiles = {
  readonly repo: Snapshot
  readonly resolution: Resolution
  file(path: Path): ServerFile | undefined
  /** The file and all that it loads. */
  closure(path: Path): ReadonlySet<Path>
}

const largest = 400_000

export function serverFiles(repo: Snapshot): ServerFiles {
  const resolution = makeResolution(repo)
  const files = new Map<Path, ServerFile | undefined>()
  const loads = new Map<Path, readonly Path[]>()
  const loaded = (path: Path): readonly Path[] => {
    const known = loads.get(path)
    if (known) return known
    const text = repo.text(path)
    const found = text === undefined || text.length > largest ? [] : [...compiler().ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => resolution.resolve(fileName, path) ?? []), ...loadedByName(repo, path, text)]
    loads.set(path, found)
    return found
  }
  return {
    repo,
    resolution,
    file: (path) => {
      if (!files.has(path)) {
        const text = repo.text(path)
        files.set(path, text === undefined || text.length > largest ? undefined : readFile(path, text))
      }
      return files.get(path)
    },
    closure: (path) => {
      const seen = new Set<Path>([path])
      for (const one of seen) for (const next of loaded(one)) seen.add(next)
      return seen
    },
  }
}

function readFile(path: Path, text: string): ServerFile {
  const { root } = looseModule(path, text)
  const names: Name[] = []
  const exports = new Map<string, Meaning>()
  const stars: string[] = []
  const listens: JsNode[] = []
  const calls: JsNode[] = []
  const at = (node: JsNode): string => text.slice(node.start, node.end)
  for (const node of walk(root)) {
    if (node.kind === 'CallExpression') {
      calls.push(node)
      const callee = field(node, 'expression')
      const name = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'name') : undefined
      if (name && at(name) === 'listen') listens.push(node)
    }
    for (const [name, means] of declaredBy(node, text)) names.push({ name, means, scope: scopeOf(node) })
    for (const [name, means] of exportedBy(node, text)) exports.set(name, means)
    const from = node.kind === 'ExportDeclaration' && !field(node, 'exportClause') ? field(node, 'moduleSpecifier') : undefined
    if (from) stars.push(literalText(from, text) ?? '')
  }
  const required = /^require\(\s*['"`]express['"`]\s*\)(\.default)?$/
  const main = new Set(names.flatMap(({ name, means }) => (means && ('from' in means ? means.from === 'express' : required.test(at(means.node)) || isLoaded(means.node, text)) ? [name] : [])))
  const makes = calls.filter((call) => {
    const callee = field(call, 'expression')
    const written = callee ? at(callee) : ''
    return required.test(written) || main.has(written.replace(/\.default$/, ''))
  })
  return { path, text, root, names, exports, stars, listens, makes }
}

/** `await import('express')`. */
const isLoaded = (node: JsNode, text: string): boolean => /^(await\s+)?import\(\s*['"`]express['"`]\s*\)/.test(text.slice(node.start, node.end).replace(/^\(/, ''))

function scopeOf(node: JsNode): JsNode {
  let at = node.parent ?? node
  while (at.parent && !functionKinds.has(at.kind)) at = at.parent
  return at
}

function* declaredBy(node: JsNode, text: string): Generator<readonly [string, Meaning]> {
  const name = field(node, 'name')
  const at = (one: JsNode): string => text.slice(one.start, one.end)
  switch (node.kind) {
    case 'ImportDeclaration': {
      const from = field(node, 'moduleSpecifier')
      const clause = field(node, 'importClause')
      const target = from && literalText(from, text)
      if (target === undefined || !clause) return
      const main = field(clause, 'name')
      const bindings = field(clause, 'namedBindings')
      const space = bindings?.kind === 'NamespaceImport' ? field(bindings, 'name') : undefined
      if (main) yield [at(main), { from: target, member: 'default' }]
      if (space) yield [at(space), { from: target, member: '*' }]
      for (const element of bindings ? fieldsOf(bindings, 'elements') : []) {
        const local = field(element, 'name')
        if (local) yield [at(local), { from: target, member: at(field(element, 'propertyName') ?? local) }]
      }
      return
    }
    case 'ImportEqualsDeclaration': {
      const from = field(node, 'moduleReference')
      const target = from && field(from, 'expression')
      if (name && target) yield [at(name), { from: literalText(target, text) ?? '', member: 'default' }]
      return
    }
    case 'VariableDeclaration':
    case 'Parameter': {
      const value = field(node, 'initializer')
      if (name?.kind === 'Identifier') yield [at(name), value && { node: value }]
      for (const element of name?.kind === 'ObjectBindingPattern' ? fieldsOf(name, 'elements') : []) {
        const local = field(element, 'name')
        if (local?.kind === 'Identifier') yield [at(local), value && { node: value, member: at(field(element, 'propertyName') ?? local) }]
      }
      return
    }
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      if (name) yield [at(name), { node }]
      return
    case 'BinaryExpression': {
      // `let app; app = express()`
      const [left, right] = [field(node, 'left'), field(node, 'right')]
      if (node.op === '=' && left?.kind === 'Identifier' && right) yield [at(left), { node: right }]
    }
  }
}

function* exportedBy(node: JsNode, text: string): Generator<readonly [string, Meaning]> {
  const at = (one: JsNode): string => text.slice(one.start, one.end)
  const marks = fieldsOf(node, 'modifiers').map(at)
  if (node.kind === 'ExportAssignment') {
    const value = field(node, 'expression')
    if (value) yield [/^export\s*=/.test(at(node)) ? '=' : 'default', { node: value }]
  } else if (node.kind === 'ExportDeclaration') {
    const from = field(node, 'moduleSpecifier')
    const clause = field(node, 'exportClause')
    for (const element of clause ? fieldsOf(clause, 'elements') : []) {
      const local = field(element, 'propertyName') ?? field(element, 'name')
      const name = field(element, 'name')
      if (local && name) yield [at(name), from ? { from: literalText(from, text) ?? '', member: at(local) } : { node: local }]
    }
  } else if (marks.includes('export')) {
    const list = field(node, 'declarationList')
    for (const one of list ? fieldsOf(list, 'declarations') : [node]) {
      const name = field(one, 'name')
      if (marks.includes('default')) yield ['default', { node: one }]
      else if (name?.kind === 'Identifier') yield [at(name), list ? { node: name } : { node: one }]
    }
  } else if (node.kind === 'BinaryExpression' && node.op === '=') {
    const [left, right] = [field(node, 'left'), field(node, 'right')]
    const [, whole, member] = (left && /^(module\.exports|exports)(?:\.(\w+))?$/.exec(at(left))) ?? []
    if (!right || whole === undefined) return
    if (member !== undefined) yield [member, { node: right }]
    else if (whole === 'module.exports') yield ['=', { node: right }]
  }
}
