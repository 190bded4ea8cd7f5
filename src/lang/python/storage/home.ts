/** Where a written path comes from: the one expression that says in which folder, or under which name, files are kept. */
import type { Change, Path, Snapshot, Target } from '../../../types.js'
import { ensureImport, quotePython, replaceNode } from '../edit.js'
import { diskOf, plainText, repoPath } from './files.js'
import { hostGuard, importedAt } from '../settings/host-guard.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { Folded, PyNode, PyScope } from '../types.js'

export type Home = {
  readonly node: PyNode
  readonly scope: PyScope
  readonly place: Folded
  /** Left side of a `/` or `+`: a replacement needs parentheses. */
  readonly operand: boolean
  /** The name it is assigned to, when it is an assignment's value. */
  readonly name: string | undefined
  /** The setting it is the value of. */
  readonly setting: string | undefined
}

/** The home of a path expression; undefined when several or none could be changed without touching anything else. */
export function homeOf(program: PythonProgram, at: PyNode, scope: PyScope, repo: Snapshot, root: Path, depth = 0): Home | undefined {
  const node = bare(at)
  if (depth > 10) return undefined
  const places = program.fold.path(node, scope)
  const only = places.length === 1 ? places[0] : undefined
  const exact = only !== undefined && only.exact && diskOf(only) === 'beside' && !holdsCode(only, repo, root)
  const next = (inner: PyNode | undefined): Home | undefined => (inner ? homeOf(program, inner, scope, repo, root, depth + 1) : undefined)
  switch (node.kind) {
    case 'identifier':
    case 'attribute': {
      const found = program.definitions(node, scope)
      const [one] = found
      if (found.length !== 1 || !one) return node.kind === 'attribute' ? ofSetting(program, node, scope, repo, root, depth) : undefined
      return homeOf(program, one.node, one.scope, repo, root, depth + 1)
    }
    case 'subscript':
      return ofSetting(program, node, scope, repo, root, depth)
    case 'string': {
      if (exact) return made(program, node, scope, only)
      const [first] = node.children.filter((child) => child.kind === 'interpolation' || child.kind === 'string_content')
      return first?.kind === 'interpolation' ? next(field(first, 'expression')) : undefined
    }
    case 'binary_operator': {
      const left = field(node, 'left')
      const inner = left && named(left) ? next(left) : undefined
      if (inner) return inner
      return exact ? made(program, node, scope, only) : next(left)
    }
    case 'call': {
      const callee = field(node, 'function')
      const origins = callee ? program.origins(callee, scope) : []
      const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment' && child.kind !== 'keyword_argument')
      const isGet = origins.some((origin) => /\.config\.get$/.test(origin))
      if (isGet) return ofSetting(program, node, scope, repo, root, depth)
      const builds = origins.some((origin) => /^(os\.path\.(join|abspath|realpath|normpath)|posixpath\.join|pathlib\.Path|builtins\.str)$/.test(origin))
      if (builds) {
        const inner = args[0] && named(args[0]) ? next(args[0]) : undefined
        if (inner) return inner
        return exact ? made(program, node, scope, only) : next(args[0])
      }
      if (callee?.kind === 'attribute' && /^(joinpath|resolve|absolute|as_posix)$/.test(text(field(callee, 'attribute'), scope))) return next(field(callee, 'object'))
      return undefined
    }
    default:
      return undefined
  }
}
const named = (node: PyNode): boolean => node.kind === 'identifier' || node.kind === 'attribute' || node.kind === 'subscript' || node.kind === 'call'
const text = (node: PyNode | undefined, scope: PyScope): string => (node ? scope.module.text.slice(node.start, node.end) : '')

/** The repo itself, or a folder with code in it: nothing to move away. */
function holdsCode(place: Folded, repo: Snapshot, root: Path): boolean {
  const path = repoPath(place, root)
  return path === '.' || path === root || (path !== undefined && repo.hasDir(path) && repo.list(path).some((file) => file.endsWith('.py')))
}

/** `app.config['K']`, `app.config.get('K')`: the one value given to K. */
function ofSetting(program: PythonProgram, node: PyNode, scope: PyScope, repo: Snapshot, root: Path, depth: number): Home | undefined {
  const key = settingKey(program, node, scope)
  const sources = key === undefined ? [] : program.settings(key)
  const [one] = sources
  if (key === undefined || sources.length !== 1 || !one) return undefined
  const home = homeOf(program, one.node, one.scope, repo, root, depth + 1)
  return home && home.node === bare(one.node) ? { ...home, setting: key } : home
}
/** The key that a read of the framework's settings asks for. */
export function settingKey(program: PythonProgram, node: PyNode, scope: PyScope): string | undefined {
  if (node.kind === 'subscript') {
    const [value, key] = [field(node, 'value'), field(node, 'subscript')]
    return value && key && program.origins(value, scope).some((origin) => origin.endsWith('.config')) ? plainText(key, scope) : undefined
  }
  if (node.kind !== 'call') return undefined
  const callee = field(node, 'function')
  const first = field(node, 'arguments')?.children[0]
  return callee && first && program.origins(callee, scope).some((origin) => /\.config\.get$/.test(origin)) ? plainText(first, scope) : undefined
}

function made(program: PythonProgram, node: PyNode, scope: PyScope, place: Folded): Home | undefined {
  const parent = node.parent
  if (!parent) return undefined
  const base = { node, scope, place, setting: undefined }
  if (parent.kind === 'assignment' && node.field === 'right') {
    const left = field(parent, 'left')
    if (left?.kind === 'identifier') return { ...base, operand: false, name: text(left, scope) }
    const key = left && settingKey(program, left, scope)
    return key === undefined ? undefined : { ...base, operand: false, name: undefined, setting: key }
  }
  if (parent.kind === 'keyword_argument' || parent.kind === 'argument_list' || (parent.kind === 'pair' && node.field === 'value')) return { ...base, operand: false, name: undefined }
  if (parent.kind === 'binary_operator' && node.field === 'left') return { ...base, operand: true, name: undefined }
  return undefined
}

/**
 * The edits that put a home below the system's temp folder on the target and leave it where it is elsewhere.
 * `folder`: a name to keep below it, made by the app itself; undefined uses the temp folder as the home.
 */
export function redirected(program: PythonProgram, home: Home, target: Target, folder: string | undefined): readonly Change[] {
  const { node, scope } = home
  const { module } = scope
  const guard = hostGuard(target, module, scope, node)
  const temp = importedAt(module, scope, node, 'tempfile')
  const isPath = program.origins(node, scope).includes('pathlib.Path()')
  const changes: Change[] = [...guard.changes, ...temp.changes]
  let there = `${temp.name}.gettempdir()`
  if (isPath) {
    const path = ensureImport(module, 'pathlib', 'Path')
    changes.push(...path.changes)
    there = `${path.name}(${there})${folder === undefined ? '' : ` / ${quotePython(folder)}`}`
  } else if (folder !== undefined) {
    const os = importedAt(module, scope, node, 'os')
    changes.push(...os.changes)
    there = `${os.name}.path.join(${there}, ${quotePython(folder)})`
  }
  const old = module.text.slice(node.start, node.end)
  const tail = home.operand && !isPath && old.replace(/['"]$/, '').endsWith('/') ? ' + "/"' : ''
  const whole = `${there}${tail} if ${guard.text} else ${old}`
  return [...changes, replaceNode(module, node, home.operand ? `(${whole})` : whole)]
}
