/** What Django loads by name: settings, installed apps, middleware, URLs, and whatever else the settings name with a dotted path. */
import { baseOrigins, methodsOf } from '../../lang/python/classes.js'
import { bootCommands, type BootCommand } from '../../lang/python/django/boot.js'
import { effectsOf, type Effects } from '../../lang/python/django/effective.js'
import { isManage, managePath } from '../../lang/python/django/project.js'
import { listOf, settingsInForce, type ListItem } from '../../lang/python/django/settings.js'
import { literalText } from '../../lang/python/literals.js'
import { dirOf } from '../../lang/python/modules.js'
import type { Seed, SeedHost } from '../../lang/python/seeds.js'
import { walk } from '../../lang/python/tree.js'
import type { PyClass, PyModule, Value } from '../../lang/python/types.js'
import type { Evidence } from '../../types.js'

/** Asked again whenever new code was reached; the same seeds may come twice. */
export function* djangoSeeds(host: SeedHost): Generator<Seed> {
  const { repo, entry } = host
  const manage = managePath(repo, entry.path)
  const named = settingsInForce(repo, entry.path)
  const boots = bootCommands(repo)
  const served = named.filter(({ because }) => because.file === entry.path)
  for (const settings of named) {
    const module = host.moduleAt(settings.path)
    if (!module) continue
    // Only a command line loads what manage.py alone names; without a name in the served file manage.py's is the one.
    const when = served.length === 0 || served.includes(settings) ? 'import' : 'build'
    for (const above of host.loads(settings.name, entry)) if (above !== module) yield { kind: 'module', module: above, when, because: settings.because }
    yield { kind: 'module', module, when, because: settings.because }
    const effects = effectsOf(module, host)
    yield* fromSettings(effects, host, module, when, boots)
  }
  const script = manage !== undefined && isManage(repo, manage) ? host.moduleAt(manage) : undefined
  if (script) yield { kind: 'script', module: script, when: 'build', because: { file: script.path, line: 1, note: 'run by the build and by commands' } }
}

type When = 'import' | 'build'

function* fromSettings(effects: Effects, host: SeedHost, settings: PyModule, when: When, boots: readonly BootCommand[]): Generator<Seed> {
  const list = (key: string): readonly ListItem[] => listOf(effects.get(key) ?? [], (name) => effects.get(name) ?? [], { values: host.resolver.values, bindings: host.resolver.lookup }).items
  const because = (item: ListItem, note: string): Evidence => ({ file: item.module.path, line: host.lineOf(item.module, item.node), note })
  const apps = list('INSTALLED_APPS')
  const admin = apps.some(({ text }) => text.startsWith('django.contrib.admin'))
  for (const item of apps) yield* installed(item, host, settings, when, admin, boots, because(item, `INSTALLED_APPS names ${item.text}`))
  for (const key of ['MIDDLEWARE', 'MIDDLEWARE_CLASSES']) for (const item of list(key)) yield* resolved(item.text, host, settings, because(item, `MIDDLEWARE names ${item.text}`), when, when)
  for (const effect of effects.get('ROOT_URLCONF') ?? []) {
    const text = literalText(effect.node, effect.scope.module.text)
    for (const module of text === undefined ? [] : host.loads(text, settings)) yield { kind: 'module', module, when, because: { file: effect.scope.module.path, line: host.lineOf(effect.scope.module, effect.node), note: `ROOT_URLCONF names ${text ?? ''}` } }
  }
  // Context processors, back ends, adapters, permission classes, handlers: whatever dotted path leads to code of the repo.
  for (const module of settingsFamily(effects, settings))
    for (const node of walk(module.root)) {
      const text = node.kind === 'string' ? literalText(node, module.text) : undefined
      if (text === undefined || !/^[A-Za-z_]\w*(\.\w+)+$/.test(text) || effects.get('INSTALLED_APPS')?.some((effect) => node.start >= effect.node.start && node.end <= effect.node.end && effect.scope.module === module)) continue
      yield* resolved(text, host, settings, { file: module.path, line: host.lineOf(module, node), note: `the settings name ${text}` }, when, 'request')
    }
}
function settingsFamily(effects: Effects, settings: PyModule): ReadonlySet<PyModule> {
  return new Set([settings, ...[...effects.values()].flatMap((all) => all.map((effect) => effect.scope.module))])
}

/** `shop` or `shop.apps.ShopConfig`: the package, its models, its AppConfig with `ready()`, its admin, its template tags and commands. */
function* installed(item: ListItem, host: SeedHost, settings: PyModule, when: When, admin: boolean, boots: readonly BootCommand[], because: Evidence): Generator<Seed> {
  const isConfig = /\.[A-Z]\w*$/.test(item.text)
  const config = isConfig ? item.text.split('.').at(-1) : undefined
  const spelled = isConfig ? item.text.split('.').slice(0, -1).join('.') : item.text
  const parts = spelled.split('.')
  const home = isConfig && host.loads(spelled, settings).some((module) => !module.isPackage) ? parts.slice(0, -1).join('.') : spelled
  const own = host.loads(home === '' ? spelled : home, settings)
  const dir = host.moduleOf(home, settings)?.path
  if (own.length === 0 && dir === undefined) return
  for (const module of own) yield { kind: 'module', module, when, because }
  const configs = host.loads(isConfig ? spelled : `${home}.apps`, settings)
  for (const module of configs) {
    yield { kind: 'module', module, when, because }
    for (const cls of classesOf(module)) {
      if (config === undefined ? ![...baseOrigins(host.resolver, cls)].some((origin) => /^django\.apps\.(config\.)?AppConfig$/.test(origin)) : cls.name !== config) continue
      for (const fn of methodsOf(cls)) if (fn.name === 'ready' || fn.name === 'import_models') yield { kind: 'function', fn, when: when === 'build' ? 'build' : 'startup', because: { file: module.path, line: host.lineOf(module, fn.node), note: `${cls.name}.ready() runs when the app is loaded` } }
    }
  }
  for (const module of host.loads(`${home}.models`, settings)) yield { kind: 'module', module, when, because: { ...because, note: `${because.note}, whose models are loaded` } }
  if (admin) for (const module of host.loads(`${home}.admin`, settings)) yield { kind: 'module', module, when, because: { ...because, note: `${because.note}, whose admin is loaded` } }
  const folder = dir === undefined ? undefined : dir.endsWith('/') ? dir.slice(0, -1) : dirOf(dir)
  if (folder === undefined || dir?.endsWith('.py') && !dir.endsWith('__init__.py')) return
  for (const path of host.repo.list(folder)) {
    const inside = path.slice(folder.length + 1)
    const module = /^(templatetags|management\/commands)\/\w+\.py$/.test(inside) || inside === 'tasks.py' ? host.moduleAt(path) : undefined
    if (!module) continue
    if (inside.startsWith('templatetags/')) yield { kind: 'module', module, when: when === 'build' ? 'build' : 'request', because: { ...because, note: `${because.note}, whose template tags are loaded` } }
    // Tasks that only a worker loads; a view that imports them makes them served code.
    else if (inside === 'tasks.py') yield { kind: 'module', module, when: when === 'build' ? 'build' : 'request', background: true, because: { ...because, note: `${because.note}, whose tasks a worker loads` } }
    else if (!/\/_/.test(inside)) {
      const name = inside.slice(inside.lastIndexOf('/') + 1, -3)
      const boot = boots.find((one) => one.name === name)
      // A process before the server's: what fails there does not keep the app itself from starting.
      const command = { when: boot ? 'startup' : 'build', background: boot !== undefined, because: boot?.because ?? { ...because, note: `manage.py ${name}` } } as const
      yield { kind: 'module', module, ...command }
      for (const cls of classesOf(module)) if (cls.name === 'Command') for (const fn of methodsOf(cls)) yield { kind: 'function', fn, ...command }
    }
  }
}

/** A dotted path to a module, class or function of the repo. */
function* resolved(text: string, host: SeedHost, settings: PyModule, because: Evidence, loaded: When, called: When | 'request'): Generator<Seed> {
  const parts = text.split('.')
  for (let keep = parts.length; keep > 0; keep--) {
    const modules = host.loads(parts.slice(0, keep).join('.'), settings)
    const last = modules.at(-1)
    if (!last) continue
    if (keep === parts.length) {
      // The whole text names a module: URLs, a context module, but also the name of a logger. Packages of settings are reached as such.
      if (/\.(urls|routing|middleware|signals|backends?|adapters?|handlers?)$/.test(text)) for (const module of modules) yield { kind: 'module', module, when: loaded, because }
      return
    }
    const values = parts.slice(keep).reduce<readonly Value[]>((all, name) => all.flatMap((value) => host.resolver.attribute(value, name)), [{ kind: 'module', path: last.path }])
    const code = values.filter((value) => value.kind === 'class' || value.kind === 'function')
    if (code.length === 0) return
    for (const module of modules) yield { kind: 'module', module, when: loaded, because }
    const build = loaded === 'build'
    for (const value of code) {
      if (value.kind === 'class') yield { kind: 'class', cls: value.cls, when: build ? 'build' : called === 'request' ? 'request' : 'import', methods: build ? 'build' : 'request', because }
      if (value.kind !== 'function') continue
      yield { kind: 'function', fn: value.fn, when: build ? 'build' : called, because }
      // `def middleware(get_response): … return inner`
      if (called !== 'request') for (const inner of host.resolver.returns(value.fn)) if (inner.kind === 'function') yield { kind: 'function', fn: inner.fn, when: build ? 'build' : 'request', because }
    }
    return
  }
}

function* classesOf(module: PyModule): Generator<PyClass> {
  for (const bindings of module.scope.bindings.values()) for (const binding of bindings) if (binding.kind === 'class') yield binding.cls
}
