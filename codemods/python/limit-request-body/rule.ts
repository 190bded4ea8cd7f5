import { numberOf } from '../../../src/lang/python/background/seconds.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { surestRun } from '../../../src/lang/python/severity.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { takesFiles } from '../../../src/lang/python/storage/uploads.js'
import type { PyNode, PyScope, PySite } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Rule, RuleContext, Severity } from '../../../src/types.js'
import { sizeTests } from './size-tests.js'
import { videoUploads } from './videos.js'

const MB = 1024 * 1024

export const limitRequestBody = {
  id: 'limit-request-body',
  title: 'Upload larger than the host takes',
  hazard: 'payload-too-large',
  language: 'python',
  assumes: 'any-payload',
  severity: 'breaks',
  *check(program: PythonProgram, { target, plan }: RuleContext): Generator<Problem> {
    const limit = target.limits[plan].requestBodyMb
    if (limit === undefined) return
    const caps = [...settings(program), ...validators(program), ...sizeTests(program)]
    for (const cap of caps) {
      if (cap.bytes <= limit * MB) continue
      const place = spotted(program, { ...cap.site, runs: [surestRun(cap.site)] }, cap.node, `lets in ${inMb(cap.bytes)}`, severityOf(cap.bytes, limit))
      if (place) yield { ...place, message: `${cap.what} lets in ${cap.of} of up to ${inMb(cap.bytes)}, but the host takes requests of up to ${limit} MB: a larger one is answered with 413 before the app sees it. ${advice}`, remedy: remedyFor(limit) }
    }
    // A limit of the app's own says how large its files are, whichever side of the host's it is on.
    if (caps.length > 0) return
    for (const { site, node, what, sure } of videoUploads(program)) {
      const place = spotted(program, site, node, what, sure ? 'breaks' : 'degrades')
      if (place) yield { ...place, message: `${what}, and the host takes requests of up to ${limit} MB, which is some seconds of video: a larger one is answered with 413 before the app sees it. ${advice}`, remedy: remedyFor(limit) }
    }
  },
} satisfies Rule

const advice = 'Let the browser send large files straight to object storage and give the app only their names, or tell people of the lower limit.'
function remedyFor(limit: number): Problem['remedy'] {
  return { kind: 'manual', reason: `Large files have to go round the app: give the browser a signed address of an object store (a "presigned" upload), let it send the file there, and store the name. Where files of up to ${limit} MB will do, lower the app's own limit to it, so that people read the app's message and not the host's.` }
}
/** Between the host's limit and twice of it lie few files. */
function severityOf(bytes: number, limit: number): Severity {
  return bytes < 2 * limit * MB ? 'degrades' : 'breaks'
}
function inMb(bytes: number): string {
  const size = bytes / MB
  return size >= 1024 ? `${Number((size / 1024).toFixed(1))} GB` : `${Number(size.toFixed(1))} MB`
}

type Cap = { readonly site: PySite; readonly node: PyNode; readonly bytes: number; readonly what: string; readonly of: string }
const keys = [
  { framework: 'flask', key: 'MAX_CONTENT_LENGTH', of: 'requests', files: true },
  { framework: 'flask', key: 'MAX_FORM_MEMORY_SIZE', of: 'form fields', files: false },
  { framework: 'django', key: 'DATA_UPLOAD_MAX_MEMORY_SIZE', of: 'requests (not counting files)', files: false },
] as const

function* settings(program: PythonProgram): Generator<Cap> {
  for (const { framework, key, of, files } of keys) {
    if (program.app.framework !== framework || (files && !takesFiles(program))) continue
    for (const { node, scope } of givenSettings(program, key)) yield* capAt(program, node, scope, key, of)
  }
}
/** `FileSize(max_size=…)` of Flask-WTF. */
function* validators(program: PythonProgram): Generator<Cap> {
  for (const call of program.callsMatching(/^flask_wtf\.file\.(FileSize|file_size)$/)) {
    const given = call.kwargs.get('max_size') ?? call.args[0]
    if (given) yield* capAt(program, given, call.scope, 'The form', 'files')
  }
}
function* capAt(program: PythonProgram, node: PyNode, scope: PyScope, what: string, of: string): Generator<Cap> {
  const known = numberOf(program, node, scope)
  const site = known && program.siteOf(node, scope)
  if (known && site) yield { site, node, bytes: known.value, what, of }
}
