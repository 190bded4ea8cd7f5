/** The file that the host would serve now, and how it binds its app: what the rules on entries ask. */
import type { App, Path, RuleContext } from '../../../types.js'
import { analyzePython, type PythonProgram } from '../program.js'
import { dirOf } from '../modules.js'
import { importsOf } from '../arguments.js'
import { field, walk } from '../tree.js'
import type { PyBinding, PyFunction, PyModule, PyNode } from '../types.js'

export type Served = {
  readonly file: Path
  /** The program as that file starts it. */
  readonly program: PythonProgram
  readonly module: PyModule
  /** It is the app's own entry, or imports it. */
  readonly leadsToApp: boolean
}

const known = new WeakMap<PythonProgram, Served | undefined>()

/** What the host serves as the repo is now; undefined when it finds nothing. Only for targets that look for the entry by themselves. */
export function servedNow(program: PythonProgram, { app, repo, target }: RuleContext): Served | undefined {
  if (known.has(program)) return known.get(program)
  const served = find()
  known.set(program, served)
  return served

  function find(): Served | undefined {
    const file = target.serves?.(repo, app)
    if (file === undefined) return undefined
    const own = file === app.entry.file
    const other = own ? program : analyzePython(repo, { ...app, entry: { file, symbol: 'app', kind: 'instance' } }, { hostEnv: target.hostEnv })
    const module = other.entry
    if (!module) return undefined
    return { file, program: other, module, leadsToApp: own || other.modules.has(app.entry.file) }
  }
}

/** Does the target look for the app by itself, so that it can miss it? */
export function looksForEntry({ target }: RuleContext): boolean {
  return target.serves !== undefined && target.lookup.candidates.length > 0
}

/** The app's file as the lookup writes it: seen from the app's root. */
export function fromRoot(app: App, file: Path): Path {
  return app.root !== '.' && file.startsWith(`${app.root}/`) ? file.slice(app.root.length + 1) : file
}

/** Bindings that builders accept: plain statements at the top level. `handler` counts as a class only. In source order. */
export function acceptedBindings(module: PyModule, names: readonly string[]): readonly PyBinding[] {
  return names
    .flatMap((name) => (module.scope.bindings.get(name) ?? []).filter((binding) => isAccepted(binding, module.root) && (name !== 'handler' || binding.kind === 'class')))
    .sort((a, b) => a.node.start - b.node.start)
}
/** Bindings of an accepted name that builders do not see: inside `if`, `try` or `with`, taken out of a tuple, `import app`, `handler = app`. */
export function hiddenBindings(module: PyModule, names: readonly string[]): readonly PyBinding[] {
  return names.flatMap((name) => (module.scope.bindings.get(name) ?? []).filter((binding) => !isAccepted(binding, module.root) || (name === 'handler' && binding.kind !== 'class'))).sort((a, b) => a.node.start - b.node.start)
}

/** A file that is looked into and hides its app: the entry itself, or one that imports it. */
export function hiddenEntry(program: PythonProgram, context: RuleContext): { readonly program: PythonProgram; readonly binding: PyBinding } | undefined {
  const { app, repo, target } = context
  const inRepo = (candidate: Path): Path => (app.root === '.' ? candidate : `${app.root}/${candidate}`)
  const files = target.lookup.candidates.map(inRepo).filter((file) => repo.files.has(file))
  for (const file of [...files].sort((a, b) => Number(b === app.entry.file) - Number(a === app.entry.file))) {
    const other = file === app.entry.file ? program : analyzePython(repo, { ...app, entry: { file, symbol: 'app', kind: 'instance' } }, { hostEnv: target.hostEnv })
    if (!other.entry || (other !== program && !importsAnywhere(other, other.entry, app.entry.file))) continue
    const hidden = hiddenBindings(other.entry, target.lookup.names)
    const binding = hidden.find(({ name }) => name === app.entry.symbol) ?? hidden.at(-1)
    if (binding) return { program: other, binding }
  }
  return undefined
}

function isAccepted(binding: PyBinding, root: PyNode): boolean {
  switch (binding.kind) {
    case 'import':
      return binding.member !== undefined && binding.node.parent?.parent === root
    case 'function':
      return definitionAtTop(binding.fn.node, root)
    case 'class':
      return definitionAtTop(binding.cls.node, root)
    case 'annotation':
      return binding.node.parent?.parent?.parent === root
    case 'assign': {
      if (binding.index !== undefined) return false
      let at = binding.node.parent
      while (at?.kind === 'assignment') at = at.parent
      return at?.kind === 'expression_statement' && at.parent === root
    }
    default:
      return false
  }
}
function definitionAtTop(node: PyNode, root: PyNode): boolean {
  const outer = node.parent?.kind === 'decorated_definition' ? node.parent : node
  return outer.parent === root
}

/** The binding of the app's symbol in the entry's module: the place to point at. */
export function appBinding(program: PythonProgram): PyBinding | undefined {
  return program.entry?.scope.bindings.get(program.app.entry.symbol)?.at(-1)
}

/**
 * Where the object of this name is made, through imports: the call of a factory with its arguments, or the expression itself.
 * Two names with the same answer (`args` are those that a start command passes to a factory) stand for apps that nobody can tell apart. Undefined when it can't be read.
 */
export function makingOf(program: PythonProgram, module: PyModule, name: string, args = '', depth = 0): string | undefined {
  const binding = module.scope.bindings.get(name)?.at(-1)
  if (binding?.kind === 'function') return `${placeOf(binding.fn)}(${args})`
  if (binding?.kind === 'import' && binding.member !== undefined && depth < 5) {
    const path = program.find(binding.module, module)
    const home = path === undefined ? undefined : program.moduleAt(path)
    return home && makingOf(program, home, binding.member, args, depth + 1)
  }
  if (binding?.kind !== 'assign' || binding.index !== undefined) return undefined
  const callee = binding.value.kind === 'call' ? field(binding.value, 'function') : undefined
  const factory = callee && program.values(callee, binding.scope).find((value) => value.kind === 'function')
  const passed = binding.value.children.find((child) => child.field === 'arguments')
  return factory && passed ? `${placeOf(factory.fn)}${program.text(passed, module)}` : `${module.path}:${binding.value.start}`
}
const placeOf = (fn: PyFunction): string => `${fn.module.path}:${fn.node.start}`

/** The folder of a file, '.' for the repo. */
export const folderOf = dirOf

/** Does the module import this file, at its top level or inside any function? */
export function importsAnywhere(program: PythonProgram, module: PyModule, file: Path): boolean {
  for (const node of walk(module.root)) {
    if (node.kind !== 'import_statement' && node.kind !== 'import_from_statement') continue
    for (const { module: written, member } of importsOf(node, module)) {
      if (program.find(written, module) === file) return true
      if (member !== undefined && program.find(`${written}${written.endsWith('.') ? '' : '.'}${member}`, module) === file) return true
    }
  }
  return false
}
