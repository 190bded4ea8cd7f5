import type { JsProgram, Problem, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { insertAt, replaceNode } from '../../../src/lang/javascript/edit.js'
import { databaseClients, type Client } from '../../../src/lang/javascript/storage/clients.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { field, type JsNode } from '../../../src/lang/javascript/program.js'
import { spotted } from '../../../src/lang/spotted.js'
import { atMost } from '../../../src/lang/severity.js'

/** What one instance may well hold; many of them share the database. */
const few = 5

export const dbPoolExhaustion = {
  id: 'db-pool-exhaustion',
  title: 'Database pool sized for one server',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const client of databaseClients(program, 'pool', 'orm', 'client')) {
      const size = sizeOf(program, client)
      const place = size && spotted(program, client.call, client.call.node, `${client.name} ${size.text}`, 'breaks')
      if (!size || !place || place.when === 'request') continue
      yield {
        ...place,
        severity: atMost(place.severity, size.severity),
        message: `${client.name} ${size.text}. The host runs many instances, each with a pool of its own, and together they use up the connections that the database allows ("too many connections"). Keep the pool small, and use the address of the provider's pooler.`,
        remedy: remedyOf(program, client, size, context),
      }
    }
  },
} satisfies Rule

type Size = { readonly text: string; readonly severity: Severity; readonly key: string; /** The number that is there. */ readonly node: JsNode | undefined; /** The object that would hold it. */ readonly object: JsNode | undefined }

function sizeOf(program: JsProgram, { call, kind, options }: Client): Size | undefined {
  const name = call.names[0] ?? ''
  if (kind === 'client') {
    const node = options.get('maxPoolSize')[0] ?? options.get('poolSize')[0]
    const most = node && numberOf(program, node)
    return node && most !== undefined && most > few ? { text: `may hold ${most} connections`, severity: most > 4 * few ? 'breaks' : 'degrades', key: 'maxPoolSize', node, object: undefined } : undefined
  }
  if (/^@neondatabase|^@vercel/.test(name)) return undefined
  if (kind === 'pool') {
    const key = /mysql|mariadb/.test(name) ? 'connectionLimit' : 'max'
    const node = options.get(key)[0]
    if (node) return counted(program, node, key)
    // An address alone, or options of another making: the default holds unless the address says otherwise.
    const [object] = options.literals
    if (call.spread || (object && !options.complete) || (!object && call.args.length > 1)) return undefined
    return { text: 'keeps the default pool of 10 connections', severity: 'degrades', key, node: undefined, object: options.literals.length === 1 ? object : undefined }
  }
  const node = options.get('pool').flatMap((pool) => optionsOf(program, pool).get('max'))[0] ?? options.get('extra').flatMap((extra) => [...optionsOf(program, extra).get('max'), ...optionsOf(program, extra).get('connectionLimit')])[0]
  return node && counted(program, node, 'max')
}
function counted(program: JsProgram, node: JsNode, key: string): Size | undefined {
  const most = numberOf(program, node)
  return most !== undefined && most > few ? { text: `may hold ${most} connections`, severity: most > 4 * few ? 'breaks' : 'degrades', key, node, object: undefined } : undefined
}
function numberOf(program: JsProgram, node: JsNode): number | undefined {
  const all = program.values(node).flatMap((value) => (value.kind === 'literal' && typeof value.value === 'number' ? [value.value] : []))
  return all.length === 1 ? all[0] : undefined
}

function remedyOf(program: JsProgram, { call }: Client, { key, node, object }: Size, { target }: RuleContext): Remedy {
  const small = (otherwise: string): string => `${target.guard.javascript} ? 3 : ${otherwise}`
  const fix = { kind: 'fix' as const, safety: 'review' as const, title: 'Keep the pool small on the host', left: 'Use the pooled address of the database where its provider has one.' }
  if (node?.kind === 'NumericLiteral') {
    const module = program.moduleOf(node)
    if (module.brokenAt === undefined) return { ...fix, changes: [replaceNode(module, node, small(program.text(node)))] }
  }
  const last = object?.children.at(-1)
  const module = object && program.moduleOf(object)
  if (object && last && module && module.brokenAt === undefined && object.kind === 'ObjectLiteralExpression') {
    const gap = /[\r\n]/.test(module.text.slice(object.start, last.start)) ? module.text.slice(module.text.lastIndexOf('\n', last.start), last.start) : ' '
    if (field(last, 'name') && (gap === ' ' || /^\r?\n\s*$/.test(gap))) return { ...fix, changes: [insertAt(module, last.end, `,${gap === ' ' ? ' ' : `${module.text.includes('\r\n') ? '\r' : ''}${gap}`}${key}: ${small('10')}`)] }
  }
  return { kind: 'manual', reason: `Give ${call.isNew ? 'it' : 'the call'} \`${key}: 3\` on the host, and use the pooled address of the database where its provider has one.` }
}
