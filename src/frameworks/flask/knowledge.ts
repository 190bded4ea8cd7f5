/** What Flask and its common extensions do with the functions and classes they are given. */
import { join } from '../../lang/python/modules.js'
import type { PythonFramework } from '../../lang/python/program.js'
import { flaskRoutes } from './routes.js'
import { flaskSettings } from './settings.js'

const serving =
  /^flask\.(Flask|Blueprint)\(\)\.(route|get|post|put|delete|patch|before_request|before_app_request|before_first_request|before_app_first_request|after_request|after_app_request|teardown_request|teardown_app_request|teardown_appcontext|errorhandler|app_errorhandler|context_processor|app_context_processor|url_value_preprocessor|url_defaults|template_filter|app_template_filter|template_global|app_template_global|template_test|add_url_rule|register_error_handler|add_template_filter|add_template_global|endpoint)$/
const extensions = /\(\)\.(route|add_resource|add_namespace|add_view|user_loader|request_loader|unauthorized_handler|needs_refresh_handler|on|event|on_event|on_error|verify_password|verify_token|get_user_roles|error_handler|token_in_blocklist_loader|user_lookup_loader|user_identity_loader|additional_claims_loader|expired_token_loader|invalid_token_loader|revoked_token_loader|tokengetter|errorhandler|add_url_rule|register_error_handler)$/
const views = /^(flask\.views\.(Method)?View|flask_restful\.Resource|flask_restx\.Resource|flask_restplus\.Resource|flask_classful\.FlaskView|flask_admin\b.*|flask_appbuilder\b.*)$/
const verbs: Readonly<Record<string, readonly string[]>> = { get: ['GET'], post: ['POST'], put: ['PUT'], delete: ['DELETE'], patch: ['PATCH'], route: [] }

export const flaskKnowledge: PythonFramework = {
  decorator: (origin) => (serving.test(origin) || extensions.test(origin) ? 'request' : /\.shell_context_processor$/.test(origin) ? 'main' : undefined),
  callback: (origin) => (serving.test(origin) || extensions.test(origin) ? 'request' : undefined),
  base: (origin, method) => {
    if (views.test(origin) && !method.startsWith('__')) return 'request'
    if (/^(flask_wtf|wtforms)\./.test(origin) && method.startsWith('validate')) return 'request'
    return undefined
  },
  route: (origin) => {
    const verb = /\(\)\.(route|get|post|put|delete|patch)$/.exec(origin)?.[1]
    if (verb === undefined || !/^(flask\.(Flask|Blueprint)|flask_restx|flask_restplus|flask_smorest|flask_openapi3|apiflask|quart)\b/.test(origin)) return undefined
    return verbs[verb]
  },
  loadsByName: (origin) => /\.config\.from_(object|pyfile)$/.test(origin),
  placeOf: (origin, appDir) => {
    const name = /^flask\.(?:Flask\(\)|current_app)\.(root_path|instance_path|static_folder)$/.exec(origin)?.[1]
    return name === undefined ? undefined : name === 'root_path' ? appDir : join(appDir, name === 'instance_path' ? 'instance' : 'static')
  },
  routes: flaskRoutes,
  settings: flaskSettings,
}
