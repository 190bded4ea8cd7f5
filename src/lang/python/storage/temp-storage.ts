/** Temp folders used as if they lasted: written by one view, read by another. */
import { diskOf, fileReads, type FileRead, type FileWrite } from './files.js'
import type { PythonProgram } from '../program.js'
import type { Folded, PyFunction } from '../types.js'

/** Reads of the written place in a function that is not the writer's, below a folder that both name. */
export function readElsewhere(program: PythonProgram, write: FileWrite): readonly FileRead[] {
  const places = write.places.filter((place) => diskOf(place) === 'scratch').map(stem)
  if (places.length === 0 || !write.places.every((place) => diskOf(place) === 'scratch')) return []
  const own = write.call.fn
  return fileReads(program).filter((read) => {
    if (read.call.fn === own || read.call.fn === undefined || calledBy(program, own, read.call.fn) || calledBy(program, read.call.fn, own)) return false
    return read.places.some((place) => diskOf(place) === 'scratch' && places.some((stemmed) => stemmed !== '' && stem(place) === stemmed))
  })
}
/** The known part: 'previews' of 'previews/…'. A bare temp folder tells nothing. */
function stem(place: Folded): string {
  return place.text.split('\0')[0]?.replace(/\/+$/, '') ?? ''
}
function calledBy(program: PythonProgram, fn: PyFunction | undefined, caller: PyFunction | undefined): boolean {
  return fn !== undefined && caller !== undefined && program.callers(fn).some((call) => call.fn === caller)
}

/** Another view looks for the file: a matter of its own. */
export function isTempStorage(program: PythonProgram, write: FileWrite): boolean {
  return write.kind !== 'mkdir' && write.kind !== 'log' && readElsewhere(program, write).length > 0
}
