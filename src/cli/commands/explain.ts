import { rules } from '../../../codemods/index.js'
import { ruleIds } from '../../catalogue.js'
import { UserError, type ExitCode } from '../../errors.js'
import { explain, redact, type Match, type Symptom } from '../../explain.js'
import { hasAsset, readAsset } from '../../io/assets.js'
import { exists, readBytes } from '../../io/files.js'
import { print } from '../../io/terminal.js'
import { nearest } from '../../nearest.js'
import { plain } from '../../report/escape.js'
import { wrap } from '../../text.js'
import { fileOf, type Session } from '../session.js'

/** A rule by its id, a log by its file's name, or an error by its text. */
export async function explainCommand(session: Session): Promise<ExitCode> {
  const asked = session.invocation.operands.join(' ')
  const ids = ruleIds()
  if (ids.includes(asked)) {
    const text = ruleText(asked)
    print(session.has('json') ? JSON.stringify({ schemaVersion: 1, rule: asked, text }, null, 2) + '\n' : text)
    return 0
  }
  const log = session.invocation.operands.length === 1 && exists(fileOf(asked)) ? readLog(asked) : asked
  const symptoms = JSON.parse(readAsset('assets/symptoms.json')) as readonly Symptom[]
  const matches = explain(log, symptoms)
  if (matches.length === 0) {
    const meant = nearest(asked, ids)
    throw new UserError(`Nothing is known about ${JSON.stringify(plain(asked).slice(0, 80))}.`, 2, meant ? `Did you mean the rule ${meant}?` : 'Give the innermost error line, the whole log as a file, or a rule of `to-serverless rules`.')
  }
  if (session.has('json')) print(JSON.stringify({ schemaVersion: 1, matches: matches.map(({ symptom, line }) => ({ layer: symptom.layer, line: redact(plain(line)), means: symptom.means, todo: symptom.todo, rules: symptom.rules })) }, null, 2) + '\n')
  else print([...linesOf(matches, ids, session.screen.columns)].join('\n') + '\n')
  return 0
}

/** A hazard has one id in every language: each language's page, one after the other. */
function ruleText(id: string): string {
  const pages = rules.filter((rule) => rule.id === id).map((rule) => {
    const path = `codemods/${rule.language}/${id}/README.md`
    // What the generated header marks is for its generator.
    return hasAsset(path) ? readAsset(path).replace(/<!--[\s\S]*?-->\n?/g, '') : `# ${id}\n\n${rule.title}\n`
  })
  return pages.join('\n')
}

function readLog(name: string): string {
  try {
    return new TextDecoder().decode(readBytes(fileOf(name)))
  } catch {
    throw new UserError(`${name} could not be read as a log.`, 2)
  }
}

const layers: Readonly<Record<Symptom['layer'], string>> = { build: 'in a build log', runtime: 'in a runtime log', http: 'as an HTTP answer', browser: 'in the browser', render: 'on Render' }

function* linesOf(matches: readonly Match[], known: readonly string[], columns: number): Generator<string> {
  for (const [index, { symptom, line }] of matches.entries()) {
    if (index > 0) yield ''
    yield `${redact(plain(line)).slice(0, columns - 2)}`
    yield `  (${layers[symptom.layer]})`
    yield* wrap(`What it means: ${symptom.means}`, columns - 2, '  ').map((text) => `  ${text}`)
    yield* wrap(`What to do: ${symptom.todo}`, columns - 2, '  ').map((text) => `  ${text}`)
    const ours = symptom.rules.filter((rule) => known.includes(rule))
    if (ours.length > 0) yield* wrap(`Rules: ${ours.join(', ')} (to-serverless explain ${ours[0]})`, columns - 2, '  ').map((text) => `  ${text}`)
  }
}
