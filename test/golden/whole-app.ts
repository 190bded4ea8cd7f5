/**
 * Every whole app through the tool and then before the platform's own build and runtime: once with the safe fixes (A), once with all
 * that the tool can do (B). A row of the table at the end is what happened to one app.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { againstBefore, againstLabels } from './compare.js'
import { asList, fixtures, root, type Fixture } from './fixture.js'
import { hard, remainingButSilent, type InspectJson, type RunJson } from './report.js'
import { differences, freshRepo, installTool, plainCopy, removeScratch, scratch, tool, treeOf } from './repo.js'
import { table, type Column } from './table.js'
import { edgeAnswer, staticProblems } from '../oracle/edge.js'
import type { Answer } from '../oracle/http.js'
import { localStart, prepare, type LocalRun } from '../oracle/local-start.js'
import { runFunction } from '../oracle/run-function.js'
import { shellOf, whyNotRun } from '../oracle/shell.js'
import { standIns } from '../oracle/stand-ins.js'
import { whyNotBuild } from '../oracle/toolchain.js'
import { filesBelow, vercelBuild, type Build } from '../oracle/vercel-build.js'

const missing = whyNotBuild()
const results = table()


const before = new Map<string, Promise<readonly Answer[]>>()
/** The answers of the app as its owner has it; asked once. */
function answersBefore(fixture: Fixture): Promise<readonly Answer[]> {
  const known = before.get(fixture.name) ?? start(fixture, fixture.app).then(({ answers }) => answers)
  before.set(fixture.name, known)
  return known
}
function start(fixture: Fixture, dir: string): Promise<LocalRun> {
  const shell = shellOf(fixture)
  const whole = plainCopy(dir)
  shell.furnish(whole)
  const copy = join(whole, fixture.localStart.cwd ?? '')
  for (const command of fixture.prepare ?? []) prepare(copy, command, shell, fixture.localStart.env)
  return localStart(copy, fixture.localStart, { shell, requests: fixture.routes })
}

const validators = new Map<string, (value: unknown) => readonly string[]>()
function invalid(schema: string, value: unknown): readonly string[] {
  const known = validators.get(schema)
  if (known !== undefined) return known(value)
  const ajv = new Ajv2020({ strict: false, allErrors: true, schemas: ['inspect', 'run', 'verify'].filter((name) => name !== schema).map((name) => JSON.parse(readFileSync(join(root, 'schema', `${name}.schema.json`), 'utf8')) as object) })
  const validate = ajv.compile(JSON.parse(readFileSync(join(root, 'schema', `${schema}.schema.json`), 'utf8')) as object)
  const judge = (one: unknown): readonly string[] => (validate(one) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${schema} schema: ${instancePath} ${message ?? ''}`))
  validators.set(schema, judge)
  return judge(value)
}

/** One JSON document on stdout and nothing else. */
function parsed<T>(ran: { readonly stdout: string; readonly stderr: string; readonly code: number }): T {
  try {
    return JSON.parse(ran.stdout) as T
  } catch {
    throw new Error(`no JSON on stdout (exit ${ran.code}): ${ran.stdout.slice(0, 400)}${ran.stderr.slice(0, 1200)}`)
  }
}

function buildProblems(fixture: Fixture, build: Build, side: 'A' | 'B'): readonly string[] {
  const safe = side === 'A' ? fixture.safe : undefined
  if (safe !== undefined && 'refused' in safe) return !build.ok && build.log.includes(safe.refused) ? [] : [`accepted, or refused for another reason than ${safe.refused}`]
  if (!build.ok) return [`refused: ${build.log.trim().split('\n').slice(-6).join(' | ')}`]
  const problems: string[] = []
  const { handler, staticFiles } = safe ?? fixture
  const functions = build.functions.map(({ path }) => path)
  if (functions.join() !== [...handler.functions].sort().join()) problems.push(`functions [${functions.join(', ')}] instead of [${handler.functions.join(', ')}]`)
  const entries = build.functions.map(({ entry }) => entry)
  if (!entries.every((entry) => entry === handler.entry)) problems.push(`handler ${entries.join(', ')} instead of ${handler.entry}`)
  problems.push(...staticProblems(staticFiles, build.staticFiles))
  return problems
}

function variables(fixture: Fixture, tmp: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fixture.env).map(([name, value]) => [name, value.replaceAll('{tmp}', tmp)]))
}

type Booted = { readonly boot: readonly string[]; readonly routes: readonly string[]; readonly crons: readonly string[] }
/** The built function under the real runtime, with the platform's database prepared as a person would. */
async function bootProblems(fixture: Fixture, migrated: string, build: Build): Promise<Booted> {
  const [func] = build.functions
  if (func === undefined) return { boot: ['there is no function'], routes: ['nothing to ask'], crons: [] }
  const seed = scratch('platform')
  const shell = shellOf(fixture)
  for (const command of fixture.release ?? []) {
    const copy = plainCopy(migrated)
    shell.furnish(copy)
    prepare(join(copy, fixture.appRoot), command, shell, variables(fixture, seed))
  }
  const { path, env } = standIns(fixture.standIns)
  // The platform's scheduler comes with the secret; everybody else comes without.
  const bearer = { authorization: `Bearer ${fixture.env['CRON_SECRET'] ?? ''}` }
  const visits = build.crons.flatMap((cron) => [{ path: cron.path }, { path: cron.path, headers: { authorization: 'Bearer guess' } }, { path: cron.path, headers: bearer }])
  const edge = fixture.routes.map((route) => edgeAnswer(build.dir, route))
  const asked = fixture.routes.filter((_, index) => edge[index] === undefined)
  const run = await runFunction({ dir: build.dir, funcDir: func.dir, seed, env: (tmp) => ({ ...env, ...variables(fixture, tmp) }), extraPath: fixture.standIns.length === 0 ? [] : path, ...(fixture.localStart.host === undefined ? {} : { host: 'app.vercel.app' }), requests: [...asked, ...visits] })
  if (!run.booted) return { boot: [`${run.failure ?? 'did not boot'}: ${run.log.trim().split('\n').slice(-4).join(' | ')}`], routes: ['nothing to ask'], crons: [] }
  const own = run.answers.slice(0, asked.length).values()
  const answers = edge.map((answer) => answer ?? own.next().value).filter((answer) => answer !== undefined)
  const crons = run.answers.slice(asked.length).flatMap(({ path: visited, status }, index) => {
    const known = index % 3 === 2
    // A job that cannot do its work there yet says so in its answer.
    const wanted = fixture.changed.find((item) => item.cron === true && item.path === visited)?.status ?? 200
    return (known ? status === wanted : status === 401 || status === 403) ? [] : [`${visited} answers ${status} ${known ? 'to the scheduler' : 'to a stranger'}`]
  })
  return { boot: [], routes: againstBefore(fixture.routes, await answersBefore(fixture), answers, fixture.changed.filter(({ cron }) => cron !== true)), crons }
}

/** What the plan calls a schedule is what the build registers. */
function cronProblems(run: RunJson, build: Build): readonly string[] {
  const registered = build.crons.map(({ path, schedule }) => `${schedule} ${path}`)
  return run.plan.schedules.filter(({ becomes, schedule }) => !registered.some((one) => one.startsWith(`${schedule} `) && becomes.includes(one.slice(schedule.length + 1)))).map(({ job, schedule }) => `${job} at ${schedule} is not among the build's crons (${registered.join(', ')})`)
}

/** The preview, applied by git, is what the run writes. */
async function diffProblems(fixture: Fixture, args: readonly string[], migrated: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const repo = freshRepo(fixture.app)
  const preview = await tool(repo, [...args.filter((arg) => arg !== '--yes'), '--dry-run'])
  if (preview.code !== 0) return [`--dry-run: exit ${preview.code}: ${preview.stderr.trim()}`]
  const applied = spawnSync('git', ['apply', '-'], { cwd: repo, input: preview.bytes, encoding: 'utf8' })
  return applied.status === 0 ? differences(migrated, treeOf(repo)) : [`git apply: ${applied.stderr.trim()}`]
}

/** A variable that the migrated code reads and the platform must hold is named in the report. */
function unnamedVariables(fixture: Fixture, repo: string, report: string): readonly string[] {
  const code = filesBelow(repo).filter((path) => /\.(py|[cm]?[jt]sx?)$/.test(path)).map((path) => readFileSync(join(repo, path), 'utf8')).join('\n')
  // SQLALCHEMY_DATABASE_URL is no DATABASE_URL, neither in the code nor in the report.
  const holds = (text: string, name: string): boolean => new RegExp(`(?<!\\w)${name}(?!\\w)`).test(text)
  return Object.keys(fixture.env).filter((name) => holds(code, name) && !holds(report, name)).map((name) => `MIGRATION.md does not name ${name}`)
}

/** Wrong advice that the migration left in. */
function stillThere({ gone, app }: Fixture, repo: string): readonly string[] {
  const holds = (dir: string, file: string, code: string): boolean => existsSync(join(dir, file)) && readFileSync(join(dir, file), 'utf8').includes(code)
  return (gone ?? []).flatMap(({ file, code }) => (holds(app, file, code) ? (holds(repo, file, code) ? [`${file} still holds ${code}`] : []) : [`${file} never held ${code}`]))
}

async function localProblems(fixture: Fixture, dir: string, side: 'A' | 'B'): Promise<readonly string[]> {
  const run = await start(fixture, dir)
  if (!run.started) return [`does not start: ${run.log.trim().split('\n').slice(-3).join(' | ')}`]
  return againstBefore(fixture.routes, await answersBefore(fixture), run.answers, side === 'A' ? [] : fixture.changed.filter(({ local }) => local === true))
}

/** One whole migration, and every promise about it. */
async function migration(fixture: Fixture, side: 'A' | 'B', more: (repo: string) => readonly string[]): Promise<readonly string[]> {
  const note = (column: Column, problems: readonly string[]): void => void all.push(...results.set(fixture.name, column, problems))
  const all: string[] = []
  const repo = freshRepo(fixture.app)
  const original = treeOf(repo)
  const args = ['--target', 'vercel', '--yes', ...(fixture.appRoot === '.' ? [] : ['--app', fixture.appRoot]), ...more(repo)]
  const ran = await tool(repo, [...args, '--json'])
  const run = parsed<RunJson>(ran)
  const migrated = treeOf(repo)
  note('findings', invalid('run', run))
  const after = parsed<InspectJson>(await tool(repo, ['inspect', '--target', 'vercel', '--json', ...(fixture.appRoot === '.' ? [] : ['--app', fixture.appRoot])]))
  const remaining = hard(after, 'vercel')
  const failed = (run.checks ?? []).filter(({ ok }) => !ok)
  const wanted = remaining.length + failed.length === 0 ? 0 : 1
  note('findings', ran.code === wanted ? [] : [`exit ${ran.code} after ${side}, but ${remaining.length} hazards that block or break remain and ${failed.length} checks failed: ${ran.stderr.trim().split('\n').slice(-3).join(' | ')}`])
  const report = existsSync(join(repo, 'MIGRATION.md')) ? readFileSync(join(repo, 'MIGRATION.md'), 'utf8') : ''
  note('findings', unnamedVariables(fixture, repo, report))
  if (side === 'A') note('diff A', await diffProblems(fixture, args, migrated))
  note('findings', remainingButSilent(fixture, run, remaining, report))
  if (side === 'B') note('findings', stillThere(fixture, repo))

  // The platform hands the project's variables to the build as well.
  const build = await vercelBuild(repo, { env: variables(fixture, scratch('build')), shell: shellOf(fixture) })
  try {
    note(`build ${side}`, buildProblems(fixture, build, side))
    if (side === 'B') {
      const { boot, routes, crons } = await bootProblems(fixture, repo, build)
      note('booted B', boot)
      note('routes B', routes)
      note('crons B', [...cronProblems(run, build), ...crons])
    }
  } finally {
    build.dispose()
  }
  note(`local ${side}`, await localProblems(fixture, repo, side))

  const again = await tool(repo, args)
  note(`undo ${side}`, differences(migrated, treeOf(repo)).map((problem) => `second run: ${problem}`))
  note(`undo ${side}`, again.code === wanted ? [] : [`second run: exit ${again.code} instead of ${wanted}: ${again.stderr.trim().split('\n').slice(-2).join(' | ')}`])
  const undone = await tool(repo, ['undo', '--yes'])
  note(`undo ${side}`, undone.code === 0 ? [] : [`undo: exit ${undone.code}: ${undone.stderr.trim()}`])
  note(`undo ${side}`, differences(original, treeOf(repo)))
  return all
}

/** The tests of these fixtures, in the file that calls it: two files share the work of a machine with two cores. */
export function wholeApps(mine: (fixture: Fixture) => boolean): void {
  beforeAll(installTool)
  afterAll(() => {
    removeScratch()
    if (missing === undefined) console.log(`\n${results.print()}\n`)
  })

  describe.skipIf(missing !== undefined).each(fixtures().filter((fixture) => mine(fixture) && whyNotRun(fixture.framework) === undefined))('$name', (fixture) => {
    it('has labels that point at the code they mean', () => {
      expect(fixture.findings.length).toBeGreaterThan(0)
      for (const { file, line, code } of [...fixture.findings, ...(fixture.silent ?? [])]) {
        const lines = readFileSync(join(fixture.app, file), 'utf8').split(/\r?\n/)
        expect(lines[(asList(line)[0] ?? 0) - 1], `${file}:${String(line)}`).toContain(code)
      }
    })

    it('is inspected as a person would', async () => {
      const ran = await tool(fixture.app, ['inspect', '--json'])
      expect(ran.code, ran.stderr).toBe(0)
      const report = parsed<InspectJson>(ran)
      const problems = [...invalid('inspect', report)]
      const [app, ...others] = report.apps
      if (others.length > 0) problems.push(`${report.apps.length} apps instead of one`)
      const { framework, entry, packageManager, appRoot } = fixture
      expect({ root: app?.root, framework: app?.framework, entry: { file: app?.entry.file, symbol: app?.entry.symbol, kind: app?.entry.kind }, packageManager: app?.packageManager }).toEqual({ root: appRoot, framework, entry, packageManager })
      for (const label of fixture.findings) {
        const found = app?.findings.some((finding) => asList(label.rule).includes(finding.rule) && finding.file === label.file && asList(label.line).includes(finding.line))
        if (found !== true) problems.push(`${asList(label.rule).join(' or ')} at ${label.file}:${String(label.line)} is not reported: ${label.code}`)
      }
      for (const { file, line } of fixture.silent ?? []) {
        for (const finding of hard(report, 'vercel')) if (finding.file === file && finding.line === line) problems.push(`${finding.rule} is reported at ${file}:${String(line)}, where nothing is wrong`)
      }
      expect(results.set(fixture.name, 'findings', problems)).toEqual([])
    })

    it('answers as labelled before', async () => {
      expect(results.set(fixture.name, 'as it is', againstLabels(fixture.routes, await answersBefore(fixture)))).toEqual([])
    })

    it('takes the safe fixes and is accepted (A)', async () => {
      expect(await migration(fixture, 'A', () => [])).toEqual([])
    })

    it('takes every fix, is accepted, boots read-only and answers as before (B)', async () => {
      const answers = join(scratch('answers'), 'answers.json')
      if (fixture.answers !== undefined) writeFileSync(answers, JSON.stringify(fixture.answers))
      expect(await migration(fixture, 'B', () => ['--unsafe', '--answers', answers])).toEqual([])
      expect(existsSync(answers)).toBe(true)
    })
  })
}
