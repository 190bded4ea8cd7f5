import { fallbacks } from '../../../src/lang/javascript/express/served-folders.js'
import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'

export const staticSpaFallback = {
  id: 'static-spa-fallback',
  title: 'Front end served by a catch-all route',
  hazard: 'static-files',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: JsProgram, { repo }: RuleContext): Generator<Problem> {
    for (const { call, dir, page, route } of fallbacks(program)) {
      const run = program.first(call)
      if (run.when === 'main' || run.when === 'build') continue
      const built = page !== undefined && !repo.has(page)
      const place = dir === undefined || dir === '.' ? 'the app\'s folder' : `${dir}/`
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'request',
        trace: program.trace(call, `any path is answered from ${place}`, run),
        severity: built ? 'breaks' : 'degrades',
        message: built
          ? `${route} answers with ${page}, which is not in the repo: it is built on a developer's machine, and the function does not have it. Build the front end in the deploy and let the host serve it, with the API as a function.`
          : `${route} answers any path with ${page ?? 'one page'}, so each visit of the front end runs the function, and an unknown API path gets a page in place of a 404. Let the host serve ${place}, and keep the function for the API.`,
        remedy: { kind: 'manual', reason: `Serve ${place} from the host's public folder or as a front end of its own, and rewrite only unknown pages to ${page === undefined ? 'its page' : page.slice(page.lastIndexOf('/') + 1)}.` },
      }
    }
  },
} satisfies Rule
