/**
 * Walks the list of rules and every case of each. Nobody writes test code for a rule: a case is a folder.
 * Run one rule: npx vitest run test/catalogue.test.ts -t <rule-id>
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rules } from '../codemods/index.js'
import { catalogueTable, folderOf, readmeBody, ruleHeader } from '../src/dev/docs.js'
import type { Problem, Rule, Snapshot } from '../src/types.js'
import hazards from './catalogue/hazards.json' with { type: 'json' }
import { codemodsRoot, readCases, withBom, withCrlf, type Case } from './catalogue/cases.js'
import { changedPaths, wrongLineEnds, wrongOutsideEdits, wrongWithProblem } from './catalogue/invariants.js'
import { afterEmission, needLine, placeOf, problemsOf, settingOf, takeFixes, waysThrough } from './catalogue/pipeline.js'
import { pythonErrors, type Source } from './catalogue/python-syntax.js'
import { scriptErrors } from './catalogue/script-syntax.js'

type Known = { readonly kind: string; readonly severity: readonly string[]; readonly fix: string }
const known = hazards as unknown as Readonly<Record<string, Known>>
const careful = ['safe', 'review', 'manual']

/** Needs that the target writes into files which the rule reads again. */
const selfClearing = new Set(['dependency', 'ignore', 'runtime', 'entry'])

describe('the list of rules', () => {
  it('names every rule once', () => {
    // The same hazard has one id in every language; its rules live in a folder for each.
    expect(rules.map(folderOf).filter((id, index, all) => all.indexOf(id) !== index)).toEqual([])
  })
  it('holds every folder that has a rule, and no other', () => {
    const folders = ['python', 'config', 'javascript'].flatMap((language) => {
      const dir = join(codemodsRoot, language)
      return existsSync(dir) ? readdirSync(dir).filter((id) => existsSync(join(dir, id, 'rule.ts'))).map((id) => `${language}/${id}`) : []
    })
    expect(rules.map(folderOf).sort()).toEqual(folders.sort())
  })
  it('is described in codemods/README.md (npm run docs)', () => {
    expect(readFileSync(join(codemodsRoot, 'README.md'), 'utf8')).toBe(catalogueTable(rules))
  })
})

for (const rule of rules) {
  const dir = join(codemodsRoot, folderOf(rule))
  const cases = readCases(dir)
  const sources: Source[] = []

  describe(rule.language === 'javascript' ? folderOf(rule) : rule.id, () => {
    it('stands in the catalogue as HAZARDS and CONTRACT say', () => {
      const entry = known[rule.id]
      expect(entry, `${rule.id} is not in hazards.json`).not.toBe(undefined)
      expect(rule.hazard).toBe(entry?.kind)
      expect(entry?.severity).toContain(rule.severity)
      expect(statSync(dir).isDirectory()).toBe(true)
    })
    it('has a README whose head is generated (npm run docs) and whose body says something', () => {
      const readme = readFileSync(join(dir, 'README.md'), 'utf8')
      expect(readme.startsWith(ruleHeader(rule))).toBe(true)
      expect(readmeBody(readme).length).toBeGreaterThan(200)
      expect(readmeBody(readme)).not.toMatch(/\bTODO\b/)
    })
    it('has cases, and as many that must stay silent as hits', () => {
      const silent = cases.filter(({ ok }) => ok).length
      expect(cases.length - silent).toBeGreaterThan(0)
      expect(silent).toBeGreaterThanOrEqual(cases.length - silent)
    })
    for (const each of cases) describeCase(rule, each, sources)
    it('leaves Python that CPython compiles, and JavaScript that TypeScript parses', ({ skip }) => {
      expect(scriptErrors(sources)).toEqual([])
      const errors = pythonErrors(sources.filter(({ label }) => label.endsWith('.py')))
      if (errors === undefined) {
        console.warn(`${rule.id}: python3 was not found, so the fixed sources were not compiled`)
        skip()
      }
      expect(errors).toEqual([])
    })
  })
}

function describeCase(rule: Rule, each: Case, sources: Source[]): void {
  const { expect: wanted, repo } = each

  it(`${each.name}: ${each.ok ? 'stays silent' : 'is found, exactly'}`, () => {
    const problems = find(rule, repo, each)
    expect(lines(problems, repo)).toEqual([...(wanted.hits ?? [])].sort())
    if (each.ok) {
      expect(problems).toEqual([])
      return
    }
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.flatMap((problem) => [...wrongWithProblem(problem, repo)])).toEqual([])
    expect(tooEager(rule, problems)).toEqual([])
    for (const [place, severity] of Object.entries(wanted.severity ?? {})) {
      const found = problems.filter((problem) => placeOf(problem, repo) === place)
      expect(found.map((problem) => problem.severity ?? rule.severity), `severity at ${place}`).toEqual(found.map(() => severity))
      expect(found.length, `nothing found at ${place}`).toBeGreaterThan(0)
    }
    const said = problems.map(({ message }) => message).join('\n')
    for (const text of wanted.says ?? []) expect(said).toContain(text)
  })
  if (each.ok) return

  it(`${each.name}: every way to fix it holds`, () => {
    const setting = settingOf(repo, wanted)
    const problems = problemsOf(rule, repo, setting)
    for (const way of waysThrough(problems)) {
      const label = `option ${way.name}`
      const { changes, needs, after } = takeFixes(repo, problems, way.decide)
      expect([...wrongOutsideEdits(repo, after, changes)], label).toEqual([])
      for (const path of changedPaths(repo, after)) {
        const text = after.text(path)
        if (/\.(py|[cm]?[jt]sx?)$/.test(path) && text !== undefined) sources.push({ label: `${rule.id}/${each.name} ${label} ${path}`, text })
      }
      if (changes.length > 0) expect(changesOfSecondRun(rule, after, each, way.decide), `${label}: a second run changes`).toEqual([])
      if (needs.some(({ kind }) => selfClearing.has(kind))) {
        const written = afterEmission(after, needs, setting)
        if (!written) continue
        const again = takeFixes(written, find(rule, written, each), way.decide)
        const repeated = again.needs.filter(({ kind }) => selfClearing.has(kind)).map(needLine)
        expect(repeated, `${label}: still asked for after the target wrote it`).toEqual([])
      }
    }
  })

  it(`${each.name}: the result is as written down`, () => {
    const problems = find(rule, repo, each)
    for (const place of Object.keys(wanted.decisions ?? {})) expect(problems.map((problem) => placeOf(problem, repo))).toContain(place)
    const { needs, after } = takeFixes(repo, problems, (problem) => wanted.decisions?.[placeOf(problem, repo)] ?? 'default')
    if (wanted.needs) expect([...new Set(needs.map(needLine))].sort()).toEqual([...wanted.needs].sort())
    if (!each.after) return
    const changed = changedPaths(repo, after)
    expect(changed).toEqual([...new Set([...each.after.keys(), ...changed.filter((path) => !after.has(path))])].sort())
    for (const [path, text] of each.after) expect(after.text(path), path).toBe(text)
  })

  for (const [name, vary] of [['CRLF', withCrlf], ['a BOM', withBom]] as const) {
    it(`${each.name}: the same with ${name}`, () => {
      const plain = settingOf(repo, wanted)
      const plainProblems = problemsOf(rule, repo, plain)
      const varied = vary(repo)
      const problems = find(rule, varied, each)
      expect(lines(problems, varied)).toEqual(lines(plainProblems, repo))
      expect(problems.flatMap((problem) => [...wrongWithProblem(problem, varied)])).toEqual([])
      for (const way of waysThrough(problems)) {
        const { changes, after } = takeFixes(varied, problems, way.decide)
        const expected = takeFixes(repo, plainProblems, way.decide).after
        expect([...wrongOutsideEdits(varied, after, changes), ...wrongLineEnds(varied, after)], way.name).toEqual([])
        expect(changedPaths(varied, after)).toEqual(changedPaths(repo, expected))
        for (const path of changedPaths(repo, expected)) {
          expect(after.text(path)?.replaceAll('\r\n', '\n'), `${way.name}: ${path}`).toBe(expected.text(path)?.replaceAll('\r\n', '\n'))
        }
        if (changes.length > 0) expect(changesOfSecondRun(rule, after, each, way.decide), `${way.name}: a second run changes`).toEqual([])
      }
    })
  }
}

function find(rule: Rule, repo: Snapshot, each: Case): readonly Problem[] {
  return problemsOf(rule, repo, settingOf(repo, each.expect))
}

function lines(problems: readonly Problem[], repo: Snapshot): readonly string[] {
  return problems.map((problem) => `${placeOf(problem, repo)} ${problem.when}`).sort()
}

/** Remedies less careful than the catalogue allows. */
function tooEager(rule: Rule, problems: readonly Problem[]): readonly string[] {
  const allowed = careful.indexOf(known[rule.id]?.fix ?? 'safe')
  return problems.flatMap(({ remedy }) => {
    const own = remedy.kind === 'manual' ? 'manual' : remedy.kind === 'choice' ? 'review' : remedy.safety
    return careful.indexOf(own) < allowed ? [`a ${own} fix, where the catalogue says ${careful[allowed]}`] : []
  })
}

function changesOfSecondRun(rule: Rule, after: Snapshot, each: Case, decide: (problem: Problem) => string): readonly string[] {
  return changedPaths(after, takeFixes(after, find(rule, after, each), decide).after)
}
