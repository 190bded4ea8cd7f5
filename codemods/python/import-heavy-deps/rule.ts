import type { Change, Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'
import { eol, indentOf, insertAt, lineStart, removeStatement } from '../../../src/lang/python/edit.js'
import { companionsOf, distributionOf } from '../../../src/lang/python/manifest/distributions.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { ancestor, field, statementOf, walk, type PyImport, type PyModule, type PyNode } from '../../../src/lang/python/program.js'

/** Packages whose import alone takes a noticeable part of a second or more. */
const heavy = new Set('pandas numpy scipy sklearn matplotlib seaborn plotly bokeh torch torchvision tensorflow keras transformers sentence_transformers langchain langchain_community langchain_openai nltk spacy gensim cv2 skimage statsmodels xgboost lightgbm boto3 botocore polars pyarrow dask numba sympy openpyxl reportlab weasyprint'.split(' '))

export const importHeavyDeps = {
  id: 'import-heavy-deps',
  title: 'Heavy package imported for one or two functions',
  hazard: 'large-dependency',
  language: 'python',
  assumes: 'import-unbounded',
  severity: 'degrades',
  *check(program: PythonProgram): Generator<Problem> {
    const byPackage = new Map<string, PyImport[]>()
    for (const item of program.imports()) {
      const [top = ''] = item.target.split('.')
      const run = program.first(item)
      if (!heavy.has(top) || item.resolved.length > 0 || run.when !== 'import' || run.background || item.fn) continue
      byPackage.set(top, [...(byPackage.get(top) ?? []), item])
    }
    const light = new Set([...program.functions()].filter(({ runs }) => runs.every((run) => run.when === 'request' || run.when === 'main' || run.background)).map(({ fn }) => fn.node))
    const movable = new Map<string, ReadonlyMap<PyImport, readonly PyNode[] | undefined>>()
    for (const [top, items] of byPackage) {
      const statements = new Map(items.map((item) => [item.node, item] as const))
      const uses = new Map([...statements.values()].map((item) => [item, usersOf(program, item)] as const))
      const users = new Set([...uses.values()].flatMap((one) => one ?? []))
      // One place that needs it at import, and moving the others gains nothing.
      if ([...uses.values()].some((one) => one === undefined) || users.size === 0 || users.size > 2 || [...users].some((fn) => !light.has(fn))) continue
      movable.set(top, uses)
    }
    // pandas imports numpy: while the one stays, moving the other gains nothing.
    const staying = [...byPackage.keys()].filter((top) => !movable.has(top)).flatMap((top) => distributionOf(top)?.name ?? [])
    const brought = new Set(companionsOf(staying))
    for (const [top, uses] of movable) {
      if (brought.has(distributionOf(top)?.name ?? top)) continue
      for (const [first, ...more] of byModule(uses)) {
        if (!first) continue
        const users = [...new Set([first, ...more].flatMap((item) => uses.get(item) ?? []))]
        const place = spotted(program, first, first.node, `imports ${top}`, 'degrades')
        if (!place || users.length === 0) continue
        const names = users.map((fn) => `${program.text(field(fn, 'name') ?? fn, first.module)}()`)
        yield { ...place, message: `${top} takes long to import, and every new instance waits for it before it can answer, although only ${names.join(' and ')} need${users.length === 1 ? 's' : ''} it. Import it inside ${users.length === 1 ? 'that function' : 'these functions'}.`, remedy: more.length > 0 ? { kind: 'manual', reason: `Move its ${more.length + 1} imports to the head of each function that needs them.` } : remedyOf(program, first, users) }
      }
    }
  },
} satisfies Rule

/** The statements of one file are one finding: it is loaded for all of them at once. */
function byModule(uses: ReadonlyMap<PyImport, readonly PyNode[] | undefined>): readonly (readonly PyImport[])[] {
  const groups = new Map<PyModule, PyImport[]>()
  for (const [item, own] of uses) if (own && own.length > 0) groups.set(item.module, [...(groups.get(item.module) ?? []), item])
  return [...groups.values()]
}

/** The outermost functions that use what the statement binds; undefined when something needs it while the module is imported. */
function usersOf(program: PythonProgram, { node, module }: PyImport): readonly PyNode[] | undefined {
  if (statementOf(node).parent?.kind !== 'module') return undefined
  const names = new Set(bound(node, module))
  const users = new Set<PyNode>()
  for (const at of walk(module.root)) {
    if (at.kind !== 'identifier' || !names.has(program.text(at, module)) || ancestor(at, 'import_statement', 'import_from_statement')) continue
    if (at.field === 'attribute' || (at.parent?.kind === 'keyword_argument' && at.field === 'name')) continue
    const user = outermost(at)
    if (!user) return undefined
    users.add(user)
  }
  const isTaken = [...program.imports()].some((item) => item.module !== module && item.resolved.includes(module.path) && item.names.some((name) => names.has(name) || name === '*'))
  return isTaken ? undefined : [...users]
}
function bound(statement: PyNode, module: PyModule): readonly string[] {
  return [...module.scope.bindings].flatMap(([name, bindings]) => (bindings.some((binding) => binding.kind === 'import' && statementOf(binding.node) === statementOf(statement)) ? [name] : []))
}
/** The function whose body holds the node, not its signature; undefined at module or class level. */
function outermost(node: PyNode): PyNode | undefined {
  let found: PyNode | undefined
  let inBody = false
  for (let at: PyNode | undefined = node; at; at = at.parent) {
    if (at.parent?.kind === 'function_definition' && at.field === 'body') inBody = true
    if (at.kind !== 'function_definition') continue
    found = inBody ? at : undefined
    inBody = false
  }
  return found
}

function remedyOf(program: PythonProgram, item: PyImport, users: readonly PyNode[]): Remedy {
  const { module, node } = item
  const [fn] = users
  const body = fn && field(fn, 'body')
  const statements = (body?.children ?? []).filter((child) => child.kind !== 'comment')
  const [head, second] = statements
  const first = head?.kind === 'expression_statement' && head.children[0]?.kind === 'string' ? second : head
  const text = program.text(node, module)
  const alone = module.text.slice(lineStart(module, node.start), node.start) === '' && /^[ \t]*(\r|\n|$)/.test(module.text.slice(node.end))
  if (module.brokenAt !== undefined || users.length !== 1 || !fn || !first || !alone || /[\r\n]/.test(text) || fn.parent?.parent?.kind === 'class_definition') return { kind: 'manual', reason: `Write \`${text.split(/[\r\n]/)[0] ?? ''}\` at the head of each function that needs it, and take it out above.` }
  const at = lineStart(module, first.start)
  if (module.text.slice(at, first.start).trim() !== '') return { kind: 'manual', reason: 'The function stands on one line.' }
  const changes: Change[] = [removeStatement(module, node), insertAt(module, at, `${indentOf(module, first)}${text}${eol(module)}`)]
  return { kind: 'fix', safety: 'review', title: `Import it inside ${program.text(field(fn, 'name') ?? fn, module)}()`, changes }
}
