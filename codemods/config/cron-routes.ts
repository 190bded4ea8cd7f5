/** Which route of the app answers a cron's path. */
import type { PyFunction, PyRoute, PythonProgram } from '../../src/lang/python/program.js'
import { lineColumn } from '../../src/edits.js'
import { findNodeAtLocation } from 'jsonc-parser'
import type { Evidence, RuleContext, Trace } from '../../src/types.js'
import { cronJobs, vercelConfigs, type CronJob, type ConfigFile } from './vercel-json.js'

export type CronRoute = {
  readonly file: ConfigFile
  readonly job: CronJob
  readonly evidence: Evidence
  /** Routes on this path; several when each has methods of its own. */
  readonly routes: readonly PyRoute[]
}

/** The crons of the app's configs, each with the routes that answer it. */
export function* cronRoutes(program: PythonProgram, { app, repo }: RuleContext): Generator<CronRoute> {
  for (const file of vercelConfigs(repo, app)) {
    for (const job of cronJobs(file)) {
      const path = job.path.split('?')[0] ?? job.path
      const node = findNodeAtLocation(file.tree, ['crons', job.at, 'path'])
      const evidence = { file: file.path, line: lineColumn(file.text, node?.offset ?? 0).line, note: `a cron calls ${job.path}` }
      yield { file, job, evidence, routes: program.pyRoutes.filter(route => answers(route.path, path)) }
    }
  }
}

/** The routes that a GET reaches: Werkzeug prefers a literal path to a variable one, and that to a catch-all. All of them when none takes a GET. */
export function answeringGet(all: readonly PyRoute[]): readonly PyRoute[] {
  const taking = all.filter(({ methods }) => methods.includes('GET'))
  const routes = taking.length > 0 ? taking : all
  const literal = routes.filter(({ path }) => !/[<{]/.test(path))
  if (literal.length > 0) return literal
  const bounded = routes.filter(({ path }) => !/<path:|:path\}/.test(path))
  return bounded.length > 0 ? bounded : routes
}

/** Does a declared path such as `/tasks/<name>` or `/tasks/{name}` take this one? */
export function answers(declared: string, path: string): boolean {
  const pattern = declared
    .split(/(<[^<>]*>|\{[^{}]*\})/)
    .map(piece => (piece.startsWith('{') && piece.endsWith('}') ? (piece.endsWith(':path}') ? '.*' : '[^/]+') : !piece.startsWith('<') ? piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : piece.startsWith('<path:') ? '.+' : piece.startsWith('<int:') ? '\\d+' : '[^/]+'))
    .join('')
  return new RegExp(`^${pattern}$`).test(path)
}

/** From the cron through the app to the view, as far as the program knows the way. */
export function traceTo(program: PythonProgram, evidence: Evidence, fn: PyFunction | undefined, place: Evidence): Trace {
  for (const reached of program.functions()) {
    if (reached.fn !== fn) continue
    return [evidence, ...(reached.runs.find(({ when }) => when === 'request')?.trace ?? []), place]
  }
  return [evidence, place]
}
