import type { Change, Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'
import { ensureImport, indentUnit, insertBefore, replaceNode } from '../../../src/lang/python/edit.js'
import { errorResponses, type ErrorResponse } from '../../../src/lang/python/state/error-responses.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { loggerIn } from '../../../src/lang/python/state/logger.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { statementOf, walk, type PyModule, type PyNode } from '../../../src/lang/python/program.js'

export const cfgErrorLeak = {
  id: 'cfg-error-leak',
  title: 'Error text sent to the client',
  hazard: 'unsafe-error-page',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const all = [...leaksOf(program)]
    yield* tellHabitsOnce(all, all.length > many ? 1 : 4, ({ path }) => path, inOne)
  },
} satisfies Rule

/** With more than these in the app, each file is told and mended once; with fewer, only one that has more than four. */
const many = 8

function* leaksOf(program: PythonProgram): Generator<Problem> {
  for (const found of errorResponses(program)) {
    const run = found.site.runs.find((one) => one.when === 'request')
    if (!run) continue
    const node = statementOf(found.site.node)
    yield {
      path: found.site.module.path,
      range: { start: node.start, end: node.end },
      when: 'request',
      trace: program.trace({ ...found.site, node }, 'answers with the error itself', run),
      severity: severityFor(run, 'breaks'),
      message: `${found.site.fn?.qualname ?? 'The view'}() sends ${found.traceback ? 'a traceback' : 'the text of whatever went wrong'} to the client. It can hold SQL, paths, addresses and passwords. Log the error, and answer with a sentence of your own.`,
      remedy: remedyOf(program, found),
    }
  }
}
function inOne(first: Problem, others: readonly Problem[]): Problem {
  const all = [first, ...others]
  const fixes = all.flatMap(({ remedy }) => (remedy.kind === 'fix' ? [remedy] : []))
  const byHand = all.filter(({ remedy }) => remedy.kind === 'manual').map((one) => one.trace.at(-1)?.line)
  const [fix] = fixes
  return {
    ...first,
    message: `${first.message} The same goes for ${others.length} more in this file (${placesOf(others, first.path)}).`,
    remedy: fix === undefined ? first.remedy : { ...fix, changes: fixes.flatMap(({ changes }) => changes), ...(byHand.length > 0 ? { left: `The same by hand at line ${byHand.join(', ')} of ${first.path}.` } : {}) },
  }
}

function remedyOf(program: PythonProgram, { site, leaks, handler, handedOn, alsoHttp }: ErrorResponse): Remedy {
  const { module, scope } = site
  if (handedOn) return { kind: 'manual', reason: 'The error goes to a function of yours that makes the answer: log it here, and let that function tell nothing of errors that nobody expected.' }
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const statement = statementOf(site.node)
  const names = leaks.filter((leak) => leak.kind === 'interpolation')
  if (names.some((leak) => leak.parent?.kind !== 'string') || (alsoHttp !== undefined && names.length > 0)) return { kind: 'manual', reason: 'The error is put together in a way that is not rewritten: log it and answer with a sentence of your own.' }
  const sharesLine = module.text.slice(0, statement.start).split(/[\r\n]/).at(-1)?.trim() !== ''
  const logs = handler !== undefined && [...walk(handler)].some((node) => node.kind === 'call' && node.end <= statement.start && /(\.exception|logging\.error|logger\.error|log\.error)\(/.test(program.text(node, module).slice(0, 60)))
  const logger = logs ? undefined : loggerIn(program, module, scope)
  if ((!logs && !logger) || sharesLine || !handler) return { kind: 'manual', reason: 'Log the error where it is caught, and answer with a sentence of your own.' }
  const http = alsoHttp === undefined ? undefined : ensureImport(module, 'werkzeug.exceptions', 'HTTPException')
  const isHttp = http && `isinstance(${alsoHttp ?? ''}, ${http.name})`
  const line = `${logger?.text ?? ''}.exception("${(site.fn?.name ?? 'request').replace(/[^\w]/g, '')} failed")`
  const text = (leak: PyNode): string => (leak.kind === 'interpolation' ? 'internal error' : isHttp === undefined ? '"internal error"' : `${program.text(leak, module)} if ${isHttp} else "internal error"`)
  const changes: Change[] = [
    ...(logger?.changes ?? []),
    ...(http?.changes ?? []),
    ...(logger ? [insertBefore(module, statement, isHttp === undefined ? [line] : [`if not ${isHttp}:`, `${indentUnit(module)}${line}`])] : []),
    ...leaks.map((leak) => withoutTail(module, leak) ?? replaceNode(module, leak, text(leak))),
    ...[...new Set(leaks.flatMap((leak) => (leak.kind === 'interpolation' && leak.parent ? [leak.parent] : [])))].flatMap((whole) => withoutPrefix(module, whole, leaks)),
  ]
  return { kind: 'fix', safety: 'review', title: 'Log the error and answer with a fixed text', changes }
}

/** `f"Could not save the order: {e}"` says enough of its own before the colon or the bracket. */
function withoutTail(module: PyModule, leak: PyNode): Change | undefined {
  const whole = leak.parent
  if (leak.kind !== 'interpolation' || whole?.kind !== 'string') return undefined
  const [start, end] = [whole.children.find(({ kind }) => kind === 'string_start'), whole.children.find(({ kind }) => kind === 'string_end')]
  if (!start || !end) return undefined
  const before = /^(.*?\S)(\s*[:(]\s*)$/s.exec(module.text.slice(start.end, leak.start))
  const after = module.text.slice(leak.end, end.start)
  if (!before || (before[2]?.includes('(') ? after !== ')' : !/^\.?$/.test(after))) return undefined
  // A single word, such as "Error", is no answer.
  if (!/\w\s+\w/.test((before[1] ?? '').replace(/\{[^{}]*\}/g, 'x')) || /[\r\n]/.test(before[2] ?? '')) return undefined
  return { kind: 'edit', path: module.path, range: { start: leak.start - (before[2] ?? '').length, end: after === '.' ? leak.end : end.start }, text: '' }
}

/** A string that interpolates nothing any more needs no `f`. */
function withoutPrefix(module: PyModule, whole: PyNode, leaks: readonly PyNode[]): readonly Change[] {
  const start = whole.children.find((child) => child.kind === 'string_start')
  const body = module.text.slice(whole.start, whole.end)
  if (!start || /\{\{|\}\}/.test(body) || whole.children.some((child) => child.kind === 'interpolation' && !leaks.includes(child))) return []
  return [replaceNode(module, start, module.text.slice(start.start, start.end).replace(/f/i, ''))]
}
