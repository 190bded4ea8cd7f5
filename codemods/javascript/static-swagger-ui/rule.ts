import { insertAt } from '../../../src/lang/javascript/edit.js'
import { declaredFor, majorOf } from '../../../src/lang/javascript/manifest/dependencies.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { propertyAdded } from '../../../src/lang/javascript/settings/shared-store.js'
import { quoteJs, styleOf } from '../../../src/lang/javascript/style.js'
import type { JsCall } from '../../../src/lang/javascript/types.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { Change, JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

const files = 'https://cdn.jsdelivr.net/npm/swagger-ui-dist@5'

export const staticSwaggerUi = {
  id: 'static-swagger-ui',
  title: 'Swagger pages without their scripts',
  hazard: 'static-files',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const call of program.calls('swagger-ui-express.setup')) {
      const [, second] = call.args
      const options = optionsOf(program, second)
      // Options that are put together elsewhere may name the files.
      if (second && (!options.complete || options.get('customJs').length + options.get('customJsStr').length > 0)) continue
      const place = spotted(program, call, call.node, 'shows the Swagger page', 'breaks')
      if (place) yield {
        ...place,
        message: 'The Swagger page loads its scripts and styles from swagger-ui-dist, whose files swagger-ui-express reads by a path that it puts together at run time. The host packs of node_modules only what it can see that the code loads, so they are missing there and the page stays blank ("Unexpected token \'<\'", "SwaggerUIBundle is not defined"). Let the page load them from a CDN, or pack them with the function.',
        remedy: remedyOf(program, context, call),
      }
    }
  },
} satisfies Rule

function remedyOf(program: JsProgram, { app, repo, target }: RuleContext, call: JsCall): Remedy {
  const { module } = call
  const [document, second, ...more] = call.args
  const literals = optionsOf(program, second).literals
  const literal = literals[0]
  const declared = declaredFor(repo, app.root, 'swagger-ui-express')
  const manual: Remedy = { kind: 'manual', reason: 'Give setup() customCssUrl and customJs with the addresses of swagger-ui.css, swagger-ui-bundle.js and swagger-ui-standalone-preset.js on a CDN, or have the host include node_modules/swagger-ui-dist in the function.' }
  // Its pages come without a version of their own in 4, and helmet's default policy refuses scripts of others.
  if (!document || module.brokenAt !== undefined || !declared || majorOf(declared.specifier) !== 5 || declaredFor(repo, app.root, 'helmet') || more.length > 0) return manual
  if (second && (!literal || literals.length > 1 || program.moduleOf(literal) !== module || optionsOf(program, second).get('customCssUrl').length > 0)) return manual
  const quote = (name: string): string => quoteJs(`${files}/${name}`, styleOf(module))
  const guard = target.guard.javascript
  const css = `${guard} ? ${quote('swagger-ui.css')} : undefined`
  const js = `${guard} ? [${quote('swagger-ui-bundle.js')}, ${quote('swagger-ui-standalone-preset.js')}] : undefined`
  const changes: readonly Change[] = literal ? [...propertyAdded(program, literal, 'customCssUrl', `${css}, customJs: ${js}`)] : [insertAt(module, document.end, `, { customCssUrl: ${css}, customJs: ${js} }`)]
  return { kind: 'fix', safety: 'review', title: 'Load the files of the Swagger page from a CDN on the host', changes, left: 'The Swagger page loads swagger-ui-dist from cdn.jsdelivr.net on the host; a content security policy has to allow that.' }
}
