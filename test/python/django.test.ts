/** Django projects: the settings in force, what is loaded by name, and the routes. */
import { beforeAll, describe, expect, it } from 'vitest'
import { djangoKnowledge } from '../../src/frameworks/django/knowledge.js'
import { detectApps } from '../../src/frameworks/index.js'
import { analyzePython, type PythonProgram } from '../../src/lang/python/program.js'
import { dictSetting, listSetting, settingAt, settingsModules } from '../../src/lang/python/django/settings.js'
import { snapshotOf } from '../../src/snapshot.js'
import { calls, ready } from './program-of.js'

const manage = 'import os\nif __name__ == "__main__":\n    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\n'
const wsgi = 'import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\napplication = get_wsgi_application()\n'
const project = (settings: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  'manage.py': manage, 'site_/__init__.py': '', 'site_/wsgi.py': wsgi, 'site_/settings.py': settings, ...more,
})
function read(files: Readonly<Record<string, string>>): PythonProgram {
  const repo = snapshotOf(files)
  const [app] = detectApps(repo)
  const framework = djangoKnowledge
  if (!app || !framework) throw new Error('no Django app found')
  return analyzePython(repo, app, { hostEnv: { VERCEL: '1' }, framework })
}
const items = (program: PythonProgram, key: string): readonly string[] => listSetting(program, key).items.map(({ text }) => text)
const texts = (program: PythonProgram, key: string, ...path: readonly string[]): readonly string[] => settingAt(program, key, ...path).map(({ node, scope }) => program.text(node, scope.module))

beforeAll(ready)

describe('the settings in force', () => {
  it('takes the last assignment that surely runs, and all that may', () => {
    const program = read(project('import os\nDEBUG = True\nDEBUG = False\nif os.environ.get("X"):\n    DEBUG = 1\n'))
    expect(texts(program, 'DEBUG')).toEqual(['False', '1'])
  })
  it('takes the branch that runs on the host alone', () => {
    const program = read(project('import os\nif os.environ.get("VERCEL"):\n    STATIC_ROOT = "host"\nelse:\n    STATIC_ROOT = "here"\n'))
    expect(texts(program, 'STATIC_ROOT')).toEqual(['"host"'])
  })
  it('reads both names of a chained assignment', () => {
    const program = read(project('CELERY_TIMEZONE = TIME_ZONE = "Europe/Lisbon"\n'))
    expect(texts(program, 'CELERY_TIMEZONE')).toEqual(['"Europe/Lisbon"'])
    expect(texts(program, 'TIME_ZONE')).toEqual(['"Europe/Lisbon"'])
  })
  it('follows star imports, and lets the later module win', () => {
    const program = read({
      ...project(''), 'manage.py': manage.replace('site_.settings', 'site_.settings.prod'), 'site_/wsgi.py': wsgi.replace('site_.settings', 'site_.settings.prod'),
      'site_/settings/__init__.py': '', 'site_/settings/base.py': 'INSTALLED_APPS = ["a"]\nDEBUG = True\n', 'site_/settings/prod.py': 'from .base import *\nDEBUG = False\nINSTALLED_APPS += ["b"]\n',
    })
    expect(settingsModules(program).map(({ path }) => path)).toEqual(['site_/settings/prod.py'])
    expect(texts(program, 'DEBUG')).toEqual(['False'])
    expect(items(program, 'INSTALLED_APPS')).toEqual(['a', 'b'])
  })
  it.each([
    ['sums of named lists', 'A = ["a"]\nB = ["b"]\nINSTALLED_APPS = A + B\n', ['a', 'b']],
    ['append, extend and insert', 'INSTALLED_APPS = ["a"]\nINSTALLED_APPS.append("b")\nINSTALLED_APPS.extend(["c"])\nINSTALLED_APPS.insert(0, "d")\n', ['a', 'b', 'c', 'd']],
    ['a list that builds on itself', 'INSTALLED_APPS = ["a"]\nINSTALLED_APPS = ["z"] + INSTALLED_APPS\n', ['a', 'z']],
    ['splats and tuples', 'A = ("a",)\nINSTALLED_APPS = [*A, "b"]\n', ['a', 'b']],
  ])('reads %s', (_title, settings, expected) => {
    const list = listSetting(read(project(settings)), 'INSTALLED_APPS')
    expect(list.items.map(({ text }) => text)).toEqual(expected)
    expect(list.complete).toBe(true)
  })
  it('says that a list is not known whole', () => {
    expect(listSetting(read(project('import os\nALLOWED_HOSTS = os.environ["H"].split(",")\n')), 'ALLOWED_HOSTS')).toMatchObject({ items: [], complete: false })
  })
  it('replaces an entry that is set later', () => {
    const program = read(project('DATABASES = {"default": {"ENGINE": "sqlite"}}\nDATABASES["default"] = {"ENGINE": "postgres"}\n'))
    expect(dictSetting(program, 'DATABASES').map(({ key }) => key)).toEqual(['default'])
    expect(texts(program, 'DATABASES', 'default', 'ENGINE')).toEqual(['"postgres"'])
  })
  it('reads the class that manage.py configures', () => {
    const program = read({ ...project('from configurations import Configuration\nclass Base(Configuration):\n    DEBUG = True\n    A = 1\nclass Prod(Base):\n    DEBUG = False\n'), 'manage.py': `${manage}    os.environ.setdefault("DJANGO_CONFIGURATION", "Prod")\n` })
    expect(texts(program, 'DEBUG')).toEqual(['False'])
    expect(texts(program, 'A')).toEqual(['1'])
  })
  it('leaves out the settings that manage.py names for a test run only', () => {
    const branch = (test: string): string => `import os\nimport sys\ndef main():\n    if ${test}:\n        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.testing")\n    else:\n        os.environ.setdefault(\n            "DJANGO_SETTINGS_MODULE", "site_.settings"\n        )\n`
    const files = project('A = 1\n', { 'site_/testing.py': 'A = 2\n' })
    for (const test of ['"test" in sys.argv', 'len(sys.argv) > 1 and sys.argv[1] == "test"']) expect(texts(read({ ...files, 'manage.py': branch(test) }), 'A')).toEqual(['1'])
    expect(texts(read({ ...files, 'manage.py': branch('"test" not in sys.argv') }), 'A')).toEqual(['1', '2'])
  })
})

describe('what is loaded by name', () => {
  const remove = 'import os\n'
  it.each([
    ['models of an installed app', 'INSTALLED_APPS = ["shop"]\n', { 'shop/models.py': `${remove}os.remove("x")\n` }, 'shop/models.py:2 import'],
    ['ready() of its configuration', 'INSTALLED_APPS = ["shop.apps.ShopConfig"]\n', { 'shop/apps.py': `${remove}from django.apps import AppConfig\nclass ShopConfig(AppConfig):\n    def ready(self):\n        os.remove("x")\n` }, 'shop/apps.py:5 startup'],
    ['a middleware class', 'MIDDLEWARE = ["shop.mid.Mid"]\n', { 'shop/mid.py': `${remove}class Mid:\n    def __init__(self, get_response):\n        self.get_response = get_response\n    def __call__(self, request):\n        os.remove("x")\n` }, 'shop/mid.py:6 request'],
    ['a middleware function', 'MIDDLEWARE = ["shop.mid.mid"]\n', { 'shop/mid.py': `${remove}def mid(get_response):\n    def inner(request):\n        os.remove("x")\n    return inner\n` }, 'shop/mid.py:4 request'],
    ['a context processor', 'TEMPLATES = [{"OPTIONS": {"context_processors": ["shop.ctx.site"]}}]\n', { 'shop/ctx.py': `${remove}def site(request):\n    os.remove("x")\n` }, 'shop/ctx.py:3 request'],
    ['a management command', 'INSTALLED_APPS = ["shop"]\n', { 'shop/management/commands/go.py': `${remove}from django.core.management.base import BaseCommand\nclass Command(BaseCommand):\n    def handle(self, *args, **options):\n        os.remove("x")\n` }, 'shop/management/commands/go.py:5 build'],
    ['a task that a worker loads', 'INSTALLED_APPS = ["shop"]\n', { 'shop/tasks.py': `${remove}from celery import shared_task\n@shared_task\ndef go():\n    os.remove("x")\n` }, 'shop/tasks.py:5 request/bg'],
    ['a signal receiver', 'INSTALLED_APPS = ["shop"]\n', { 'shop/models.py': `${remove}from django.db.models.signals import post_save\nfrom django.dispatch import receiver\n@receiver(post_save)\ndef go(sender, **kwargs):\n    os.remove("x")\n` }, 'shop/models.py:6 request'],
    ['a template tag', 'INSTALLED_APPS = ["shop"]\n', { 'shop/templatetags/t.py': `${remove}from django import template\nregister = template.Library()\n@register.filter\ndef go(value):\n    os.remove("x")\n` }, 'shop/templatetags/t.py:6 request'],
  ])('%s', (_title, settings, files, expected) => {
    expect(calls(read(project(settings, { 'shop/__init__.py': '', ...files } as Readonly<Record<string, string>>)), 'os.remove')).toEqual([expected])
  })
  it.each([
    ['Procfile', 'web: python manage.py go && gunicorn site_.wsgi\n', 'startup/bg'],
    ['Procfile', 'release: python manage.py go\nweb: gunicorn site_.wsgi\n', 'build'],
    ['docker/entrypoint.sh', 'python manage.py migrate\npython manage.py go\n', 'startup/bg'],
    ['docs/install.md', 'python manage.py go\n', 'build'],
  ])('a command that %s runs with %j: %s', (file, text, expected) => {
    const program = read(project('INSTALLED_APPS = ["shop"]\n', { [file]: text, 'shop/__init__.py': '', 'shop/management/commands/go.py': 'import os\nfrom django.core.management.base import BaseCommand\nclass Command(BaseCommand):\n    def handle(self, *args, **options):\n        os.remove("x")\n' }))
    expect(calls(program, 'os.remove')).toEqual([`shop/management/commands/go.py:5 ${expected}`])
  })
  it.each([
    ['an app that is not installed', 'INSTALLED_APPS = []\n', { 'shop/models.py': `${remove}os.remove("x")\n` }],
    ['tests and migrations of an installed app', 'INSTALLED_APPS = ["shop"]\n', { 'shop/tests.py': `${remove}os.remove("x")\n`, 'shop/migrations/0001_initial.py': `${remove}os.remove("x")\n` }],
    ['a name of a logger', 'LOGGING = {"loggers": {"shop.views": {}}}\n', { 'shop/views.py': `${remove}os.remove("x")\n` }],
  ])('but not %s', (_title, settings, files) => {
    expect(calls(read(project(settings, { 'shop/__init__.py': '', ...files } as Readonly<Record<string, string>>)), 'os.remove')).toEqual([])
  })
  it('a view that a URL leads to, and none besides', () => {
    const program = read(project('ROOT_URLCONF = "site_.urls"\n', {
      'site_/urls.py': 'from django.urls import include, path\nurlpatterns = [path("shop/", include("shop.urls"))]\n',
      'shop/__init__.py': '', 'shop/urls.py': 'from django.urls import path\nfrom . import views\nurlpatterns = [path("one/<int:pk>/", views.one), path("all/", views.All.as_view())]\n',
      'shop/views.py': 'import os\nfrom django.views import View\ndef one(request, pk):\n    os.remove("1")\ndef unused(request):\n    os.remove("2")\nclass All(View):\n    def get(self, request):\n        os.remove("3")\n    def post(self, request):\n        pass\n',
    }))
    expect(calls(program, 'os.remove')).toEqual(['shop/views.py:4 request', 'shop/views.py:9 request'])
    expect(program.routes.map(({ path, methods }) => `${methods.join('|')} ${path}`)).toEqual(['GET /shop/one/<int:pk>/', 'GET /shop/all/', 'POST /shop/all/'])
  })
  it('lists of patterns below include(), names in pairs, and views from outside', () => {
    const program = read(project('ROOT_URLCONF = "site_.urls"\n', {
      'site_/urls.py': 'from django.urls import include, path\nfrom django.views.generic import TemplateView\nurlpatterns = [\n    path("v1/", include([\n        # first\n        path("home/", TemplateView.as_view()),\n        path("shop/", include(("shop.urls", "shop"), namespace="shop")),\n    ])),\n]\n',
      'shop/__init__.py': '', 'shop/urls.py': 'from django.urls import path\nfrom . import views\nurlpatterns = [path("one/", views.one)]\n', 'shop/views.py': 'def one(request):\n    pass\n',
    }))
    expect(program.routes.map(({ path }) => path)).toEqual(['/v1/home/', '/v1/shop/one/'])
  })
  it('imports from the folder of manage.py: a celery.py beside wsgi.py hides no package', () => {
    const program = read(project('INSTALLED_APPS = ["shop"]\n', { 'site_/celery.py': 'from celery import Celery\napp = Celery("site_")\n', 'shop/__init__.py': '', 'shop/models.py': 'from celery import shared_task\nshared_task()\n' }))
    expect(calls(program, 'celery.shared_task')).toEqual(['shop/models.py:2 import'])
  })
})

describe('the project', () => {
  it.each([
    ['at the root', '', 'site_/wsgi.py'],
    ['one level down', 'backend/', 'backend/site_/wsgi.py'],
    ['two levels down', 'src/server/', 'src/server/site_/wsgi.py'],
  ])('is found %s', (_title, dir, file) => {
    const files = Object.fromEntries(Object.entries(project('')).map(([path, text]) => [`${dir}${path}`, text]))
    expect(detectApps(snapshotOf({ ...files, [`${dir}requirements.txt`]: 'Django\n' })).map(({ root, framework, entry }) => ({ root, framework, entry }))).toEqual([{ root: dir === '' ? '.' : dir.slice(0, -1), framework: 'django', entry: { file, symbol: 'application', kind: 'wsgi' } }])
  })
  it('is entered through ASGI where sockets are served, and through WSGI otherwise', () => {
    const both = { ...project('WSGI_APPLICATION = "site_.wsgi.application"\nASGI_APPLICATION = "site_.asgi.application"\n'), 'site_/asgi.py': 'from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n' }
    const kind = (files: Readonly<Record<string, string>>): string | undefined => detectApps(snapshotOf(files))[0]?.entry.kind
    expect(kind(both)).toBe('wsgi')
    expect(kind({ ...both, 'site_/asgi.py': 'from channels.routing import ProtocolTypeRouter\nfrom django.core.asgi import get_asgi_application\napplication = ProtocolTypeRouter({"http": get_asgi_application()})\n' })).toBe('asgi')
  })
  it.each([
    ['Procfile', 'web: gunicorn site_.asgi -k uvicorn.workers.UvicornWorker\n', 'site_/asgi.py'],
    ['Dockerfile', 'CMD ["gunicorn", "-b", "0.0.0.0:8000", \\\n  "site_.asgi"]\n', 'site_/asgi.py'],
    ['Procfile', 'web: gunicorn site_.wsgi\n', 'site_/wsgi.py'],
    ['Procfile', 'web: gunicorn site_.asgi:other\n', 'site_/wsgi.py'],
  ])('is entered where the start command says, gunicorn without a name too: %s', (file, command, entry) => {
    const [app] = detectApps(snapshotOf(project('WSGI_APPLICATION = "site_.wsgi.application"\n', { 'site_/asgi.py': wsgi.replaceAll('wsgi', 'asgi'), [file]: command })))
    expect(app?.entry.file).toBe(entry)
  })
  it('takes the settings of production for a package that sets nothing, and no comment for a name', () => {
    const files: Record<string, string> = {
      ...project(''), 'site_/settings/__init__.py': '# Set DJANGO_SETTINGS_MODULE.\n', 'site_/settings/dev.py': 'DEBUG = True\n', 'site_/settings/prod.py': 'DEBUG = False\n',
      'manage.py': 'import os\nif __name__ == "__main__":\n    # os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings.old")\n    os.environ.setdefault(\n        "DJANGO_SETTINGS_MODULE",\n        os.getenv("DJANGO_SETTINGS_MODULE", "site_.settings.dev"),\n    )\n',
    }
    delete files['site_/settings.py']
    expect(settingsModules(read(files)).map(({ path }) => path)).toEqual(['site_/settings/prod.py', 'site_/settings/dev.py'])
  })
  it.each([
    ["os.environ.setdefault('DJANGO_SETTINGS_MODULE', f'site_.settings.{environment}')", ['site_/settings/production.py']],
    ["os.environ['DJANGO_SETTINGS_MODULE'] = 'site_.settings.' + environment", ['site_/settings/production.py']],
    ["os.environ.setdefault('DJANGO_SETTINGS_MODULE', pick())", []],
  ])('takes the settings of production where a variable picks: %s', (line, expected) => {
    const files: Record<string, string> = { ...project(''), 'site_/settings/base.py': 'A = 1\n', 'site_/settings/production.py': 'from .base import *\n', 'manage.py': `import os\n${line}\n`, 'site_/wsgi.py': `import os\nfrom django.core.wsgi import get_wsgi_application\n${line}\napplication = get_wsgi_application()\n` }
    delete files['site_/settings.py']
    const program = read(files)
    expect(settingsModules(program).map(({ path }) => path)).toEqual(expected)
    expect(program.notChecked.map(({ file }) => file)).toEqual(expected.length > 0 ? [] : ['site_/wsgi.py'])
  })
  it('finds the application that a module below the settings names', () => {
    const files = { ...project('from .parts.core import *\n'), 'site_/parts/__init__.py': '', 'site_/parts/core.py': 'WSGI_APPLICATION = "site_.serve.app"\n', 'site_/serve.py': 'from django.core.wsgi import get_wsgi_application\napp = get_wsgi_application()\n' }
    expect(detectApps(snapshotOf(files))[0]?.entry).toEqual({ file: 'site_/serve.py', symbol: 'app', kind: 'wsgi' })
  })
  it('says so when the settings are not in the repo', () => {
    const { 'site_/settings.py': _left, ...files } = project('')
    expect(read(files).notChecked).toEqual([{ file: 'site_/settings.py', reason: expect.stringContaining('it is not in the repo') as string }])
  })
})
