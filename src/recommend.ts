/** Where the app fits best, from its findings. Pure; what counts, and how much, is in one table. */
import type { Finding, FixClass, Recommendation, TargetId } from './types.js'

/**
 * What a hazard says about the app as a whole, once, however often it occurs (`once`), and again for each further place (`more`, up to `cap`).
 * Vercel needs no votes: it is the answer while little speaks against it. At `THRESHOLD` points for leaving, the app keeps a server.
 */
type Weight = {
  readonly hazards: readonly string[]
  /** Points against a host without a process and disk of its own. */
  readonly once: number
  readonly more: number
  readonly cap: number
  /** A worker beside a serverless web part would hold it. */
  readonly worker: boolean
  readonly text: string
  readonly changes: string
}
const weights: readonly Weight[] = [
  { hazards: ['sqlite'], once: 1, more: 0.5, cap: 4, worker: false, text: 'keeps its data in a file that would have to become a database on the network', changes: 'the data moved to a database on the network (Postgres, MySQL or MongoDB)' },
  { hazards: ['upload-to-disk'], once: 1, more: 0.5, cap: 2, worker: false, text: 'keeps uploaded files on its own disk', changes: 'uploads went to object storage' },
  { hazards: ['file-write'], once: 0.5, more: 0.25, cap: 2, worker: false, text: 'writes files beside its code', changes: 'those files went to a database or object storage' },
  { hazards: ['in-memory-state'], once: 0.5, more: 0.5, cap: 2, worker: false, text: 'shares state between requests in the memory of one process', changes: 'that state moved to a database or Redis' },
  { hazards: ['background-thread'], once: 1.5, more: 0.5, cap: 3, worker: true, text: 'goes on working after it has answered', changes: 'the background work became scheduled or queued jobs' },
  { hazards: ['in-process-scheduler'], once: 1.5, more: 0.5, cap: 3, worker: true, text: 'wakes itself up to work on a schedule', changes: 'its schedule fitted the cron limits of the plan' },
  { hazards: ['queue-worker'], once: 2.5, more: 0.5, cap: 3, worker: true, text: 'needs a worker process beside the web process', changes: 'the queue moved to one that calls the app over HTTP' },
  { hazards: ['websocket'], once: 2, more: 0.5, cap: 3, worker: true, text: 'holds sockets whose rooms live in one process', changes: 'the sockets used plain WebSocket and shared their rooms through Redis' },
  // Only what exceeds the host's limit blocks; mere weight is no vote.
  { hazards: ['large-dependency'], once: 2, more: 0, cap: 2, worker: false, text: 'needs packages larger than the platform takes', changes: 'it used lighter packages or a hosted service in their place' },
  { hazards: ['system-binary', 'subprocess'], once: 1, more: 0.5, cap: 2.5, worker: false, text: 'starts programs that the platform may not have', changes: 'the programs it starts were replaced by packages or a service' },
]
const THRESHOLD = 4
/** Points of work for a person: reading a safe edit, deciding on a reviewed one, doing one by hand. */
const effort = { safe: 0.5, review: 2, manual: 5 } as const satisfies Record<FixClass, number>

/** How much of a hazard is left for a person: all of a manual one, most of one that is left alone by default, little of one the tool rewrites. */
function share(finding: Finding): number {
  if (finding.fix.class === 'manual') return 1
  if (finding.fix.class === 'safe') return 0
  const remedy = finding.problem.remedy
  return remedy.kind === 'choice' && remedy.byDefault === 'leave' ? 0.75 : 0.4
}

type Vote = { readonly weight: Weight; readonly points: number; readonly findings: readonly Finding[] }

/** Vercel, Render, or both; each reason names the rule that found it and where. */
export function recommend(findings: readonly Finding[]): Recommendation {
  const votes = weights.map((weight) => vote(weight, findings)).filter((found) => found.points > 0)
  const total = votes.reduce((sum, found) => sum + found.points, 0)
  const stays = votes.filter((found) => !found.weight.worker).reduce((sum, found) => sum + found.points, 0)
  const works = total - stays
  const target = decide(stays, works)
  const reasons: Recommendation['reasons'][number][] = []
  for (const found of [...votes].sort((a, b) => b.points - a.points)) {
    const first = found.findings[0]
    if (!first) continue
    reasons.push({ for: found.weight.worker && stays < THRESHOLD / 2 ? 'hybrid' : 'render', rule: first.rule, text: `${found.weight.text} (${places(found.findings)})` })
  }
  if (target === 'vercel') reasons.unshift({ for: 'vercel', rule: reasons[0]?.rule ?? 'none', text: votes.length === 0 ? 'answers requests and keeps nothing in its process or on its disk' : 'has little that ties it to one server, and that can be rewritten' })
  if (target === 'hybrid') reasons.push({ for: 'hybrid', rule: reasons[0]?.rule ?? 'none', text: 'the rest of it answers requests and fits a serverless host' })
  return { target, reasons, effort: effortOf(findings), wouldChangeIf: changes(target, votes) }
}

function vote(weight: Weight, findings: readonly Finding[]): Vote {
  const hits = findings.filter((finding) => weight.hazards.includes(finding.hazard) && (finding.severity === 'blocks' || finding.severity === 'breaks'))
  const heavy = hits.filter((finding) => share(finding) > 0).sort((a, b) => share(b) - share(a))
  let points = 0
  heavy.forEach((finding, index) => (points += (index === 0 ? weight.once : weight.more) * share(finding)))
  return { weight, points: Math.min(points, weight.cap), findings: heavy }
}

/** Work that a worker could take over counts for hybrid; what the web part itself keeps counts for a server. */
function decide(stays: number, works: number): TargetId {
  if (stays + works >= THRESHOLD && stays >= THRESHOLD / 2) return 'render'
  if (works >= 1) return 'hybrid'
  return 'vercel'
}

function places(findings: readonly Finding[]): string {
  const first = findings[0]
  if (!first) return ''
  return `${first.file}:${first.line}${findings.length > 1 ? ` and ${findings.length - 1} more` : ''}`
}

function effortOf(findings: readonly Finding[]): Recommendation['effort'] {
  const byClass = { safe: 0, review: 0, manual: 0 }
  for (const finding of findings) if (finding.severity !== 'advice') byClass[finding.fix.class]++
  const points = byClass.safe * effort.safe + byClass.review * effort.review + byClass.manual * effort.manual
  return { points: Math.round(points * 2) / 2, byClass }
}

function changes(target: TargetId, votes: readonly Vote[]): readonly string[] {
  if (target === 'vercel') return ['Render fits better, if the app must keep files on its disk, answer for longer than the platform allows, or run something all the time.']
  return [...votes].sort((a, b) => b.points - a.points).slice(0, 3).map((found) => `Vercel becomes ${votes.length === 1 ? 'possible' : 'likelier'}, if ${found.weight.changes}.`)
}
