import type { Observation, Path } from '../types.js'
import type { Failed, Raised } from './cell.js'

export type Scene = {
  /** For messages: the interpreter, the entry's file and the symbol. */
  readonly python: string
  readonly entry: Path
  readonly symbol: string
  readonly observed: readonly Observation[]
  /** Does the project itself have a module of this name, and where? */
  readonly ownModule: (name: string) => Path | undefined
  /** Is the project's requirements file there, and what is it called? */
  readonly manifest: string | undefined
}

/** One or two sentences: what stopped the boot, where, and what to do about it. */
export function whyItFailed(failed: Failed, scene: Scene): string {
  const at = failed.file === undefined ? '' : ` at ${failed.file}:${failed.line}`
  switch (failed.stage) {
    case 'hang':
      return whyItHung(failed, at, scene)
    case 'exit':
      return `The process ended while ${scene.entry} was imported (${failed.message}).`
    case 'resolve':
      return `${scene.entry} has no top-level name ${scene.symbol}, which the platform takes as the app. Bind it at the top level of the file, outside of functions and conditions.`
    case 'interface':
      return `${scene.symbol} in ${scene.entry} is neither a WSGI app (two parameters) nor an ASGI app (async, three parameters), so the platform can't call it.`
    case 'host':
      return `The host could not start the app: ${failed.message}.`
    case 'import':
    case 'startup':
      return whyItCrashed(failed, at, scene)
  }
}

/** In a failure that says nothing about the app: a lifespan may connect, and the platform has a network. */
export const needsNetwork = 'needs a network, which the cell has not'

function whyItCrashed(failed: Failed, at: string, scene: Scene): string {
  if (failed.missing !== undefined) return whatIsMissing(failed.missing, at, scene)
  const said = `${failed.stage === 'startup' ? 'Starting' : 'Importing'} ${scene.entry} failed${at}: ${failed.type}${failed.message === '' ? '' : `${failed.type === '' ? '' : ': '}${firstLine(failed.message)}`}`
  const sentence = /[.!?]$/.test(said) ? said : `${said}.`
  const here = scene.observed.filter((seen) => seen.file === failed.file)
  const variable = here.find((seen) => seen.what === 'env' && failed.message.includes(seen.detail.split(' ')[0] ?? '\0'))
  if (variable !== undefined) return `${sentence} The variable has no value in the cell: it must be set on the platform before the first deployment, or the code must do without it while it is imported.`
  const fields = failed.type === 'ValidationError' ? [...failed.message.matchAll(/^(\w+)\n\s+field required/gim)].map(([, name = '']) => name) : []
  if (fields.length > 0) return `${sentence} ${fields.join(', ')} ${fields.length === 1 ? 'has' : 'have'} no value in the cell: set ${fields.length === 1 ? 'it' : 'them'} on the platform before the first deployment, or give a default.`
  if (failed.message.includes('Read-only file system')) return `${sentence} Only the temp folder can be written there: write to it, or to a database or a blob store.`
  if (/unable to open database file|readonly database/.test(failed.message)) return `${sentence} SQLite needs a file that can be written: use a database server there.`
  if (failed.message.includes('network is closed in the cell')) {
    return failed.stage === 'startup' ? `${sentence} The start ${needsNetwork}, so whether it goes on is not known.` : `${sentence} Connect at the first request instead, so that an import needs no network.`
  }
  if (failed.type === 'SystemExit') return `${sentence} The code ends its own process while it is imported.`
  return sentence
}

function whatIsMissing(name: string, at: string, scene: Scene): string {
  const top = name.split('.')[0] ?? name
  const own = scene.ownModule(name)
  if (own !== undefined) {
    return `${name} was not found${at}, although the project has ${own}: the platform puts the project's root on the import path, and no other folder. Import it by its path from the root, or relatively.`
  }
  const install = scene.manifest === undefined ? `install ${top}` : `install ${scene.manifest}`
  return `${top} is not installed in ${scene.python} (imported${at}). Create a virtual environment in the project (python3 -m venv .venv), ${install} in it, and run verify again.`
}

function whyItHung(failed: Failed, at: string, scene: Scene): string {
  const said = `Importing ${scene.entry} did not end within ${failed.message} and was stopped${at === '' ? '' : `; it was${at}`}.`
  const listens = scene.observed.find((seen) => seen.what === 'listen' && seen.when === 'import')
  if (listens === undefined) return `${said} What takes long must not run while the file is imported.`
  return `${said} A server is started there while the file is imported (${listens.file}:${listens.line}): put that call under if __name__ == "__main__".`
}

/** What a view raised, in one phrase. */
export function whatWasRaised(raised: Raised): string {
  const at = raised.file === undefined ? '' : ` at ${raised.file}:${raised.line}`
  return `${raised.type}${raised.message === '' ? '' : `: ${firstLine(raised.message)}`}${at}`
}

function firstLine(text: string): string {
  const [line = '', ...more] = text.trim().split('\n')
  return line.length > 200 || more.length > 0 ? `${line.slice(0, 200)} …` : line
}

/** Hides the values of variables and the passwords in URLs, wherever a message of the app repeats them. */
export function redactor(values: readonly string[]): (text: string) => string {
  const secrets = [...new Set(values.filter((value) => value.length >= 6))].sort((a, b) => b.length - a.length)
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, '<hidden>'), text).replace(/([a-z][\w+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, '$1<hidden>@')
}
