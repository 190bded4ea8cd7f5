/** Loops that run for as long as the process: what they repeat, and how long they wait in between. */
import { numberOf } from './seconds.js'
import { bare, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyFunction, PyNode } from '../types.js'

/** A loop that sleeps between rounds. */
export type Poller = {
  readonly kind: 'poller'
  readonly fn: PyFunction
  readonly node: PyNode
  /** Statements before the loop, on every level around it. */
  readonly setup: readonly PyNode[]
  /** The consecutive statements that one round consists of. */
  readonly work: readonly PyNode[]
  /** Seconds between rounds; undefined when only running it can tell. */
  readonly seconds: number | undefined
  /** The variable that can override the seconds. */
  readonly env?: string
  /** Source text of the wait, for people. */
  readonly wait: string
}
export type Endless =
  | Poller
  /** Endless, but of no shape that could be run round by round; `why` completes "because it …". */
  | { readonly kind: 'other'; readonly fn: PyFunction; readonly node: PyNode; readonly why: string }

const sleepers = /^(time\.sleep|gevent\.sleep|eventlet\.(sleep|greenthread\.sleep)|asyncio\.sleep|anyio\.sleep|trio\.sleep|threading\.Event\(\)\.wait|flask_socketio\.SocketIO\(\)\.sleep)$/
const nested = new Set(['function_definition', 'class_definition', 'lambda'])
/** The node's own code: not what is defined in it. */
export function ownCode(node: PyNode): Generator<PyNode> {
  return walk(node, (child) => !nested.has(child.kind))
}

/** The endless loop of a function, if it has one. */
export function endlessLoop(program: PythonProgram, fn: PyFunction): Endless | undefined {
  if (fn.isLambda) return undefined
  for (const node of ownCode(fn.body)) {
    if (node.kind !== 'while_statement' || !isEndless(program, node, fn)) continue
    const around = levelsAround(program, node, fn)
    const other = (why: string): Endless => ({ kind: 'other', fn, node, why })
    if (typeof around === 'string') return other(around)
    if (field(node, 'alternative')) return other('has an else branch')
    const found = readRound(program, node, fn)
    return typeof found === 'string' ? other(found) : { kind: 'poller', fn, node, setup: around, ...found }
  }
  return undefined
}

function isEndless(program: PythonProgram, loop: PyNode, fn: PyFunction): boolean {
  const condition = field(loop, 'condition')
  const body = field(loop, 'body')
  if (!condition || !body) return false
  const test = bare(condition)
  const always = test.kind === 'true' || (test.kind === 'integer' && program.text(test, fn.module) !== '0')
  if (always) return ![...ownCode(body)].some((node) => (node.kind === 'break_statement' && loopOf(node) === loop) || node.kind === 'return_statement') || waits(program, body, fn).length > 0
  // `while not stop.is_set()`, `while running`: a switch that something else turns.
  return waits(program, condition, fn).length > 0 || (waits(program, body, fn).length > 0 && isSwitch(program, test, body, fn))
}
function isSwitch(program: PythonProgram, test: PyNode, body: PyNode, fn: PyFunction): boolean {
  const at = test.kind === 'not_operator' ? bare(field(test, 'argument') ?? test) : test
  if (at.kind === 'call') return /\.(is_set|isSet|is_alive|running)\(\)$/.test(program.text(at, fn.module))
  if (at.kind !== 'identifier' && at.kind !== 'attribute') return false
  const name = program.text(at, fn.module)
  return ![...ownCode(body)].some((node) => (node.kind === 'assignment' || node.kind === 'augmented_assignment') && program.text(field(node, 'left') ?? node, fn.module) === name)
}
/** The loop that a `break` or `continue` belongs to. */
export function loopOf(node: PyNode): PyNode | undefined {
  for (let at = node.parent; at; at = at.parent) {
    if (at.kind === 'while_statement' || at.kind === 'for_statement') return at
    if (nested.has(at.kind)) return undefined
  }
  return undefined
}
function waits(program: PythonProgram, node: PyNode, fn: PyFunction): readonly PyNode[] {
  return [...ownCode(node)].filter((at) => at.kind === 'call' && isWait(program, at, fn))
}
export function isWait(program: PythonProgram, call: PyNode, fn: PyFunction): boolean {
  const callee = field(call, 'function')
  return callee !== undefined && program.origins(callee, fn.scope).some((origin) => sleepers.test(origin))
}
/** The statement is nothing but a wait. */
export function isWaitStatement(program: PythonProgram, statement: PyNode, fn: PyFunction): boolean {
  const said = statement.kind === 'expression_statement' && statement.children.length === 1 ? bare(statement.children[0] ?? statement) : undefined
  const only = said?.kind === 'await' ? bare(said.children.find((child) => child.kind !== 'comment') ?? said) : said
  return only?.kind === 'call' && isWait(program, only, fn)
}

/** Statements before the loop on each level; a reason when what stands around it would be lost. */
function levelsAround(program: PythonProgram, loop: PyNode, fn: PyFunction): readonly PyNode[] | string {
  const setup: PyNode[] = []
  for (let at = loop; at !== fn.body; ) {
    const block = at.parent
    if (!block) return 'stands in an odd place'
    if (block.kind === 'block') setup.unshift(...block.children.filter((child) => child.end <= at.start && child.kind !== 'comment' && !isDocstring(child, fn)))
    if (block === fn.body) break
    const holder = block.parent
    if (!holder || block.kind !== 'block') return 'stands in an odd place'
    if (holder.kind === 'with_statement') {
      const clause = holder.children.find((child) => child.kind === 'with_clause')
      if (!clause || !/\.app_context\(\)\s*$/.test(program.text(clause, fn.module))) return 'runs inside a with statement that has to stay open'
    } else if (holder.kind !== 'try_statement' || block.field !== 'body') return 'runs only under a condition'
    at = holder
  }
  return setup
}
function isDocstring(statement: PyNode, fn: PyFunction): boolean {
  return statement.parent === fn.body && statement.kind === 'expression_statement' && statement.children[0]?.kind === 'string'
}

type Round = Pick<Poller, 'work' | 'seconds' | 'env' | 'wait'>

function readRound(program: PythonProgram, loop: PyNode, fn: PyFunction): Round | string {
  const [condition, body] = [field(loop, 'condition'), field(loop, 'body')]
  if (!condition || !body) return 'has no body'
  const inCondition = waits(program, condition, fn)[0]
  const statements = body.children.filter((child) => child.kind !== 'comment')
  if (inCondition) return round(program, statements, inCondition, fn)
  const direct = statements.filter((child) => isWaitStatement(program, child, fn))
  if (direct.length > 0) {
    const found = split(program, statements, direct, fn)
    if (typeof found === 'string') return found
    // `try: work` `except: log`, then the wait: the work is what is inside, the loop keeps the try.
    const [only, ...rest] = found.work.filter((child) => !isTalk(program, child, fn))
    const inner = only?.kind === 'try_statement' && rest.length === 0 && handlersOnlyTalk(program, only, fn) && !only.children.some((child) => child.kind === 'else_clause' || child.kind === 'finally_clause') ? bodyOf(only) : []
    return inner.length > 0 && !inner.some((child) => isWaitStatement(program, child, fn)) ? { ...found, work: inner } : found
  }
  const [attempt, ...more] = statements.filter((child) => !isTalk(program, child, fn))
  if (attempt?.kind === 'try_statement' && more.length === 0) return fromTry(program, attempt, fn)
  return waits(program, body, fn).length > 0 ? 'waits in the middle of its work' : 'never waits: it reacts to something else'
}
/** `try: work; sleep` `except: log; sleep`: the work alone is the round, the loop keeps its own error handling. */
function fromTry(program: PythonProgram, attempt: PyNode, fn: PyFunction): Round | string {
  const body = bodyOf(attempt)
  if (!handlersOnlyTalk(program, attempt, fn)) return 'does more than log when a round fails'
  if (attempt.children.some((child) => child.kind === 'else_clause')) return 'has an else branch after its try'
  const last = attempt.children.find((child) => child.kind === 'finally_clause')
  const finals = (last?.children.find((child) => child.kind === 'block')?.children ?? []).filter((child) => child.kind !== 'comment')
  const direct = body.filter((child) => isWaitStatement(program, child, fn))
  if (finals.length === 0) return direct.length > 0 ? split(program, body, direct, fn) : 'waits only when a round fails'
  const [wait] = finals
  if (finals.length !== 1 || !wait || direct.length > 0 || !isWaitStatement(program, wait, fn)) return 'cleans up after each round'
  return round(program, body, wait, fn)
}
function bodyOf(attempt: PyNode): readonly PyNode[] {
  return (field(attempt, 'body')?.children ?? []).filter((child) => child.kind !== 'comment')
}
function handlersOnlyTalk(program: PythonProgram, attempt: PyNode, fn: PyFunction): boolean {
  return attempt.children
    .filter((child) => child.kind === 'except_clause')
    .flatMap((handler) => handler.children.find((child) => child.kind === 'block')?.children ?? [])
    .every((child) => child.kind === 'comment' || child.kind === 'pass_statement' || child.kind === 'continue_statement' || isTalk(program, child, fn) || isWaitStatement(program, child, fn))
}
function split(program: PythonProgram, statements: readonly PyNode[], direct: readonly PyNode[], fn: PyFunction): Round | string {
  const [wait] = direct
  if (direct.length !== 1 || !wait) return 'waits in several places'
  const at = statements.indexOf(wait)
  if (at !== 0 && at !== statements.length - 1) return 'waits in the middle of its work'
  return round(program, statements.filter((child) => child !== wait), wait, fn)
}
function round(program: PythonProgram, work: readonly PyNode[], wait: PyNode, fn: PyFunction): Round | string {
  if (work.length === 0) return 'does nothing but wait'
  const call = wait.kind === 'call' ? wait : [...ownCode(wait)].find((node) => node.kind === 'call' && isWait(program, node, fn))
  const first = call && field(call, 'arguments')?.children.find((child) => child.kind !== 'comment')
  const amount = first?.kind === 'keyword_argument' ? field(first, 'value') : first
  const known = amount && numberOf(program, amount, fn.scope)
  return { work, seconds: known && known.value > 0 ? known.value : undefined, ...(known?.env === undefined ? {} : { env: known.env }), wait: amount ? program.text(amount, fn.module) : '' }
}

const talk = /^(builtins\.print|logging\.|traceback\.|sys\.(stdout|stderr)\.|flask\.(Flask\(\)|current_app)\.logger\.|loguru\.|structlog\.)/
/** A statement that only tells someone: print, logging, traceback. */
export function isTalk(program: PythonProgram, statement: PyNode, fn: Pick<PyFunction, 'scope' | 'module'>): boolean {
  const call = statement.kind === 'expression_statement' && statement.children.length === 1 ? bare(statement.children[0] ?? statement) : undefined
  const callee = call?.kind === 'call' ? field(call, 'function') : undefined
  if (!callee) return false
  return program.origins(callee, fn.scope).some((origin) => talk.test(origin)) || /^(log|logger|_logger|LOG|LOGGER)\.\w+$/.test(program.text(callee, fn.module))
}
