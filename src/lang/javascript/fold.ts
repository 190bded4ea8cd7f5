/** Folds strings and paths as far as they can be known without running. */
import { asPath, concat, distinct, joined, pairs, parentOf, plain, unknown, unknownPart, type Folded } from '../folded.js'
import { dirOf } from '../paths.js'
import type { Definitions } from './definitions.js'
import type { Guards } from './guards.js'
import { bare, field, fieldsOf, functionAround, literalText, walk } from './tree.js'
import type { JsFunction, JsNode } from './types.js'
import type { Resolver, World } from './values.js'

export type Folder = {
  /** Every value the expression may have; at least one. */
  text(node: JsNode): readonly Folded[]
  /** As `text`, read as a file path: plain relative text becomes 'cwd', '/tmp/…' becomes 'temp'. */
  path(node: JsNode): readonly Folded[]
}

export function makeFolder(resolver: Resolver, definitions: Definitions, guards: Guards, world: World): Folder {
  const busy = new Set<JsNode>()
  const textOf = (node: JsNode): string => world.moduleOf(node).text.slice(node.start, node.end)
  const here = (node: JsNode): string => world.moduleOf(node).path

  const fold = (outer: JsNode): readonly Folded[] => {
    const node = bare(outer)
    if (busy.has(node) || busy.size > 40) return [unknown]
    busy.add(node)
    const found = distinct(evaluate(node))
    busy.delete(node)
    return found.length > 0 ? found : [unknown]
  }
  const evaluate = (node: JsNode): readonly Folded[] => {
    switch (node.kind) {
      case 'StringLiteral':
      case 'NoSubstitutionTemplateLiteral':
        return [plain(literalText(node, world.moduleOf(node).text) ?? '')]
      case 'NumericLiteral':
        return [plain(textOf(node))]
      case 'TemplateExpression':
        return template(node)
      case 'BinaryExpression': {
        const [left, right] = [field(node, 'left'), field(node, 'right')]
        if (!left || !right) return [unknown]
        if (node.op === '+') return pairs(fold(left), fold(right), concat)
        if (node.op === '||' || node.op === '??') return [...fold(left), ...fold(right).map((piece) => fallback(piece, left))]
        if (node.op === '=') return fold(right)
        return [unknown]
      }
      case 'ConditionalExpression': {
        const test = field(node, 'condition')
        const known = test && guards.test(test)
        return [known === false ? undefined : field(node, 'whenTrue'), known === true ? undefined : field(node, 'whenFalse')].flatMap((branch) => (branch ? fold(branch) : []))
      }
      case 'Identifier':
      case 'PropertyAccessExpression':
      case 'ElementAccessExpression':
        return named(node)
      case 'CallExpression':
      case 'NewExpression':
        return call(node)
      default:
        return [unknown]
    }
  }
  /** `process.env.DIR || 'uploads'`: the second is the variable's default. */
  const fallback = (piece: Folded, left: JsNode): Folded => {
    const name = fold(left).find((one) => one.base === 'env')?.env
    return name === undefined ? piece : { ...piece, env: name }
  }
  const template = (node: JsNode): readonly Folded[] => {
    const head = field(node, 'head')
    const start: readonly Folded[] = [plain(head ? textOf(head).slice(1, -2) : '')]
    return fieldsOf(node, 'templateSpans').reduce<readonly Folded[]>((all, span) => {
      const [expression, literal] = [field(span, 'expression'), field(span, 'literal')]
      const tail = literal ? textOf(literal).replace(/^\}/, '').replace(/(\$\{|`)$/, '') : ''
      return pairs(expression ? pairs(all, fold(expression), concat) : all, [plain(tail)], concat)
    }, start)
  }
  const named = (node: JsNode): readonly Folded[] => {
    // What a name was given says more than what it may be: it tells the branches of a test apart, and whose __dirname it is.
    const all = definitions(node).filter((one) => one !== node && one.kind !== 'NullKeyword' && textOf(one) !== 'undefined')
    const given = all.slice(0, 6).flatMap(fold)
    if (given.some((piece) => piece.base !== 'unknown')) return given
    for (const origin of resolver.origins(node)) {
      const place = placeOf(origin, node)
      if (place) return [place]
    }
    return given
  }
  const placeOf = (origin: string, node: JsNode): Folded | undefined => {
    if (origin === '__dirname' || origin === 'import.meta.dirname') return { base: 'repo', text: dirOf(here(node)), exact: true }
    if (origin === '__filename' || origin === 'import.meta.filename' || origin === 'import.meta.url') return { base: 'repo', text: here(node), exact: true }
    if (origin === 'app-root-path.path' || origin === 'app-root-path') return { base: 'repo', text: '.', exact: true }
    if (origin === 'path.sep' || origin === 'os.EOL') return plain(origin === 'path.sep' ? '/' : '\n')
    const variable = /^process\.env\.(\w+)$/.exec(origin)?.[1]
    if (variable !== undefined) return { base: 'env', text: unknownPart, exact: false, env: variable }
    return undefined
  }
  const call = (node: JsNode): readonly Folded[] => {
    const callee = field(node, 'expression')
    const args = fieldsOf(node, 'arguments')
    const [first, second] = args
    if (!callee) return [unknown]
    for (const origin of resolver.origins(callee)) {
      const name = origin.replace(/^path\.(posix|win32)\./, 'path.')
      // Unlike resolve(), join() takes '/x' for 'x'.
      if (name === 'path.join' && first) return args.map(fold).reduce((all, next) => pairs(all, next.map((piece) => (piece.base === 'text' ? { ...piece, text: piece.text.replace(/^\/+/, '') } : piece)), joined))
      if (name === 'path.resolve') return args.map(fold).reduce<readonly Folded[]>((all, next) => pairs(all, next, joined), [{ base: 'cwd', text: '', exact: true }])
      if (name === 'path.dirname' && first) return fold(first).map(parentOf)
      if (/^(path\.(normalize|toNamespacedPath)|url\.fileURLToPath|String|fs\.realpathSync|decodeURIComponent|encodeURI)$/.test(name) && first) return fold(first)
      if (name === 'process.cwd') return [{ base: 'cwd', text: '', exact: true }]
      if (/^(os\.tmpdir|os\.tmpDir)$/.test(name)) return [{ base: 'temp', text: '', exact: true }]
      if (/^(tmp|temp|tempy)\./.test(name)) return [{ base: 'temp', text: unknownPart, exact: false }]
      if (name === 'os.homedir') return [{ base: 'absolute', text: unknownPart, exact: false }]
      if (name === 'app-root-path.resolve' && first) return pairs([{ base: 'repo', text: '.', exact: true }], fold(first), joined)
      if (name === 'URL' && first && second && /import\.meta\.url/.test(textOf(second))) return pairs([{ base: 'repo', text: dirOf(here(node)), exact: true }], fold(first), joined)
      if (name === 'require.resolve' && first) return [unknown]
    }
    if (callee.kind === 'PropertyAccessExpression') {
      const [object, member] = [field(callee, 'expression'), field(callee, 'name')]
      const method = member && textOf(member)
      if (object && /^(toString|trim|normalize|toLowerCase)$/.test(method ?? '')) return fold(object)
      if (object && method === 'concat') return args.map(fold).reduce((all, next) => pairs(all, next, concat), fold(object))
      if (object && method === 'replace') return fold(object).map((piece) => ({ ...piece, exact: false }))
      if (object && method === 'join' && first) {
        const list = resolver.values(object).find((value) => value.kind === 'literal-object' && value.node.kind === 'ArrayLiteralExpression')
        const glue = literalText(first, world.moduleOf(first).text)
        if (list?.kind === 'literal-object' && glue !== undefined && list.node.children.length > 0) return list.node.children.map(fold).reduce((all, next) => pairs(pairs(all, [plain(glue)], concat), next, concat))
      }
    }
    const out: Folded[] = []
    for (const value of resolver.values(callee)) {
      if (value.kind !== 'function' || busy.size > 12) continue
      for (const expression of returned(value.fn)) out.push(...fold(expression))
    }
    return out
  }
  return { text: fold, path: (node) => distinct(fold(node).map(asPath)) }
}

function* returned(fn: JsFunction): Generator<JsNode> {
  if (fn.body.kind !== 'Block') yield fn.body
  else
    for (const node of walk(fn.body)) {
      const value = node.kind === 'ReturnStatement' && functionAround(node) === fn.node ? field(node, 'expression') : undefined
      if (value) yield value
    }
}
