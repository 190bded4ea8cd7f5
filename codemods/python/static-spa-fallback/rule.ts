import { catchAllFileRoutes, hasPage } from '../../../src/lang/python/entry/spa-routes.js'
import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'

export const staticSpaFallback = {
  id: 'static-spa-fallback',
  title: 'Front end served by a catch-all route',
  hazard: 'static-files',
  language: 'python',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: PythonProgram, { repo }: RuleContext): Generator<Problem> {
    for (const { route, dir, fallsBack } of catchAllFileRoutes(program)) {
      if (!fallsBack) continue
      const built = dir !== undefined && !hasPage(repo, dir)
      const place = dir === undefined ? 'a folder' : `${dir}/`
      yield {
        path: route.module.path,
        range: { start: route.node.start, end: route.node.end },
        when: 'request',
        trace: [{ file: route.module.path, line: program.line(route.node, route.module), note: `any path is answered from ${place}` }],
        severity: built ? 'breaks' : 'degrades',
        message: built
          ? `${route.path} answers with ${place}index.html, which is not in the repo: it is built on a developer's machine, and the function does not have it. Build the front end in the deploy and let the host serve it, with the API as a function.`
          : `${route.path} answers any path with files of ${place} or its index.html, so each script and picture of the front end runs the function, and an unknown API path gets a page in place of a 404. Let the host serve the folder, and keep the function for the API.`,
        remedy: { kind: 'manual', reason: `Serve ${place} from the host's public folder or as a front end of its own, and rewrite only unknown pages to index.html.` },
      }
    }
  },
} satisfies Rule
