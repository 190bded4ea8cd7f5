/** The same question for apps of Node: does the route that a cron calls look at who calls? */
import { findNodeAtLocation } from 'jsonc-parser'
import { lineColumn } from '../../../src/edits.js'
import { insertBefore } from '../../../src/lang/javascript/edit.js'
import { ensureImport } from '../../../src/lang/javascript/edit-imports.js'
import { field, fieldsOf, walk, type JsFunction, type JsNode, type JsProgram, type JsRoute } from '../../../src/lang/javascript/program.js'
import { endStatement, quoteJs, styleOf } from '../../../src/lang/javascript/style.js'
import type { Evidence, Problem, Remedy, RuleContext } from '../../../src/types.js'
import { cronJobs, vercelConfigs, type ConfigFile, type CronJob } from '../vercel-json.js'

export type JsCronRoute = { readonly file: ConfigFile; readonly job: CronJob; readonly evidence: Evidence; readonly routes: readonly JsRoute[] }

/** The crons of the app's configs, each with the routes of Express that answer its path. */
export function* jsCronRoutes(program: JsProgram, { app, repo }: RuleContext): Generator<JsCronRoute> {
  for (const file of vercelConfigs(repo, app))
    for (const job of cronJobs(file)) {
      const path = job.path.split('?')[0] ?? job.path
      const node = findNodeAtLocation(file.tree, ['crons', job.at, 'path'])
      const evidence = { file: file.path, line: lineColumn(file.text, node?.offset ?? 0).line, note: `a cron calls ${job.path}` }
      yield { file, job, evidence, routes: program.jsRoutes.filter((route) => answers(route.path, path)) }
    }
}
/** Does a declared path such as '/tasks/:name' take this one? Express does not mind a slash at the end. */
function answers(declared: string, path: string): boolean {
  const pattern = declared.split(/(:\w+|\*)/).map((piece) => (piece.startsWith(':') ? '[^/]+' : piece === '*' ? '.*' : piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))).join('')
  return /\*/.test(declared) ? false : new RegExp(`^${pattern.replace(/\/$/, '')}/?$`).test(path)
}

/** Words that only a check of the caller uses. */
const check = /CRON_SECRET|timingSafeEqual|^authorization$|bearer|^x-[a-z-]*(?:key|secret|token|signature)|api_?key|secret|verify|auth|permission|jwt|protect|isAdmin/i

export function* openRoutes(program: JsProgram, context: RuleContext): Generator<Problem> {
  const seen = new Set<JsNode>()
  for (const cron of jsCronRoutes(program, context))
    for (const route of cron.routes) {
      if (seen.has(route.node) || !route.methods.some((method) => method === 'GET' || method === 'ALL') || isChecked(program, route)) continue
      seen.add(route.node)
      const { module, node, fn } = route
      const head = fn ? Math.min(fn.body.start, node.end) : node.end
      yield {
        path: module.path, range: { start: node.start, end: head }, when: 'request',
        trace: [cron.evidence, { file: module.path, line: program.line(node), note: `${route.path} answers it` }],
        message: `Anybody who knows the address can run the job behind ${cron.job.path}: its handler does not look at who calls. The platform sends "Authorization: Bearer" with CRON_SECRET, if that variable is set; compare it before anything else.`,
        remedy: remedyFor(program, route, fn),
      }
    }
}
/** Handlers given before the last one, the last one, and what they call. */
function isChecked(program: JsProgram, { node, module, fn }: JsRoute): boolean {
  const before = fieldsOf(node, 'arguments').filter((arg) => arg !== fn?.node)
  for (const arg of before.slice(1)) for (const one of walk(arg)) if (one.kind === 'Identifier' && check.test(module.text.slice(one.start, one.end))) return true
  // Middleware of the whole app or router may turn a caller away.
  for (const call of program.callsMatching(/^express(\.Router)?\(\)\.use$/)) {
    if (call.module !== module || call.node.start > node.start) continue
    const [first] = call.args
    if (first && first.kind !== 'StringLiteral' && check.test(program.text(first))) return true
  }
  const queue: JsFunction[] = [...(fn ? [fn] : []), ...before.flatMap((arg) => program.values(arg).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])))]
  const seen = new Set<JsFunction>()
  for (let one = queue.shift(); one && seen.size < 40; one = queue.shift()) {
    if (seen.has(one)) continue
    seen.add(one)
    for (const part of walk(one.body)) if (/^(Identifier|StringLiteral|NoSubstitutionTemplateLiteral|TemplateHead)$/.test(part.kind) && check.test(one.module.text.slice(part.start, part.end).replace(/^['"`]|['"`]$/g, ''))) return true
    for (const call of program.calls()) if (call.module === one.module && call.node.start >= one.body.start && call.node.end <= one.body.end) queue.push(...call.callees)
  }
  return false
}

function remedyFor(program: JsProgram, route: JsRoute, fn: JsFunction | undefined): Remedy {
  const byHand: Remedy = { kind: 'manual', reason: `Compare the Authorization header with "Bearer " and CRON_SECRET at the top of the handler of ${route.path}, in constant time.` }
  const [req, res] = (fn?.params ?? []).map((param) => field(param, 'name')).map((name) => (name?.kind === 'Identifier' ? program.text(name) : undefined))
  const first = fn && fn.body.kind === 'Block' ? fieldsOf(fn.body, 'statements')[0] : undefined
  if (!fn || !first || req === undefined || res === undefined || fn.module.brokenAt !== undefined || !/[\r\n]/.test(fn.module.text.slice(fn.body.start, first.start))) return byHand
  const { module } = fn
  const style = styleOf(module, { modules: program.modules })
  const crypto = ensureImport(module, { from: 'crypto', member: 'timingSafeEqual' }, style)
  const q = (text: string): string => quoteJs(text, style)
  const [wanted = '', given = ''] = ['wanted', 'given'].map((name) => (new RegExp(`\\b${name}\\b`).test(module.text.slice(fn.node.start, fn.node.end)) ? `cron${name[0]?.toUpperCase()}${name.slice(1)}` : name))
  const lines = [
    endStatement(style, `const ${wanted} = Buffer.from(\`Bearer \${process.env.CRON_SECRET}\`)`),
    endStatement(style, `const ${given} = Buffer.from(${req}.get(${q('authorization')}) || ${q('')})`),
    `if (!process.env.CRON_SECRET || ${given}.length !== ${wanted}.length || !${crypto.name}(${given}, ${wanted})) {`,
    style.indent + endStatement(style, `${res}.status(401).json({ error: ${q('unauthorized')} })`),
    `${style.indent}${endStatement(style, 'return')}`,
    '}',
  ]
  return {
    kind: 'fix', safety: 'review', title: `Compare CRON_SECRET at the top of the handler of ${route.path}`,
    changes: [...crypto.changes, insertBefore(module, first, lines, style)],
    needs: [{ kind: 'env', name: 'CRON_SECRET', secret: true, why: 'the platform sends it with each cron call, and the route compares it' }],
    left: `Whoever else calls ${route.path} has to send the header Authorization: Bearer and the value of CRON_SECRET.`,
  }
}

/** Crons whose path only takes other methods. */
export function* refusingRoutes(program: JsProgram, context: RuleContext): Generator<Problem> {
  for (const { job, evidence, routes } of jsCronRoutes(program, context)) {
    const [route] = routes
    if (!route || routes.some(({ methods }) => methods.includes('GET') || methods.includes('ALL'))) continue
    const { module, node, fn } = route
    const methods = route.methods.join(', ')
    const callee = field(node, 'expression')
    const verb = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'name') : undefined
    const [first] = fieldsOf(node, 'arguments')
    const plain = verb && first && callee && /^(post|put|patch|delete)$/.test(program.text(verb)) && !/\.route\(/.test(program.text(callee))
    yield {
      path: module.path, range: { start: node.start, end: fn ? Math.min(fn.body.start, node.end) : node.end }, when: 'request',
      trace: [evidence, { file: module.path, line: program.line(node), note: `the route takes ${methods} only` }],
      message: `The cron calls ${job.path} with GET, and the route takes ${methods} only: every run ends in 404 and the job never runs. Let the route take GET as well.`,
      remedy: plain
        ? {
            kind: 'fix', safety: isChecked(program, route) ? 'safe' : 'review', title: `Let ${route.path} take GET as well`,
            changes: [{ kind: 'edit', path: module.path, range: { start: verb.start, end: verb.end }, text: 'all' }],
            left: `${route.path} now takes every method; whoever calls it today goes on as before.${fn && /\breq\w*\.body\b/.test(program.text(fn.body)) ? ' It reads the body of the request, and a cron sends none.' : ''}`,
          }
        : { kind: 'manual', reason: `Let ${route.path} take GET as well.` },
    }
  }
}
