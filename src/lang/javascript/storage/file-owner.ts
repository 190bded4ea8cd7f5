/** Which rule speaks about a write, so that each place is reported once, by the most specific one. */
import type { RuleContext } from '../../../types.js'
import type { Folded } from '../../folded.js'
import type { Run } from '../../runs.js'
import { surestRun } from '../../severity.js'
import type { JsProgram } from '../program.js'
import { besideCode, diskOf, existsInRepo, fileReads, fileWrites, isTestedAway, placeText, swallows, type FileRead, type FileWrite } from './files.js'

export type DiskRule = 'fs-upload-local' | 'cfg-logging' | 'state-file-database' | 'import-fs-write' | 'fs-write-in-handler'
export type OwnedWrite = FileWrite & {
  readonly run: Run
  readonly beside: readonly Folded[]
  /** Every way to fold the path lies with the code. */
  readonly sure: boolean
  /** The failure is caught, and the code goes on. */
  readonly swallowed: boolean
  /** For people. */
  readonly place: string
  /** Where the same file is read again. */
  readonly readBack: readonly FileRead[]
}

/** The writes that this rule has to report. */
export function* writesFor(program: JsProgram, { repo, app }: RuleContext, rule: DiskRule): Generator<OwnedWrite> {
  for (const write of fileWrites(program)) {
    const run = surestRun(write.call)
    if (run.when === 'main' || run.when === 'build' || run.when === 'never') continue
    const { beside, sure } = besideCode(write.places)
    const readBack = write.kind === 'write' ? readsOf(program, write) : []
    if (ownerOf(write, run, readBack) !== rule) continue
    if (write.kind !== 'upload') {
      if (beside.length === 0 || isTestedAway(program, write.call, repo, app.root)) continue
      if (write.kind === 'mkdir' && existsInRepo(beside, repo, app.root)) continue
    }
    yield { ...write, run, beside, sure, swallowed: swallows(program, write.call), place: placeText(beside[0] ?? write.places[0] ?? { base: 'unknown', text: '\0', exact: false }), readBack }
  }
}

function ownerOf(write: FileWrite, run: Run, readBack: readonly FileRead[]): DiskRule {
  if (write.kind === 'upload') return 'fs-upload-local'
  if (write.kind === 'log') return 'cfg-logging'
  if (write.kind === 'store') return 'state-file-database'
  if (run.when === 'import' || run.when === 'startup') return 'import-fs-write'
  return write.kind === 'write' && readBack.length > 0 ? 'state-file-database' : 'fs-write-in-handler'
}

const data = /\.(jsonl?|csv|tsv|ya?ml|toml|ini|xml|dat|txt|xlsx?|db)$/i
const reading = /\.(readFile|readFileSync|createReadStream|readJson|readJsonSync|readJSON|readJSONSync|load|fromFile)$/
/** Reads of the same file in another function, or before the write in the same one: the file remembers something. */
function readsOf(program: JsProgram, write: FileWrite): readonly FileRead[] {
  const paths = new Set(write.places.filter((place) => diskOf(place) === 'beside' && data.test(place.text)).map(key))
  if (paths.size === 0) return []
  return fileReads(program).filter((read) => {
    if (!read.call.names.some((name) => reading.test(name)) || !read.places.some((place) => paths.has(key(place)))) return false
    if (read.call.runs.every((run) => run.when === 'main')) return false
    return read.call.fn !== write.call.fn || read.call.node.start < write.call.node.start
  })
}
const key = (place: Folded): string => `${place.base}|${place.text}`
