/** The choices of a run as a file: --answers writes it, and replays it when it is there. */
import type { EntryShape, Finding, PlatformPlan, TargetId } from './types.js'
import { UserError } from './errors.js'
import { nearest } from './nearest.js'

export type Answers = {
  readonly target?: TargetId
  readonly plan?: PlatformPlan
  readonly app?: string
  readonly entry?: EntryShape
  /** By finding id, or by rule id for all findings of a rule: an option's id, 'take', or 'leave'. */
  readonly decisions: Readonly<Record<string, string>>
}

const choices = { target: ['vercel', 'render', 'hybrid'], plan: ['free', 'paid'], entry: ['auto', 'api', 'native'] } as const

/** Reads an answers file; refuses what it does not know, since a misspelt answer would silently be none. */
export function parseAnswers(text: string, name: string): Answers {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    throw new UserError(`${name} is not JSON, so it holds no answers.`, 2, 'Let a run write it: name a file that does not exist yet.')
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new UserError(`${name} holds no answers: it must be a JSON object.`, 2)
  const fields = new Map(Object.entries(data))
  const known = ['version', 'target', 'plan', 'app', 'entry', 'decisions']
  for (const key of fields.keys()) if (!known.includes(key)) throw new UserError(`${name}: unknown answer ${JSON.stringify(key)}.`, 2, `Known are: ${known.join(', ')}.`)
  const decisions = fields.get('decisions') ?? {}
  if (typeof decisions !== 'object' || decisions === null || Array.isArray(decisions) || Object.values(decisions).some((value) => typeof value !== 'string')) throw new UserError(`${name}: "decisions" must map findings or rules to answers.`, 2)
  const app = fields.get('app')
  if (app !== undefined && typeof app !== 'string') throw new UserError(`${name}: "app" must be a folder.`, 2)
  const target = oneOf(fields, 'target', choices.target, name)
  const plan = oneOf(fields, 'plan', choices.plan, name)
  const entry = oneOf(fields, 'entry', choices.entry, name)
  return { ...(target ? { target } : {}), ...(plan ? { plan } : {}), ...(app === undefined ? {} : { app }), ...(entry ? { entry } : {}), decisions: decisions as Record<string, string> }
}

function oneOf<T extends string>(fields: ReadonlyMap<string, unknown>, key: string, allowed: readonly T[], name: string): T | undefined {
  const value = fields.get(key)
  if (value === undefined) return undefined
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw new UserError(`${name}: ${key} ${JSON.stringify(value)} is not one of ${allowed.join(', ')}.`, 2)
  return found
}

export function serializeAnswers(answers: Answers): string {
  return JSON.stringify({ version: 1, ...answers }, null, 2) + '\n'
}

/** The answers laid over the defaults. An answer to a finding that is not there (any more) is passed over; one that no option has is refused. */
export function applyAnswers(decisions: ReadonlyMap<string, string>, findings: readonly Finding[], answers: Answers, name: string): Map<string, string> {
  const result = new Map(decisions)
  for (const finding of findings) {
    const answer = answers.decisions[finding.id] ?? answers.decisions[finding.rule]
    if (answer === undefined) continue
    const allowed = optionsOf(finding)
    if (!allowed.includes(answer)) {
      const meant = nearest(answer, allowed)
      // The choice was made before, and what is left of it is a plain fix or nothing to choose.
      if (finding.problem.remedy.kind !== 'choice' && !meant) continue
      throw new UserError(`${name}: ${finding.id} has no answer ${JSON.stringify(answer)}.`, 2, `${meant ? `Did you mean ${meant}? ` : ''}It takes: ${allowed.join(', ')}.`)
    }
    result.set(finding.id, answer)
  }
  return result
}

/** What a finding can be answered with. */
export function optionsOf(finding: Finding): readonly string[] {
  const { remedy } = finding.problem
  if (remedy.kind === 'manual') return ['leave']
  return remedy.kind === 'fix' ? ['take', 'leave'] : [...remedy.options.map((option) => option.id), 'take', 'leave']
}
