/** The text of the entry file that hands a Node app to Vercel. It is JavaScript for TypeScript too: the builder compiles what it imports. */
import { UserError } from '../../src/errors.js'
import { readAsset } from '../../src/io/assets.js'
import { manifestAt } from '../../src/lang/javascript/manifest/manifest.js'
import { renderTemplate } from '../../src/render-template.js'
import type { Entry, Path } from '../../src/types.js'
import { handedBy } from './node-entry.js'
import type { Folder } from './project.js'

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** What the entry takes from the imported file: the export as such, one of its names, what a function returns, or only that it listens. */
export type Taking = { readonly kind: 'whole' } | { readonly kind: 'nothing' } | { readonly kind: 'name' | 'call'; readonly name: string; readonly args?: string }

/** How the app is taken from its file; undefined when importing the file leads nowhere. */
export function takingOf(home: Folder, file: Path, entry: Entry): Taking | undefined {
  const handed = handedBy(home, file)
  if (!handed) return undefined
  const named = handed.names.includes(entry.symbol)
  if (entry.kind === 'factory') return named || handed.whole === entry.symbol ? { kind: 'call', name: named ? entry.symbol : '', ...(entry.args === undefined ? {} : { args: entry.args }) } : undefined
  if (handed.whole !== undefined) return { kind: 'whole' }
  if (handed.listens === 'at once') return { kind: 'nothing' }
  if (named) return { kind: 'name', name: entry.symbol }
  return handed.listens === 'late' ? { kind: 'nothing' } : undefined
}

/** `from` is where the entry will lie, `file` what it imports, both relative to the project. */
export function nodeShimText(home: Folder, from: Path, file: Path, taking: Taking): string {
  const up = '../'.repeat(from.split('/').length - 1) || './'
  const esm = /\.mjs$/.test(from) || (!/\.cjs$/.test(from) && manifestAt(home.repo, home.root)?.type === 'module')
  const where = `'${up}${esm ? file.replace(/\.([cm]?)tsx?$/, '.$1js') : file.replace(/\.(?:js|ts)$/, '')}'`
  return renderTemplate(readAsset('templates/vercel/index.js.hbs'), { code: esm ? imported(where, taking) : required(where, taking) })
}

function required(where: string, taking: Taking): string {
  if (taking.kind === 'whole') return `module.exports = require(${where})`
  if (taking.kind === 'nothing') return `require(${where})`
  const { name } = plain(taking.name)
  return `module.exports = require(${where})${name === '' ? '' : `.${name}`}${called(taking)}`
}

function imported(where: string, taking: Taking): string {
  if (taking.kind === 'whole') return `export { default } from ${where}`
  if (taking.kind === 'nothing') return `import ${where}`
  const { name } = plain(taking.name)
  if (taking.kind === 'name') return `export { ${name} as default } from ${where}`
  return `import ${name === '' ? 'createApp' : `{ ${name} }`} from ${where}\n\nexport default ${name === '' ? 'createApp' : name}${called(taking)}`
}

const called = (taking: Taking): string => (taking.kind === 'call' ? `(${(taking.args ?? '').trim()})` : '')

function plain(name: string): { readonly name: string } {
  if (name !== '' && !identifier.test(name)) throw new UserError(`"${name}" is no name that can be imported.`, 3, 'Export the app under a plain name.')
  return { name }
}
