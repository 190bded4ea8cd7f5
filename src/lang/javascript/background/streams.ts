/** Answers that stay open as a stream of events, and what they wait for. */
import type { Run } from '../../runs.js'
import { ancestor, field, fieldsOf, functionAround, functionKinds, literalText, walk, type JsCall, type JsNode, type JsProgram } from '../program.js'

export type EventStream = {
  /** The call that says so: `res.writeHead(200, { 'Content-Type': 'text/event-stream' })`. */
  readonly call: JsCall
  readonly run: Run
  /** The text 'text/event-stream'. */
  readonly type: JsNode
  /** What keeps it going, where a person would point; the type where nothing is seen to. */
  readonly at: JsNode
  /** 'finite': it ends by itself. Undefined: what feeds it is elsewhere. */
  readonly source: 'timer' | 'emitter' | 'list' | 'loop' | 'finite' | undefined
}

export function* eventStreams(program: JsProgram): Generator<EventStream> {
  const seen = new Set<JsNode>()
  for (const call of program.calls()) {
    const callee = field(call.node, 'expression')
    if (!callee || !/\.(writeHead|setHeader|set|header|type|contentType)$/.test(program.text(callee))) continue
    const run = call.runs.find(({ when, background }) => when === 'request' && !background)
    const type = call.args.flatMap((arg) => [...walk(arg)]).find((node) => /^(StringLiteral|NoSubstitutionTemplateLiteral)$/.test(node.kind) && /^text\/event-stream/.test(literalText(node, call.module.text) ?? ''))
    const home = functionAround(call.node)
    if (!run || !type || !home || seen.has(home)) continue
    seen.add(home)
    const response = program.text(field(callee, 'expression') ?? callee).replace(/\..*/s, '')
    yield { call, run, type, ...sourceOf(program, home, response, type) }
  }
}

function sourceOf(program: JsProgram, home: JsNode, response: string, type: JsNode): Pick<EventStream, 'at' | 'source'> {
  const nodes = [...walk(home)]
  const text = (node: JsNode | undefined): string => (node ? program.text(node) : '')
  const calls = nodes.filter((node) => node.kind === 'CallExpression')
  const name = response.replace(/\$/g, '\\$')
  const writes = (node: JsNode): boolean => new RegExp(`\\b${name}\\.write\\(|\\b${name}\\b[^=]*\\)`).test(text(node))
  const ends = calls.filter((node) => new RegExp(`^${name}\\.end$`).test(text(field(node, 'expression'))) && !onClose(program, node, home))
  if (ends.length > 0) return { at: type, source: 'finite' }
  const timer = calls.find((node) => /^(timers\.)?setInterval$/.test(text(field(node, 'expression'))) && writes(node))
  const kept = calls.find((node) => /\.(push|add|set)$/.test(text(field(node, 'expression'))) && fieldsOf(node, 'arguments').some((arg) => new RegExp(`\\b${name}\\b`).test(text(arg))))
  const writers = new Set(nodes.filter((node) => node.kind === 'VariableDeclaration' && writes(node) && functionKinds.has(field(node, 'initializer')?.kind ?? '')).map((node) => text(field(node, 'name'))))
  const listener = calls.find((node) => /\.(on|once|addListener|subscribe)$/.test(text(field(node, 'expression'))) && !/^(req|request|res|response|socket)\b/.test(text(field(node, 'expression'))) && fieldsOf(node, 'arguments').some((arg) => writers.has(text(arg)) || (functionKinds.has(arg.kind) && writes(arg))))
  const loop = nodes.find((node) => node.kind === 'WhileStatement' && /^(true|1)$/.test(text(field(node, 'expression'))) && writes(node))
  const emits = listener ? program.origins(field(field(listener, 'expression') ?? listener, 'expression') ?? listener).some((origin) => /^events(\.|\()/.test(origin)) || /emitter|events|bus|hub/i.test(text(field(listener, 'expression'))) : false
  if (timer) return { at: timer, source: emits ? 'emitter' : kept ? 'list' : 'timer' }
  if (listener) return { at: listener, source: 'emitter' }
  if (kept) return { at: kept, source: 'list' }
  if (loop) return { at: loop, source: 'loop' }
  return { at: type, source: undefined }
}
/** Inside what is done when the client goes. */
function onClose(program: JsProgram, node: JsNode, home: JsNode): boolean {
  for (let at = ancestor(node, 'CallExpression'); at && at.start >= home.start && at.end <= home.end; at = ancestor(at, 'CallExpression')) {
    const event = fieldsOf(at, 'arguments')[0]
    if (event && /^(close|aborted|end|finish|error)$/.test(literalText(event, program.moduleOf(node).text) ?? '')) return true
  }
  return false
}
