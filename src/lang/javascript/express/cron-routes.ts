/** Guarded GET routes on an Express app, each running one job for a caller that knows CRON_SECRET. */
import type { Change } from '../../../types.js'
import { insertAfter, insertBefore } from '../edit.js'
import { ensureImport } from '../edit-imports.js'
import type { Refused, Round } from '../background/one-round.js'
import type { JsProgram } from '../program.js'
import { endStatement, quoteJs, styleOf } from '../style.js'
import { appPlace } from './app-place.js'
import { nameFor } from './job-import.js'

export type WantedRoute = { readonly path: string; readonly job: string; readonly round: Round }

/** All of them, or the reason why none. */
export function writeCronRoutes(program: JsProgram, wanted: readonly WantedRoute[]): readonly Change[] | Refused {
  const place = appPlace(program)
  if (!place) return { refused: 'the place where the app is made has no plain name' }
  const { module, app } = place
  if (module.brokenAt !== undefined) return { refused: `${module.path} does not parse` }
  const style = styleOf(module, { modules: program.modules })
  const compare = ensureImport(module, { from: 'crypto', member: 'timingSafeEqual' }, style)
  const crypto = ensureImport(module, { from: 'crypto' }, style)
  // A file that has the whole module needs no second import of it.
  const hasCrypto = compare.changes.length > 0 && crypto.changes.length === 0
  const equal = hasCrypto ? `${crypto.name}.timingSafeEqual` : compare.name
  const changes: Change[] = hasCrypto ? [] : [...compare.changes]
  const lines: string[] = []
  for (const { path, job, round } of wanted) {
    const given = nameFor(program, module, round, style)
    if ('refused' in given) return given
    changes.push(...given.changes)
    lines.push(...(lines.length > 0 ? [''] : []), ...route(path, job, given.name))
  }
  const close = place.before !== undefined && !/(\r\n|\n|\r(?!\n))[ \t]*(\r\n|\n|\r)/.test(module.text.slice(place.after.end, place.before.start))
  changes.push(place.before ? insertBefore(module, place.before, [...(close ? [''] : []), ...lines, ''], style) : insertAfter(module, place.after, ['', ...lines], style))
  return changes

  function route(path: string, job: string, name: string): readonly string[] {
    const [one, two] = [style.indent, style.indent.repeat(2)]
    const end = (text: string): string => endStatement(style, text)
    const q = (text: string): string => quoteJs(text, style)
    return [
      `// Runs ${job} once. The scheduler calls it and proves itself with CRON_SECRET.`,
      `${app}.get(${q(path)}, async (req, res, next) => {`,
      one + end('const wanted = Buffer.from(`Bearer ${process.env.CRON_SECRET}`)'),
      one + end(`const given = Buffer.from(req.get(${q('authorization')}) || ${q('')})`),
      `${one}if (!process.env.CRON_SECRET || given.length !== wanted.length || !${equal}(given, wanted)) {`,
      two + end(`res.status(401).json({ error: ${q('unauthorized')} })`),
      two + end('return'),
      `${one}}`,
      `${one}try {`,
      two + end(`await ${name}()`),
      two + end('res.json({ ok: true })'),
      `${one}} catch (error) {`,
      two + end('next(error)'),
      `${one}}`,
      end('})'),
    ]
  }
}
