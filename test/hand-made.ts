/** Small values for tests of what stands between the rules and the files. */
import type { App, Change, Emission, Fix, Problem, Program, Remedy, Rule, RuleFacts, Severity, Target, TargetId, Finding, Capability, Offer } from '../src/types.js'
import { targets } from '../templates/index.js'

export const app: App = { root: '.', framework: 'flask', language: 'python', entry: { file: 'app.py', symbol: 'app', kind: 'instance' }, rivals: [], packageManager: 'pip', existing: [], evidence: [{ file: 'app.py', line: 1, note: 'Flask(__name__)' }] }

/** No rule of these tests looks into it. */
export const program = { language: 'python' } as unknown as Program

export const edit = (path: string, start: number, end: number, text: string): Change => ({ kind: 'edit', path, range: { start, end }, text })

export function problem(over: Partial<Problem> & { readonly remedy: Remedy }): Problem {
  return { path: 'app.py', range: { start: 0, end: 1 }, when: 'import', trace: [{ file: 'app.py', line: 1, note: 'here' }], message: 'Something is wrong, because it is; change it.', ...over }
}

export function rule(id: string, problems: readonly Problem[] | (() => Iterable<Problem>), over: Partial<RuleFacts> = {}): Rule {
  return { id, title: id, hazard: 'latent-bug', language: 'python', assumes: 'nothing', severity: 'breaks', check: () => (typeof problems === 'function' ? problems() : problems), ...over }
}

export const fix = (changes: readonly Change[], over: Partial<Fix> & { readonly safety?: 'safe' | 'review' } = {}): Remedy => ({ kind: 'fix', safety: 'safe', title: 'change it', changes, ...over })

export function finding(over: Partial<Finding> & { readonly rule: string; readonly remedy?: Remedy }): Finding {
  const { remedy = { kind: 'manual', reason: 'by hand' }, ...rest } = over
  const file = over.file ?? 'app.py'
  const line = over.line ?? 1
  return {
    id: `${over.rule}:${file}:${line}`,
    hazard: 'latent-bug',
    severity: 'breaks' satisfies Severity,
    when: 'import',
    file,
    line,
    column: 1,
    endLine: line,
    message: 'Something is wrong, because it is; change it.',
    trace: [{ file, line, note: 'here' }],
    targets: ['vercel'] satisfies TargetId[],
    fix: { class: remedy.kind === 'fix' ? remedy.safety : remedy.kind === 'choice' ? 'review' : 'manual', title: remedy.kind === 'fix' ? remedy.title : remedy.kind === 'choice' ? remedy.question : remedy.reason },
    problem: problem({ path: file, remedy }),
    ...rest,
  }
}

/** Vercel with another emission, or other offers. */
export function target(emission: Partial<Emission> = {}, offers: Partial<Record<Capability, Offer>> = {}): Target {
  return {
    ...targets.vercel,
    offers: { ...targets.vercel.offers, ...offers },
    emit: () => ({ changes: [], steps: [], entry: { shape: 'native', file: 'app.py', why: 'It is found there.' }, ...emission }),
    prove: async () => [],
  }
}
