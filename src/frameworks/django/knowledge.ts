/** What Django and its usual companions do with the functions and classes they are given. */
import { missingSettings, projectRoots } from '../../lang/python/django/project.js'
import { djangoSettings, settingsInForce } from '../../lang/python/django/settings.js'
import type { PythonFramework } from '../../lang/python/program.js'
import { djangoRoutes } from './routes.js'
import { djangoSeeds } from './seeds.js'

export const urlPatterns = /^django\.(urls|conf\.urls)\.(conf\.)?(path|re_path|url)$/
const includes = /^django\.(urls|conf\.urls)\.(conf\.)?include$/
const serving =
  /^(django\.dispatch\.(dispatcher\.)?receiver|django\.template\.(library\.|base\.)?Library\(\)\.\w+|django\.contrib\.admin\.(decorators\.)?(register|display|action)|django\.contrib\.admin\.site\.register|rest_framework\.decorators\.(action|api_view|detail_route|list_route)|ninja\.(NinjaAPI|Router)\(\)\.\w+|strawberry\b.*|graphene\b.*|channels\.db\.database_sync_to_async)$/
const signals = /(^|\.)signals\.\w+\.connect$|^django\.dispatch\.(dispatcher\.)?Signal\(\)\.connect$/
const checks = /^django\.core\.checks\.(registry\.)?register$/
/** Classes whose methods the framework calls while it serves. */
const served =
  /^(django\.(views|forms|db\.models|contrib\.(admin|auth|sitemaps|syndication|messages|sessions)|utils\.deprecation|template|core\.(files|cache|mail|paginator|exceptions|validators|serializers))|rest_framework|ninja|ninja_extra|channels|django_filters|import_export|graphene|graphene_django|allauth|dj_rest_auth|djoser|rest_framework_simplejwt|wagtail|modelcluster|crispy_forms|django_tables2|storages|mptt|polymorphic|model_utils|django_extensions\.db|simple_history|social_core|oauth2_provider|corsheaders|whitenoise|axes|guardian|taggit|solo|unfold|jazzmin)\b/
const command = /^django\.core\.management\.(base\.)?(BaseCommand|AppCommand|LabelCommand)$/
const never = /^(django|rest_framework)\.test\b|^django\.db\.migrations\b/

export const djangoKnowledge: PythonFramework = {
  decorator: (origin) => {
    if (checks.test(origin)) return 'main'
    return serving.test(origin) ? 'request' : undefined
  },
  callback: (origin) => {
    if (checks.test(origin)) return 'main'
    if (urlPatterns.test(origin) || includes.test(origin) || signals.test(origin) || serving.test(origin)) return 'request'
    if (/\(\)\.register$|^django\.contrib\.admin\.site\.register$|\.as_view$|\.as_asgi$/.test(origin)) return 'request'
    return /^django\.db\.transaction\.on_commit$/.test(origin) ? 'now' : undefined
  },
  base: (origin, method) => {
    if (never.test(origin)) return 'none'
    if (command.test(origin)) return method === 'handle' || method === 'add_arguments' ? 'main' : undefined
    return served.test(origin) && method !== '__init_subclass__' ? 'request' : undefined
  },
  route: (origin) => (urlPatterns.test(origin) ? [] : undefined),
  loadsByName: (origin) => includes.test(origin),
  settingOf: (origin) => /^django\.conf\.settings\.([A-Z][A-Z0-9_]*)$/.exec(origin)?.[1],
  routes: djangoRoutes,
  settings: djangoSettings,
  seeds: djangoSeeds,
  gaps: (repo, app) => {
    const { file } = app.entry
    const missing = missingSettings(repo, file, projectRoots(repo, file))
    if (missing) return [{ file: missing.path, reason: `is the settings module that ${missing.because.file} names, and it is not in the repo; the apps, URLs and settings that it names could not be read` }]
    return settingsInForce(repo, file).length > 0 ? [] : [{ file, reason: 'does not say in a way that can be read which settings module it loads; the apps, URLs and settings could not be read' }]
  },
  searchPath: (repo, app) => projectRoots(repo, app.entry.file),
}
