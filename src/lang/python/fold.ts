/** Folds strings and paths as far as they can be known without running: HAZARDS 0.3, point 4. Unknown parts are '\0'. */
import type { Definitions } from './definitions.js'
import type { Guards } from './guards.js'
import { literalText } from './literals.js'
import { settingAt } from './settings/pydantic-settings.js'
import { bare, field } from './tree.js'
import type { Resolver } from './values.js'
import { asPath, concat, distinct, joined, pairs, parentOf, plain, unknown, unknownPart, type Folded } from '../folded.js'
import type { PyNode, PyScope } from './types.js'

type Piece = Folded

export type Folder = {
  /** Every value the expression may have; at least one. */
  text(node: PyNode, scope: PyScope): readonly Folded[]
  /** As `text`, read as a file path: plain relative text becomes 'cwd', '/tmp/…' becomes 'temp'. */
  path(node: PyNode, scope: PyScope): readonly Folded[]
}
/** Where a framework keeps settings: values assigned to a key such as UPLOAD_FOLDER. */
export type Settings = (key: string) => readonly { readonly node: PyNode; readonly scope: PyScope }[]

/** Attributes whose value the framework itself gives. */
export type FrameworkNames = {
  /** Repo-relative folder that an attribute such as `app.root_path` names; `appDir` is the folder of the module that makes the app. */
  placeOf(origin: string, appDir: string): string | undefined
  /** The setting that an attribute such as `settings.MEDIA_ROOT` reads. */
  settingOf(origin: string): string | undefined
}

export function makeFolder(resolver: Resolver, definitions: Definitions, guards: Guards, settings: Settings, known: FrameworkNames, appDir: () => string): Folder {
  const busy = new Set<PyNode>()

  const fold = (at: PyNode, scope: PyScope): readonly Piece[] => {
    const node = bare(at)
    if (busy.has(node) || busy.size > 40) return [unknown]
    busy.add(node)
    const found = distinct(evaluate(node, scope))
    busy.delete(node)
    return found.length > 0 ? found : [unknown]
  }
  const origins = (node: PyNode, scope: PyScope): readonly string[] => resolver.values(node, scope).flatMap((value) => (value.kind === 'name' ? [value.name] : []))
  const slice = (node: PyNode, scope: PyScope): string => scope.module.text.slice(node.start, node.end)

  const evaluate = (node: PyNode, scope: PyScope): readonly Piece[] => {
    switch (node.kind) {
      case 'string':
        return stringPieces(node, scope)
      case 'concatenated_string':
        return node.children.filter((child) => child.kind === 'string').reduce<readonly Piece[]>((all, child) => pairs(all, stringPieces(child, scope), concat), [plain('')])
      case 'binary_operator': {
        const [left, right] = [field(node, 'left'), field(node, 'right')]
        if (!left || !right) return [unknown]
        if (node.op === '+') return pairs(fold(left, scope), fold(right, scope), concat)
        if (node.op === '/') return pairs(fold(left, scope), fold(right, scope), joined)
        if (node.op === '%') return fold(left, scope).map((piece) => ({ ...piece, text: piece.text.replace(/%(\(\w+\))?[-0-9.]*[sdrfx]/g, unknownPart), exact: false }))
        return [unknown]
      }
      case 'boolean_operator':
        return node.op === 'or' ? node.children.flatMap((child) => fold(child, scope)) : [unknown]
      case 'conditional_expression': {
        const [yes, test, no] = node.children
        const known = test && guards.test(test, scope)
        return [known === false ? undefined : yes, known === true ? undefined : no].flatMap((branch) => (branch ? fold(branch, scope) : []))
      }
      case 'named_expression': {
        const value = field(node, 'value')
        return value ? fold(value, scope) : [unknown]
      }
      case 'identifier':
        if (slice(node, scope) === '__file__') return [{ base: 'repo', text: scope.module.path, exact: true }]
        return fromDefinitions(node, scope)
      case 'attribute':
        return attribute(node, scope)
      case 'subscript':
        return subscript(node, scope)
      case 'call':
        return call(node, scope)
      default:
        return [unknown]
    }
  }

  const stringPieces = (node: PyNode, scope: PyScope): readonly Piece[] => {
    const whole = literalText(node, scope.module.text)
    if (whole !== undefined) return [plain(whole)]
    return node.children.reduce<readonly Piece[]>((all, child) => {
      if (child.kind === 'string_content') return pairs(all, [plain(slice(child, scope))], concat)
      const expression = child.kind === 'interpolation' ? field(child, 'expression') : undefined
      return expression ? pairs(all, fold(expression, scope), concat) : all
    }, [plain('')])
  }
  const fromDefinitions = (node: PyNode, scope: PyScope): readonly Piece[] => {
    const all = definitions.of(node, scope)
    // `path = None` first is no path.
    const set = all.filter((one) => one.node.kind !== 'none')
    const live = (set.length > 0 ? set : all).filter((one) => !dead(one.node, one.scope))
    return (live.length > 0 ? live : all).slice(0, 6).flatMap((one) => {
      const setting = settingAt(resolver, one.node, one.scope)
      return setting ? fromEnvironment(setting.name, setting.fallback, one.scope) : fold(one.node, one.scope)
    })
  }
  const dead = (node: PyNode, scope: PyScope): boolean => {
    for (let at: PyNode | undefined = node; at; at = at.parent) {
      const parent: PyNode | undefined = at.parent
      if (!parent || parent.kind === 'function_definition') return false
      if (parent.kind === 'if_statement' || parent.kind === 'elif_clause') {
        const condition = field(parent, 'condition')
        if (at.field === 'consequence' && condition && guards.test(condition, scope) === false) return true
      }
      if (at.kind === 'else_clause' && parent.kind === 'if_statement') {
        const condition = field(parent, 'condition')
        if (condition && guards.test(condition, scope) === true) return true
      }
    }
    return false
  }
  const attribute = (node: PyNode, scope: PyScope): readonly Piece[] => {
    const [object, name] = [field(node, 'object'), field(node, 'attribute')]
    if (!object || !name) return [unknown]
    const member = slice(name, scope)
    const whole = origins(node, scope)
    for (const origin of whole) {
      const place = known.placeOf(origin, appDir())
      if (place !== undefined) return [{ base: 'repo', text: place, exact: true }]
      const key = known.settingOf(origin)
      if (key !== undefined) return setting(key)
    }
    if (whole.some((origin) => /^tempfile\..*\.name$/.test(origin))) return [{ base: 'temp', text: unknownPart, exact: false }]
    if (member === 'parent') return fold(object, scope).map(parentOf)
    if (member === 'name' || member === 'stem' || member === 'suffix') return [unknown]
    return fromDefinitions(node, scope)
  }
  const subscript = (node: PyNode, scope: PyScope): readonly Piece[] => {
    const [value, key] = [field(node, 'value'), field(node, 'subscript')]
    if (!value || !key) return [unknown]
    const holder = origins(value, scope)
    const name = literalText(key, scope.module.text)
    if (key.kind === 'string' && name !== undefined) {
      if (holder.includes('os.environ')) return [{ base: 'env', text: unknownPart, exact: false, env: name }]
      if (holder.some((origin) => /\.config$/.test(origin))) return setting(name)
    }
    if (value.kind === 'attribute' && key.kind === 'integer') {
      const [object, member] = [field(value, 'object'), field(value, 'attribute')]
      if (object && member && slice(member, scope) === 'parents') {
        const up = Number(slice(key, scope)) + 1
        return fold(object, scope).map((piece) => Array.from({ length: up }).reduce<Piece>((at) => parentOf(at), piece))
      }
    }
    return [unknown]
  }
  const setting = (key: string): readonly Piece[] => {
    const sources = settings(key).filter((one) => !dead(one.node, one.scope))
    return sources.length === 0 ? [unknown] : sources.slice(0, 6).flatMap((one) => fold(one.node, one.scope))
  }

  const call = (node: PyNode, scope: PyScope): readonly Piece[] => {
    const callee = field(node, 'function')
    const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
    const given = args.filter((child) => child.kind !== 'keyword_argument')
    const first = given[0]
    if (!callee) return [unknown]
    for (const origin of origins(callee, scope)) {
      if (origin === 'os.path.join' || origin === 'posixpath.join') return given.map((arg) => fold(arg, scope)).reduce((all, next) => pairs(all, next, joined))
      if (origin === 'pathlib.Path' || origin === 'pathlib.PurePath') return given.length === 0 ? [{ base: 'cwd', text: '', exact: true }] : given.map((arg) => fold(arg, scope)).reduce((all, next) => pairs(all, next, joined))
      if (origin === 'os.path.dirname' && first) return fold(first, scope).map(parentOf)
      if (/^os\.path\.(abspath|realpath|normpath|expanduser|expandvars)$|^os\.fspath$|^builtins\.str$/.test(origin) && first) return fold(first, scope)
      if (origin === 'os.getcwd' || origin === 'pathlib.Path.cwd') return [{ base: 'cwd', text: '', exact: true }]
      if (origin === 'tempfile.gettempdir') return [{ base: 'temp', text: '', exact: true }]
      if (origin.startsWith('tempfile.')) return [{ base: 'temp', text: unknownPart, exact: false }]
      if (/^(os\.getenv|os\.environ\.get|environ\.get|decouple\.config|environs\.Env\(\)(\.str)?|environ\.Env\(\)(\.str)?)$/.test(origin) && first) return environment(first, given[1] ?? keyword(args, 'default', scope), scope)
      if (/\.config\.get$/.test(origin) && first?.kind === 'string') {
        const key = literalText(first, scope.module.text)
        const found = key === undefined ? [unknown] : setting(key)
        return given[1] && found.every((piece) => piece.base === 'unknown') ? fold(given[1], scope) : found
      }
    }
    if (callee.kind === 'attribute') {
      const [object, member] = [field(callee, 'object'), field(callee, 'attribute')]
      const name = member && slice(member, scope)
      if (object && name) {
        if (/^(resolve|absolute|expanduser|as_posix|as_uri|strip|rstrip|lower|__str__|replace)$/.test(name)) return fold(object, scope).map((piece) => (name === 'replace' ? { ...piece, exact: false } : piece))
        if (name === 'joinpath') return given.map((arg) => fold(arg, scope)).reduce((all, next) => pairs(all, next, joined), fold(object, scope))
        if (name === 'with_name' && first) return pairs(fold(object, scope).map(parentOf), fold(first, scope), joined)
        if (name === 'with_suffix') return fold(object, scope).map((piece) => joined(parentOf(piece), unknown))
        if (name === 'format') return fold(object, scope).map((piece) => ({ ...piece, text: piece.text.replace(/\{[^}]*\}/g, unknownPart), exact: false }))
      }
    }
    const out: Piece[] = []
    for (const value of resolver.values(callee, scope)) {
      if (value.kind !== 'function' || value.fn.isLambda || busy.size > 12) continue
      for (const expression of returned(value.fn.body)) out.push(...fold(expression, value.fn.scope))
    }
    return out
  }
  const environment = (key: PyNode, fallback: PyNode | undefined, scope: PyScope): readonly Piece[] => {
    const name = literalText(key, scope.module.text)
    return key.kind !== 'string' || name === undefined ? [unknown] : fromEnvironment(name, fallback, scope)
  }
  const fromEnvironment = (name: string, fallback: PyNode | undefined, scope: PyScope): readonly Piece[] => {
    const out: Piece[] = [{ base: 'env', text: unknownPart, exact: false, env: name }]
    if (fallback) for (const piece of fold(fallback, scope)) if (!(piece.base === 'text' && piece.text === '')) out.push({ ...piece, env: name })
    return out
  }
  const keyword = (args: readonly PyNode[], name: string, scope: PyScope): PyNode | undefined => {
    const found = args.find((arg) => arg.kind === 'keyword_argument' && slice(field(arg, 'name') ?? arg, scope) === name)
    return found && field(found, 'value')
  }

  const path = (node: PyNode, scope: PyScope): readonly Folded[] => distinct(fold(node, scope).map(asPath))
  return { text: fold, path }
}

function* returned(body: PyNode): Generator<PyNode> {
  for (const child of body.children) {
    if (child.kind === 'return_statement' && child.children[0]) yield child.children[0]
    else if (child.kind !== 'function_definition' && child.kind !== 'class_definition' && child.kind !== 'decorated_definition') yield* returned(child)
  }
}
