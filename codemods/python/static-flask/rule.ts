import { flaskConstructors, foldersOf } from '../../../src/lang/python/entry/flask-folders.js'
import { literalText } from '../../../src/lang/python/program.js'
import { catchAllFileRoutes } from '../../../src/lang/python/entry/spa-routes.js'
import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'

export const staticFlask = {
  id: 'static-flask',
  title: 'Static files served by the app at the root',
  hazard: 'static-files',
  language: 'python',
  assumes: 'owns-process',
  severity: 'degrades',
  *check(program: PythonProgram, { repo }: RuleContext): Generator<Problem> {
    const fileRoutes = [...catchAllFileRoutes(program)]
    for (const folder of foldersOf(program, 'static_folder') ?? []) {
      const { call, dir } = folder
      if (dir === undefined || !call.names.some((name) => (flaskConstructors as readonly string[]).includes(name))) continue
      const base = { path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: 'request' as const, trace: program.trace(call, `serves ${dir}/ itself`) }
      if (dir.split('/').includes('public') && repo.hasDir(dir)) {
        yield {
          ...base,
          severity: 'breaks',
          message: `The app serves ${dir}/ itself, and a folder called public is not part of the function: the host takes it away and serves it at /. Links to the files through the app answer 404. Rename the folder, or link to the files at /.`,
          remedy: { kind: 'manual', reason: `Rename ${dir}/ (static/ is Flask's own default), or link to its files without the app's prefix.` },
        }
        continue
      }
      const url = call.kwargs.get('static_url_path')
      const atRoot = url?.kind === 'string' && /^\/?$/.test(literalText(url, call.module.text) ?? 'x')
      // A route that falls back to the front end's page is a finding of its own.
      if (!atRoot || fileRoutes.some(({ fallsBack }) => fallsBack)) continue
      yield {
        ...base,
        message: `The app serves ${dir}/ at the root of the site, so each picture, script and style sheet runs the function, and unknown paths are looked up on the disk first. It works; it is slower and is billed. Let the host serve the files.`,
        remedy: { kind: 'manual', reason: `Put a copy of ${dir}/ into the host's public folder at deploy time, or leave it: the files are shipped with the function.` },
      }
    }
    for (const { route, dir, fallsBack } of fileRoutes) {
      if (fallsBack || dir === undefined || !repo.hasDir(dir)) continue
      // Flask's own static route at the root says the same, above.
      if ([...program.calls(...flaskConstructors)].some((call) => call.kwargs.has('static_url_path'))) continue
      yield {
        path: route.module.path,
        range: { start: route.node.start, end: route.node.end },
        when: 'request',
        trace: [{ file: route.module.path, line: program.line(route.node, route.module), note: `any path is looked up in ${dir}/` }],
        message: `${route.path} hands out the files of ${dir}/, so each picture, script and style sheet runs the function. It works; it is slower and is billed. Let the host serve the files.`,
        remedy: { kind: 'manual', reason: `Put ${dir}/ where the host serves files by itself, or leave it.` },
      }
    }
  },
} satisfies Rule
