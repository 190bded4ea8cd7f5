import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { numberOf } from '../../../src/lang/javascript/background/seconds.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { literalText, type JsCall, type JsNode } from '../../../src/lang/javascript/program.js'
import { surestRun } from '../../../src/lang/severity.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { JsProgram, Problem, Rule, RuleContext, Severity } from '../../../src/types.js'

const MB = 1024 * 1024

export const limitRequestBody = {
  id: 'limit-request-body',
  title: 'Upload larger than the host takes',
  hazard: 'payload-too-large',
  language: 'javascript',
  assumes: 'any-payload',
  severity: 'breaks',
  *check(program: JsProgram, { target, plan }: RuleContext): Generator<Problem> {
    const limit = target.limits[plan].requestBodyMb
    if (limit === undefined) return
    // Parsers of one file with limits above the host's are one matter.
    yield* tellHabitsOnce(found(program, limit), 1, ({ path, group }) => `${path} ${group}`, (first, others) => ({ ...first, message: `${first.message} The same goes for ${placesOf(others, first.path)}.` }))
  },
} satisfies Rule

type Found = Problem & { readonly group: string }

function* found(program: JsProgram, limit: number): Generator<Found> {
  for (const { call, node, bytes, what, of, group } of caps(program)) {
    if (bytes <= limit * MB) continue
    const place = spotted(program, { ...call, runs: [surestRun(call)] }, node, `lets in ${inMb(bytes)}`, group === 'body' || bytes < 2 * limit * MB ? 'degrades' : severityOf(bytes, limit))
    if (place) yield { ...place, group, message: `${what} lets in ${of} of up to ${inMb(bytes)}, but the host takes requests of up to ${limit} MB: a larger one is answered with 413 before the app sees it. ${advice}`, remedy: remedyFor(limit) }
  }
  for (const { call, what } of open(program)) {
    const place = spotted(program, { ...call, runs: [surestRun(call)] }, call.node, 'takes files of any size', 'degrades')
    if (place) yield { ...place, group: 'open', message: `${what} takes files of any size, but the host takes requests of up to ${limit} MB: a larger one is answered with 413 before the app sees it. ${advice}`, remedy: remedyFor(limit) }
  }
}

const advice = 'Let the browser send large files straight to object storage and give the app only their names, or tell people of the lower limit.'
function remedyFor(limit: number): Problem['remedy'] {
  return { kind: 'manual', reason: `Large files have to go round the app: give the browser a signed address of an object store (a "presigned" upload), let it send the file there, and store the name. Where files of up to ${limit} MB will do, set the app's own limit to it, so that people read the app's message and not the host's.` }
}
/** Photos of a few MB pass; what is made for videos or archives does not. */
function severityOf(bytes: number, limit: number): Severity {
  return bytes <= 4 * limit * MB ? 'degrades' : 'breaks'
}
function inMb(bytes: number): string {
  const size = bytes / MB
  return size >= 1024 ? `${Number((size / 1024).toFixed(1))} GB` : `${Number(size.toFixed(1))} MB`
}

type Cap = { readonly call: JsCall; readonly node: JsNode; readonly bytes: number; readonly what: string; readonly of: string; readonly group: string }
const parsers = /^(express|body-parser|koa-body)\.(json|urlencoded|raw|text)$/
const multers = /^multer(\.default)?$/

function* caps(program: JsProgram): Generator<Cap> {
  for (const call of program.callsMatching(parsers)) {
    for (const node of optionsOf(program, call.args[0]).get('limit')) for (const bytes of sizes(program, node)) yield { call, node, bytes, what: `${call.names.map((name) => name.split('.').at(-1)).find(Boolean) ?? 'The parser'}()`, of: 'bodies', group: 'body' }
  }
  for (const { call, node, what } of fileLimits(program)) for (const bytes of sizes(program, node)) yield { call, node, bytes, what, of: 'files', group: 'file' }
}
function* fileLimits(program: JsProgram): Generator<{ readonly call: JsCall; readonly node: JsNode; readonly what: string }> {
  for (const { call, what } of uploaders(program)) {
    const options = optionsOf(program, what === 'busboy' ? (call.args[0] ?? call.args[1]) : call.args[0])
    const given = what === 'formidable' ? options.get('maxFileSize') : options.get('limits').flatMap((limits) => optionsOf(program, limits).get('fileSize'))
    for (const node of given) yield { call, node, what }
  }
}
function* uploaders(program: JsProgram): Generator<{ readonly call: JsCall; readonly what: string }> {
  for (const call of program.callsMatching(multers)) yield { call, what: 'multer' }
  for (const call of program.callsMatching(/^express-fileupload(\.default)?$/)) yield { call, what: 'express-fileupload' }
  for (const call of program.callsMatching(/^formidable(\.(default|formidable|IncomingForm))?$/)) yield { call, what: 'formidable' }
  for (const call of program.callsMatching(/^busboy(\.default)?$/)) yield { call, what: 'busboy' }
}
/** Uploads without a limit of the app's own. A filter or check that looks at the size is one as well. */
function* open(program: JsProgram): Generator<{ readonly call: JsCall; readonly what: string }> {
  for (const { call, what } of uploaders(program)) {
    const options = optionsOf(program, call.args[0])
    if (call.spread || (call.args.length > 0 && !options.complete) || what === 'busboy') continue
    if (options.get(what === 'formidable' ? 'maxFileSize' : 'limits').length > 0) continue
    // Fields alone: `multer().none()`.
    if (what === 'multer' && takesNoFiles(program, call)) continue
    yield { call, what }
  }
}
function takesNoFiles(program: JsProgram, call: JsCall): boolean {
  const takes = [...program.callsMatching(/^multer(\.default)?\(\)\.(single|array|fields|any|none)$/)]
  if (takes.length === 0) return false
  const direct = takes.filter(({ node }) => node.children.some((callee) => callee.children.includes(call.node)))
  return (direct.length > 0 ? direct : takes).every(({ names }) => names.every((name) => name.endsWith('.none')))
}

/** `'50mb'` as body-parser reads it, or a number of bytes. */
function sizes(program: JsProgram, node: JsNode): readonly number[] {
  const text = literalText(node, program.moduleOf(node).text)
  const texts = text === undefined ? program.fold.text(node).flatMap((one) => (one.exact && one.text !== '' ? [one.text] : [])) : [text]
  const read = texts.flatMap((one) => {
    const [, count, unit = 'b'] = /^\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?\s*$/i.exec(one) ?? []
    return count === undefined ? [] : [Number(count) * (units[unit.toLowerCase()] ?? 1)]
  })
  const number = numberOf(program, node)
  return read.length > 0 ? [Math.max(...read)] : number === undefined ? [] : [number]
}
const units: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: MB, gb: 1024 * MB }
