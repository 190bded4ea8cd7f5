import { insertBefore, replaceNode } from '../../../src/lang/javascript/edit.js'
import { field, statementOf, type JsNode } from '../../../src/lang/javascript/program.js'
import { errorAnswers, isLogged, type ErrorAnswer } from '../../../src/lang/javascript/settings/error-answers.js'
import { endStatement, styleOf } from '../../../src/lang/javascript/style.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { milder, severityFor } from '../../../src/lang/severity.js'
import { plural } from '../../../src/text.js'
import type { Change, JsProgram, Problem, Remedy, Rule } from '../../../src/types.js'

export const cfgErrorLeak = {
  id: 'cfg-error-leak',
  title: 'Error text sent to the client',
  hazard: 'unsafe-error-page',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    const all = [...leaksOf(program)]
    const inFiles = [...tellHabitsOnce(all, all.length > many ? 1 : 4, ({ path }) => path, inOne)]
    // A habit of the whole app is one matter, told where it begins.
    yield* tellHabitsOnce(inFiles, 4, ({ severity }) => severity, inApp)
  },
} satisfies Rule

/** With more than these in the app, each file is told and mended once; with fewer, only one that has more than four. */
const many = 8

function* leaksOf(program: JsProgram): Generator<Problem> {
  for (const found of errorAnswers(program)) {
    const { call } = found
    const run = call.runs.find((one) => one.when === 'request')
    if (!run) continue
    const node = statementOf(call.node)
    const who = call.fn === undefined || call.fn.name === '' ? (found.central ? 'The error handler' : 'The route') : `${call.fn.name}()`
    yield {
      path: call.module.path,
      range: { start: node.start, end: node.end },
      when: 'request',
      trace: program.trace({ ...call, node }, 'answers with the error itself', run),
      // Errors that the app made itself are meant to be told, and they pass through the same handler.
      severity: (found.central || tellsOwn(program, found)) && !found.stack ? milder(severityFor(run, 'breaks')) : severityFor(run, 'breaks'),
      message: `${who} sends ${found.stack ? 'a stack trace' : 'the text of whatever went wrong'} to the client. It can hold queries, paths, addresses and passwords. Log the error, and answer with a sentence of your own${(found.central || tellsOwn(program, found)) && !found.stack ? '; tell only what your own errors say' : ''}.`,
      remedy: remedyOf(program, found),
    }
  }
}

function inOne(first: Problem, others: readonly Problem[]): Problem {
  return { ...first, message: `${first.message} The same goes for ${others.length} more in this file (${placesOf(others, first.path)}).`, remedy: together(first, others) }
}
function inApp(first: Problem, others: readonly Problem[]): Problem {
  return { ...first, message: `${first.message} ${plural(others.length, 'more file')} of the app ${others.length === 1 ? 'does' : 'do'} so (${placesOf(others)}).`, remedy: together(first, others) }
}
function together(first: Problem, others: readonly Problem[]): Remedy {
  const all = [first, ...others]
  const fixes = all.flatMap(({ remedy }) => (remedy.kind === 'fix' ? [remedy] : []))
  const byHand = all.filter(({ remedy }) => remedy.kind === 'manual')
  const [fix] = fixes
  return fix === undefined ? first.remedy : { ...fix, changes: fixes.flatMap(({ changes }) => changes), ...(byHand.length > 0 ? { left: `The same by hand at ${placesOf(byHand)}.` } : {}) }
}

function remedyOf(program: JsProgram, found: ErrorAnswer): Remedy {
  const { call, leaks, name, central } = found
  const { module } = call
  if (central) return { kind: 'manual', reason: 'Log the error here. Tell its text only where it is an error of your own (by its class, or a mark such as err.expose); answer everything else with a fixed sentence and status 500.' }
  if (tellsOwn(program, found)) return { kind: 'manual', reason: `The status comes from the error, so the app makes errors whose text people are meant to read. Keep the text for those (those with a status of their own), and answer everything else with a fixed sentence.` }
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const statement = statementOf(call.node)
  const style = styleOf(module)
  const answer = `${style.quote}Internal server error${style.quote}`
  const changes: Change[] = []
  for (const leak of new Set(leaks.map(wholeOf))) {
    const text = replacement(program, leak, answer, found)
    if (text === undefined) return { kind: 'manual', reason: 'The answer is put together in a way that is not rewritten: log the error and answer with a sentence of your own.' }
    changes.push(replaceNode(module, leak, text))
  }
  const alone = /^[ \t]*$/.test(module.text.slice(0, statement.start).split(/[\r\n]/).at(-1) ?? '')
  if (!isLogged(program, found)) {
    if (!alone || statement.field !== 'statements') return { kind: 'manual', reason: 'Log the error where it is caught, and answer with a sentence of your own.' }
    changes.unshift(insertBefore(module, statement, [endStatement(style, `console.error(${name})`)], style))
  }
  return { kind: 'fix', safety: 'review', title: 'Log the error and answer with a fixed text', changes }
}
/** `res.status(error.statusCode || 500)`: a fixed sentence for all would take away what the app tells on purpose. */
function tellsOwn(program: JsProgram, { call, name }: ErrorAnswer): boolean {
  return new RegExp(`\\.(status|sendStatus)\\([^)]*\\b${name}\\??\\.\\w*(status|code)`, 'i').test(program.text(field(call.node, 'expression') ?? call.node))
}
/** `error.message || error` as a whole: all of it says what went wrong, or stands in for it. */
function wholeOf(leak: JsNode): JsNode {
  let at = leak
  while (at.parent && ((at.parent.kind === 'BinaryExpression' && /^(\|\||\?\?)$/.test(at.parent.op ?? '')) || at.parent.kind === 'ParenthesizedExpression' || at.parent.kind === 'AsExpression')) at = at.parent
  return at
}
/** What stands for the error's text in its place; undefined where it is a part of something. */
function replacement(program: JsProgram, leak: JsNode, answer: string, { call, name }: ErrorAnswer): string | undefined {
  if (leak.kind === 'ShorthandPropertyAssignment') return `${name}: ${answer}`
  if (leak.parent?.kind === 'PropertyAssignment' && leak.field === 'initializer') return answer
  if (!call.args.includes(leak)) return undefined
  const isJson = call.names.some((one) => /\.jsonp?$/.test(one))
  return isJson && !program.text(leak).includes('.') ? `{ error: ${answer} }` : answer
}
