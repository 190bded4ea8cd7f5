/** Decides tests that depend on the host: which branch runs there, and which tests are flags nobody here can decide. */
import { hostMarks } from '../host-marks.js'
import { bare, field, fieldsOf, functionKinds, literalText, walk } from './tree.js'
import type { Definitions } from './definitions.js'
import type { JsNode } from './types.js'
import type { Resolver, World } from './values.js'

export type Guards = {
  /** 'main' for `require.main === module`, a boolean when the host decides it, 'flag' when a setting or variable does, undefined for an ordinary test. */
  test(node: JsNode): boolean | 'main' | 'not-main' | 'flag' | undefined
  /** Names of environment variables that an expression reads, through constants too. */
  reads(node: JsNode): readonly string[]
}
type Known = { readonly value: string | number | boolean | null | undefined }

const environmentName = /^process\.env\.([A-Za-z_]\w*)$|^import\.meta\.env\.([A-Za-z_]\w*)$|^(?:Bun|Deno)\.env\.(\w+)$/

export function makeGuards(resolver: Resolver, definitions: Definitions, world: World, hostEnv: Readonly<Record<string, string>>): Guards {
  const textOf = (node: JsNode): string => world.moduleOf(node).text.slice(node.start, node.end)

  const variableOf = (node: JsNode): string | undefined => {
    for (const origin of resolver.origins(node)) {
      const found = environmentName.exec(origin)
      if (found) return found[1] ?? found[2] ?? found[3]
    }
    // Express keeps NODE_ENV as its setting 'env'.
    if (node.kind === 'CallExpression') {
      const [callee, first] = [field(node, 'expression'), field(node, 'arguments')]
      if (callee && first && literalText(first, world.moduleOf(first).text) === 'env' && resolver.origins(callee).includes('express().get')) return 'NODE_ENV'
    }
    return undefined
  }
  const variable = (name: string): Known | undefined => {
    const set = hostEnv[name]
    if (set !== undefined) return { value: set }
    return hostMarks.has(name) ? { value: undefined } : undefined
  }
  const evaluate = (outer: JsNode, depth: number): Known | undefined => {
    const node = bare(outer)
    if (depth > 8) return undefined
    switch (node.kind) {
      case 'StringLiteral':
      case 'NoSubstitutionTemplateLiteral':
        return { value: literalText(node, world.moduleOf(node).text) }
      case 'NumericLiteral':
        return { value: Number(textOf(node)) }
      case 'TrueKeyword':
      case 'FalseKeyword':
        return { value: node.kind === 'TrueKeyword' }
      case 'NullKeyword':
        return { value: null }
      case 'PrefixUnaryExpression': {
        const inner = field(node, 'operand')
        const known = node.op === '!' && inner ? evaluate(inner, depth + 1) : undefined
        return known && { value: !known.value }
      }
      case 'BinaryExpression':
        return binary(node, depth)
      case 'ConditionalExpression': {
        const test = field(node, 'condition')
        const known = test && evaluate(test, depth + 1)
        const branch = known && field(node, known.value ? 'whenTrue' : 'whenFalse')
        return branch && evaluate(branch, depth + 1)
      }
      case 'CallExpression': {
        const callee = field(node, 'expression')
        const args = fieldsOf(node, 'arguments')
        if (!callee) return undefined
        const name = variableOf(node)
        if (name !== undefined) return variable(name)
        if (args[0] && resolver.origins(callee).includes('Boolean')) {
          const known = evaluate(args[0], depth + 1)
          return known && { value: Boolean(known.value) }
        }
        if (callee.kind === 'PropertyAccessExpression' && /^(toLowerCase|toUpperCase|trim|toString)$/.test(textOf(field(callee, 'name') ?? callee))) {
          const object = field(callee, 'expression')
          const known = object && evaluate(object, depth + 1)
          if (typeof known?.value === 'string') return { value: /Lower/.test(textOf(callee)) ? known.value.toLowerCase() : /Upper/.test(textOf(callee)) ? known.value.toUpperCase() : known.value.trim() }
        }
        for (const value of resolver.values(callee)) {
          if (value.kind !== 'function') continue
          const only = value.fn.body.kind === 'Block' ? (value.fn.body.children.length === 1 && value.fn.body.children[0]?.kind === 'ReturnStatement' ? field(value.fn.body.children[0], 'expression') : undefined) : value.fn.body
          if (only) return evaluate(only, depth + 1)
        }
        return undefined
      }
      case 'Identifier':
      case 'PropertyAccessExpression':
      case 'ElementAccessExpression': {
        const name = variableOf(node)
        if (name !== undefined) return variable(name)
        const all = definitions(node)
        return all.length === 1 && all[0] ? evaluate(all[0], depth + 1) : undefined
      }
      default:
        return undefined
    }
  }
  const binary = (node: JsNode, depth: number): Known | undefined => {
    const [left, right] = [field(node, 'left'), field(node, 'right')]
    if (!left || !right) return undefined
    const [a, b] = [evaluate(left, depth + 1), evaluate(right, depth + 1)]
    if (node.op === '||' || node.op === '&&') {
      const stops = (known: Known | undefined): boolean => known !== undefined && Boolean(known.value) === (node.op === '||')
      if (stops(a)) return a
      if (a) return b
      return stops(b) ? b : undefined
    }
    if (node.op === '??') return a ? (a.value ?? undefined) === undefined ? b : a : undefined
    if (!a || !b) return undefined
    if (node.op === '===' || node.op === '==') return { value: a.value === b.value }
    if (node.op === '!==' || node.op === '!=') return { value: a.value !== b.value }
    return undefined
  }

  const reads = (node: JsNode, depth = 0): readonly string[] => {
    const found: string[] = []
    for (const at of walk(node, (inner) => !functionKinds.has(inner.kind))) {
      if (!/^(Identifier|PropertyAccessExpression|ElementAccessExpression|CallExpression)$/.test(at.kind) || at.field === 'name') continue
      const name = variableOf(at)
      if (name !== undefined) found.push(name)
      else if (depth < 3 && at.kind !== 'CallExpression') for (const home of definitions(at)) if (home !== node && home.end - home.start < 400) found.push(...reads(home, depth + 1))
    }
    return [...new Set(found)]
  }
  const isMain = /require\.main\s*={2,3}\s*module\b|\bmodule\s*={2,3}\s*require\.main|^!\s*module\.(parent|children)|import\.meta\.main\b|\bes-?main\b|\besMain\(|isMain(Module)?\(|process\.argv\s*(\[\s*1\s*\]|\.at\(1\))/
  const isNotMain = /require\.main\s*!={1,2}\s*module\b|\bmodule\s*!={1,2}\s*require\.main|^module\.parent\b/
  const main = (node: JsNode, depth = 0): 'main' | 'not-main' | undefined => {
    const text = textOf(node)
    if (text.length > 400) return undefined
    if (isNotMain.test(text)) return 'not-main'
    if (isMain.test(text)) return /!==?/.test(text.replace(/^!\s*module/, '')) && !/require\.main\s*={2,3}/.test(text) ? 'not-main' : 'main'
    const inner = bare(node)
    if (depth > 2) return undefined
    if (inner.kind === 'PrefixUnaryExpression' && inner.op === '!') {
      const operand = field(inner, 'operand')
      const found = operand && main(operand, depth + 1)
      return found === 'main' ? 'not-main' : found === 'not-main' ? 'main' : undefined
    }
    if (inner.kind === 'BinaryExpression' && inner.op === '&&') return [field(inner, 'left'), field(inner, 'right')].flatMap((side) => (side ? (main(side, depth + 1) ?? []) : []))[0]
    if (inner.kind !== 'Identifier') return undefined
    const all = definitions(inner)
    return all.length === 1 && all[0] ? main(all[0], depth + 1) : undefined
  }

  return {
    reads,
    test: (node) => {
      const known = evaluate(node, 0)
      if (known && (known.value === false || known.value === undefined || known.value === null)) return false
      const asked = main(node)
      if (asked) return asked
      if (known) return Boolean(known.value)
      return reads(node).length > 0 || /\b(debug|DEBUG|testing|isDev(elopment)?|isProd(uction)?)\b/.test(textOf(node)) ? 'flag' : undefined
    },
  }
}
