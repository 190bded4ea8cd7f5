/** .vercelignore: what is not uploaded. `.env` is, unless it says so. */
import type { Change, Need } from '../../src/types.js'
import { eolOf } from '../../src/edits.js'
import { below, type Folder } from './project.js'

const secret = ['.env', '.env.*']
const always = ['.to-serverless/']

const bare = (line: string): string => line.trim().replace(/^\.?\//, '').replace(/\/$/, '')

/** Makes .vercelignore or adds the lines it lacks. A pattern that a later `!` line takes back is left to its owner. */
export function* ignoreChange(home: Folder, ofLanguage: readonly string[], needs: readonly Need[]): Generator<Change> {
  const path = below(home.root, '.vercelignore')
  const wanted = [...new Set([...secret, ...ofLanguage, ...always, ...needs.flatMap(need => (need.kind === 'ignore' ? [need.pattern] : []))])].filter(pattern => !isCode(home, pattern))
  const text = home.text('.vercelignore')
  if (text === undefined) {
    yield { kind: 'create', path, text: `${['# Not uploaded to Vercel. Secrets go into its environment variables.', ...wanted].join('\n')}\n` }
    return
  }
  const there = new Set(text.split(/\r\n|\r|\n/).map(line => bare(line.replace(/^!/, ''))))
  const missing = wanted.filter(pattern => !there.has(bare(pattern)))
  if (missing.length === 0) return
  const eol = eolOf(text)
  const lead = text === '' || /[\r\n]$/.test(text) ? '' : eol
  yield { kind: 'edit', path, range: { start: text.length, end: text.length }, text: lead + missing.map(line => line + eol).join('') }
}

/** A folder that is only called like a virtual environment is the app's own code. */
function isCode(home: Folder, pattern: string): boolean {
  const dir = pattern.replace(/\/$/, '')
  return (dir === 'venv' || dir === '.venv') && !home.has(`${dir}/pyvenv.cfg`) && home.list(dir).some(path => path.endsWith('.py') && !/site-packages|\/bin\/|\/Scripts\//.test(path))
}
