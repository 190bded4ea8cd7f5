/** What an expression of a server's code holds: Express itself, an app, a server around one, or what makes one. Small on purpose: it runs before there is an app to analyse. */
import { ancestor, bare, field, fieldsOf, functionKinds, literalText, walk } from '../../lang/javascript/tree.js'
import type { JsNode } from '../../lang/javascript/types.js'
import type { Path } from '../../types.js'
import type { Meaning, ServerFile, ServerFiles } from './server-file.js'

/** `made` is the `express()` call in `file`. */
export type AppMade = { readonly kind: 'app'; readonly file: Path; readonly made: JsNode }
export type AppValue =
  | { readonly kind: 'express' }
  | AppMade
  /** `http.createServer(app)`, or what `app.listen()` returns. */
  | { readonly kind: 'server'; readonly app: AppMade | undefined }
  /** What a library made of an app: `serverless(app)`, `expressWs(app)`. */
  | { readonly kind: 'wrapped'; readonly app: AppMade }
  | { readonly kind: 'function' | 'class' | 'holder' | 'object'; readonly file: Path; readonly node: JsNode }
  | { readonly kind: 'module'; readonly file: Path }

export type AppValues = {
  of(node: JsNode, file: ServerFile): AppValue | undefined
  /** What another file gets by this name; '=' for `require`, '*' for all. */
  exported(path: Path, name: string): AppValue | undefined
  named(file: ServerFile, name: string, at: JsNode): AppValue | undefined
  meant(means: Meaning, file: ServerFile): AppValue | undefined
  /** What a function returns or a class holds, if it is an app. */
  inside(value: AppValue): AppMade | undefined
}

const deepest = 24
const none = Symbol('being worked out')

export function appValues(files: ServerFiles): AppValues {
  const memo = new Map<JsNode, AppValue | typeof none | undefined>()
  let depth = 0

  const of = (given: JsNode, file: ServerFile): AppValue | undefined => {
    const node = bare(given)
    const known = memo.get(node)
    if (known !== undefined || memo.has(node)) return known === none ? undefined : known
    if (depth > deepest) return undefined
    memo.set(node, none)
    depth++
    const value = evaluate(node, file)
    depth--
    memo.set(node, value)
    return value
  }
  const at = (node: JsNode, file: ServerFile): string => file.text.slice(node.start, node.end)

  const evaluate = (node: JsNode, file: ServerFile): AppValue | undefined => {
    switch (node.kind) {
      case 'Identifier': return named(file, at(node, file), node)
      case 'ThisKeyword': {
        const cls = ancestor(node, 'ClassDeclaration', 'ClassExpression')
        return cls && { kind: 'holder', file: file.path, node: cls }
      }
      case 'VariableDeclaration': {
        const value = field(node, 'initializer')
        return value && of(value, file)
      }
      case 'BinaryExpression': {
        const [left, right] = [field(node, 'left'), field(node, 'right')]
        return (right && of(right, file)) ?? (node.op === '=' ? undefined : left && of(left, file))
      }
      case 'ConditionalExpression': return [field(node, 'whenTrue'), field(node, 'whenFalse')].map((one) => one && of(one, file)).find((value) => value !== undefined)
      case 'PropertyAccessExpression': {
        const [object, name] = [field(node, 'expression'), field(node, 'name')]
        const held = object && of(object, file)
        return held && name && member(held, at(name, file))
      }
      case 'CallExpression': return called(node, file)
      case 'NewExpression': {
        const callee = field(node, 'expression')
        const value = callee && of(callee, file)
        if (value?.kind === 'class') return { ...value, kind: 'holder' }
        return callee && /(^|\.)Server$/.test(at(callee, file)) ? serverAround(node, file) : undefined
      }
      case 'ObjectLiteralExpression': return { kind: 'object', file: file.path, node }
      case 'ClassDeclaration':
      case 'ClassExpression': return { kind: 'class', file: file.path, node }
      default: return functionKinds.has(node.kind) ? { kind: 'function', file: file.path, node } : undefined
    }
  }

  const called = (node: JsNode, file: ServerFile): AppValue | undefined => {
    const callee = field(node, 'expression')
    const [first] = fieldsOf(node, 'arguments')
    if (!callee) return undefined
    const text = at(callee, file)
    if ((text === 'require' || callee.kind === 'ImportKeyword') && first) return required(literalText(first, file.text), file, callee.kind === 'ImportKeyword' ? '*' : '=')
    const value = of(callee, file)
    if (value?.kind === 'express') return { kind: 'app', file: file.path, made: node }
    if (value?.kind === 'function') return returned(value)
    const receiver = callee.kind === 'PropertyAccessExpression' ? field(callee, 'expression') : undefined
    const on = receiver && of(receiver, file)
    if (on?.kind === 'app' || on?.kind === 'server') return /\.listen$/.test(text) ? { kind: 'server', app: on.kind === 'app' ? on : on.app } : /\.(Router|get|address)$/.test(text) ? undefined : on
    if (/(^|\.)(create(Secure)?)?Server$/.test(text)) return serverAround(node, file)
    const wrapped = fieldsOf(node, 'arguments').map((arg) => of(arg, file)).find((arg) => arg?.kind === 'app')
    return wrapped?.kind === 'app' && !receiver?.kind.startsWith('Call') && on === undefined && !/\.(use|log|info|push|set|on)$/.test(text) ? { kind: 'wrapped', app: wrapped } : undefined
  }
  const serverAround = (node: JsNode, file: ServerFile): AppValue | undefined => {
    const values = fieldsOf(node, 'arguments').map((arg) => of(arg, file))
    const app = values.find((value) => value?.kind === 'app')
    return app?.kind === 'app' ? { kind: 'server', app } : undefined
  }

  const required = (written: string | undefined, file: ServerFile, name: string): AppValue | undefined => {
    if (written === undefined) return undefined
    if (written === 'express') return /^(=|\*|default|express)$/.test(name) ? { kind: 'express' } : undefined
    const path = files.resolution.resolve(written, file.path)
    return path === undefined ? undefined : exported(path, name)
  }

  const exported = (path: Path, name: string): AppValue | undefined => {
    const file = files.file(path)
    if (!file || depth > deepest) return undefined
    if (name === '*') return { kind: 'module', file: path }
    if (file.exports.has(name)) return meant(file.exports.get(name), file)
    const whole = file.exports.get('=')
    // What `require` gives of an ES module, and `import x from` of a CommonJS one.
    if (name === '=') return { kind: 'module', file: path }
    if (whole) return name === 'default' ? meant(whole, file) : member(meant(whole, file), name)
    if (name === 'default' && file.exports.size > 0 && file.stars.length === 0) return { kind: 'module', file: path }
    depth++
    const passed = file.stars.map((from) => required(from, file, name)).find((value) => value !== undefined)
    depth--
    return passed
  }
  const meant = (means: Meaning, file: ServerFile): AppValue | undefined => {
    if (!means) return undefined
    if ('from' in means) return required(means.from, file, means.member)
    const value = of(means.node, file)
    return means.member === undefined ? value : member(value, means.member)
  }

  const named = (file: ServerFile, name: string, node: JsNode): AppValue | undefined => {
    const around = file.names.filter((one) => one.name === name && one.scope.start <= node.start && one.scope.end >= node.end)
    const width = Math.min(...around.map(({ scope }) => scope.end - scope.start))
    // A later assignment in a function fills what the file declares empty.
    const inner = around.filter(({ scope }) => scope.end - scope.start === width)
    const value = inner.map(({ means }) => meant(means, file)).find((one) => one !== undefined)
    if (value !== undefined || inner.some(({ means }) => means !== undefined)) return value
    const filled = inner.some(({ scope }) => scope.kind === 'SourceFile') ? file.names.filter((one) => one.name === name && one.means && 'node' in one.means && one.means.node.parent?.kind === 'BinaryExpression') : []
    return filled.map(({ means }) => meant(means, file)).find((one) => one !== undefined)
  }

  const member = (value: AppValue | undefined, name: string): AppValue | undefined => {
    switch (value?.kind) {
      case undefined: return undefined
      case 'express': return name === 'default' || name === 'express' ? value : undefined
      case 'module': return exported(value.file, name)
      case 'app': return name === 'default' ? value : undefined
      case 'wrapped': return name === 'app' ? value.app : undefined
      case 'object': return propertyOf(value, name)
      case 'holder': return memberOf(value, name)
      default: return undefined
    }
  }
  const propertyOf = ({ file: path, node }: AppValue & { readonly kind: 'object' | 'function' | 'class' | 'holder' }, name: string): AppValue | undefined => {
    const file = files.file(path)
    const property = file && fieldsOf(node, 'properties').find((one) => {
      const key = field(one, 'name')
      return key !== undefined && at(key, file) === name
    })
    if (!file || !property) return undefined
    const inner = field(property, 'initializer') ?? (property.kind === 'ShorthandPropertyAssignment' ? field(property, 'name') : property)
    return inner && of(inner, file)
  }
  /** A class's field, getter or method; fields are also filled by `this.x = …`. */
  const memberOf = ({ file: path, node }: AppValue & { readonly kind: 'object' | 'function' | 'class' | 'holder' }, name: string): AppValue | undefined => {
    const file = files.file(path)
    if (!file) return undefined
    for (const one of fieldsOf(node, 'members')) {
      const key = field(one, 'name')
      if (!key || at(key, file) !== name) continue
      const value = field(one, 'initializer')
      if (value) return of(value, file)
      if (one.kind === 'GetAccessor') return returned({ kind: 'function', file: path, node: one })
      if (one.kind === 'MethodDeclaration') return { kind: 'function', file: path, node: one }
    }
    for (const one of walk(node)) {
      if (one.kind !== 'BinaryExpression' || one.op !== '=') continue
      const [left, right] = [field(one, 'left'), field(one, 'right')]
      if (left && right && at(left, file) === `this.${name}`) return of(right, file)
    }
    return undefined
  }

  const returned = ({ file: path, node }: AppValue & { readonly kind: 'function' | 'class' | 'holder' | 'object' }): AppValue | undefined => {
    const file = files.file(path)
    const body = field(node, 'body')
    if (!file || !body) return undefined
    if (body.kind !== 'Block') return of(body, file)
    let fallback: AppValue | undefined
    for (const one of walk(body, (child) => !functionKinds.has(child.kind))) {
      const value = one.kind === 'ReturnStatement' ? field(one, 'expression') : undefined
      const result = value && of(value, file)
      if (result && result.kind !== 'function') return result
      fallback ??= result
    }
    return fallback
  }

  const inside = (value: AppValue): AppMade | undefined => {
    if (value.kind === 'app') return value
    if (value.kind === 'server' || value.kind === 'wrapped') return value.app
    if (value.kind === 'function') {
      const result = returned(value)
      return result && result.kind !== 'function' ? inside(result) : undefined
    }
    const file = 'file' in value ? files.file(value.file) : undefined
    if (!file || !('node' in value)) return undefined
    for (const call of file.makes) {
      if (value.node.start > call.start || value.node.end < call.end) continue
      const made = of(call, file)
      if (made?.kind === 'app' && made.made === call) return made
    }
    if (value.kind !== 'object') return undefined
    return fieldsOf(value.node, 'properties').flatMap((one) => {
      const key = field(one, 'name')
      const held = key && propertyOf(value, at(key, file))
      return held && held.kind !== 'object' ? (inside(held) ?? []) : []
    })[0]
  }
  return { of, exported, named, meant, inside }
}
