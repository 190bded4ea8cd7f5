/** What vercel.json has to say, as edits of the one that is there. */
import { globMatcher } from '../../src/glob.js'
import type { Change, Path } from '../../src/types.js'
import { editConfig, isList, isObject, replaced, type Config, type ConfigEdit, type Json } from '../../src/json-text.js'
import type { Setting } from './builder.js'
import { stemOf } from './lookup.js'
import type { Place } from './place.js'
import { leadsTo, rewritesOf, takesEverything } from './rewrites.js'
import { sameFolder, type Shape } from './shape.js'

export type Cron = { readonly path: string; readonly schedule: string }
export type Wanted = { readonly shape: Shape; readonly slug: string; readonly crons: readonly Cron[]; /** The entry's first. */ readonly settings: readonly Setting[]; /** The app's own file, relative to its folder. */ readonly file: Path }

const schema = 'https://openapi.vercel.sh/vercel.json'

/** The change to vercel.json; nothing when it says all of it already. */
export function* configChange(place: Place, wanted: Wanted): Generator<Change> {
  const edits = [...configEdits(place, wanted)]
  if (place.text !== undefined) {
    yield* replaced(place.file, place.text, editConfig(place.base ?? place.text, edits))
    return
  }
  yield { kind: 'create', path: place.file, text: `${editConfig('{}', edits)}\n` }
}

function* configEdits(place: Place, wanted: Wanted): Generator<ConfigEdit> {
  const { config } = place
  const { shape } = wanted
  if (config['$schema'] === undefined) yield { at: ['$schema'], value: schema, first: true }
  if (shape.way === 'services') yield* serviceEdits(place, wanted)
  if (shape.way === 'native' || shape.way === 'preset') {
    if (config['framework'] !== wanted.slug) yield { at: ['framework'], value: wanted.slug }
    if (shape.output !== undefined && config['outputDirectory'] !== shape.output) yield { at: ['outputDirectory'], value: shape.output }
    // Under a preset a rewrite changes the path that the app sees, so every route but one would be a 404.
    yield* removed(config, 'rewrites', deadRewrites(config, wanted))
  }
  if (shape.way === 'null') {
    if (config['framework'] !== null) yield { at: ['framework'], value: null }
    const rewrites = rewritesOf(config)
    if (!rewrites.some(rule => takesEverything(rule) && leadsTo(rule, shape.served))) {
      const rule: Json = { source: '/(.*)', destination: `/${stemOf(shape.served)}` }
      yield isList(config['rewrites']) ? { at: ['rewrites', -1], value: rule } : { at: ['rewrites'], value: [rule] }
    }
  }
  if (shape.way === 'null' || shape.way === 'native' || shape.way === 'preset') yield* functionEdits(place, wanted)
  yield* cronEdits(config, wanted.crons)
}

/** Places of the rewrites that only led to the app. */
function deadRewrites(config: Config, { shape, file }: Wanted): readonly number[] {
  const files = [shape.served, 'api/index.py', 'api/index.js', file]
  return rewritesOf(config).flatMap(rule => (files.some(one => leadsTo(rule, one)) ? [rule.at] : []))
}

function* functionEdits({ config, home }: Place, { shape, settings, file }: Wanted): Generator<ConfigEdit> {
  const functions = isObject(config['functions']) ? config['functions'] : {}
  const served = [...home.list('api'), shape.served]
  // Without a preset a key that matches nothing in api/ stops the build ([unused_function]); with it the key is ignored.
  const moved = Object.keys(functions).filter(key => {
    const matches = globMatcher(key)
    if (served.some(matches) || settings.some(setting => setting.key === key)) return false
    return shape.way === 'null' ? home.list().some(matches) : shape.way === 'preset' && key === file
  })
  const inherited = moved.flatMap(key => (globMatcher(key)(file) && isObject(functions[key]) ? [functions[key]] : []))
  const changed = settings.flatMap(setting => {
    const own = isObject(functions[setting.key]) ? functions[setting.key] : undefined
    const before: Config = Object.assign({}, ...(setting.key === shape.served ? inherited : []), own ?? {}) as Config
    const value = withSetting(before, setting)
    return JSON.stringify(value) === JSON.stringify(own ?? {}) ? [] : [{ at: ['functions', setting.key], value }]
  })
  for (const key of moved) yield { at: ['functions', key], value: undefined }
  yield* changed
  if (changed.length === 0 && moved.length > 0 && moved.length === Object.keys(functions).length) yield { at: ['functions'], value: undefined }
}

/** Never less than what is there: a longer duration and further files stay. */
function withSetting(before: Config, { maxDuration, include = [] }: Setting): Config {
  const patterns = includedBy(before['includeFiles'])
  const fresh = include.filter(pattern => !patterns.some(own => own === pattern || globMatcher(own)(pattern.replace('**', 'a/b.c'))))
  const all = [...patterns, ...fresh]
  const whole = all.length === 1 ? (all[0] ?? '') : `{${all.join(',')}}`
  return {
    ...before,
    ...(maxDuration === undefined || !raises(before['maxDuration'], maxDuration) ? {} : { maxDuration }),
    ...(fresh.length === 0 ? {} : { includeFiles: whole }),
  }
}

/** One string holds them all, as alternatives in braces. */
function includedBy(written: Json | undefined): readonly string[] {
  if (typeof written !== 'string' || written === '') return []
  const inner = /^\{([^{}]*)\}$/.exec(written)?.[1]
  return inner === undefined ? [written] : inner.split(',')
}

function raises(now: Json | undefined, wanted: number): boolean {
  return now !== 'max' && !(typeof now === 'number' && now >= wanted)
}

function* serviceEdits({ config, home }: Place, wanted: Wanted): Generator<ConfigEdit> {
  const { shape, settings, slug } = wanted
  const services = isObject(config['services']) ? config['services'] : {}
  const known = Object.entries(services).find(([, value]) => isObject(value) && sameFolder(value['root'], home.root))
  const name = known?.[0] ?? freeName(Object.keys(services))
  const before = isObject(known?.[1]) ? known[1] : {}
  const set = (key: string, value: Json): ConfigEdit[] => (JSON.stringify(before[key]) === JSON.stringify(value) ? [] : [{ at: ['services', name, key], value }])
  if (!known) yield* set('root', home.root)
  yield* set('framework', slug)
  if (home.root === '.') yield* intoService(config, name, wanted)
  if (shape.pin !== undefined) yield* set('entrypoint', shape.pin)
  const functions = isObject(before['functions']) ? before['functions'] : {}
  for (const setting of settings) {
    const own = isObject(functions[setting.key]) ? functions[setting.key] : {}
    const value = isObject(own) ? withSetting(own, setting) : own
    if (JSON.stringify(value) !== JSON.stringify(own)) yield { at: ['services', name, 'functions', setting.key], value }
  }
  const rewrites = isList(config['rewrites']) ? config['rewrites'] : []
  if (rewrites.some(rule => isObject(rule) && isObject(rule['destination']) && rule['destination']['service'] === name)) return
  const rule: Json = { source: '/(.*)', destination: { service: name } }
  const gone = home.root === '.' ? deadRewrites(config, wanted).length : 0
  yield isList(config['rewrites']) && rewrites.length > gone ? { at: ['rewrites', -1], value: rule } : { at: ['rewrites'], value: [rule] }
}

/** What the config said of the whole project, where the app becomes the project's one service: most of it is refused beside `services`. */
function* intoService(config: Config, name: string, wanted: Wanted): Generator<ConfigEdit> {
  for (const key of ['buildCommand', 'installCommand', 'ignoreCommand', 'devCommand']) {
    const value = config[key]
    if (value === undefined) continue
    yield { at: ['services', name, key], value }
    yield { at: [key], value: undefined }
  }
  for (const key of ['framework', 'functions', 'outputDirectory']) if (key in config) yield { at: [key], value: undefined }
  yield* removed(config, 'rewrites', deadRewrites(config, wanted))
}

/** Service names are small letters, '-' and '_' only. */
function freeName(taken: readonly string[]): string {
  return ['api', 'backend', 'server', 'web', 'python'].find(name => !taken.includes(name)) ?? `api-${'x'.repeat(taken.length)}`
}

function* cronEdits(config: Config, crons: readonly Cron[]): Generator<ConfigEdit> {
  const there = isList(config['crons']) ? config['crons'] : undefined
  const fresh = crons.filter(cron => !there?.some(item => isObject(item) && item['path'] === cron.path))
  if (fresh.length === 0) return
  if (!there) yield { at: ['crons'], value: fresh }
  else for (const cron of fresh) yield { at: ['crons', -1], value: cron }
}

function* removed(config: Config, key: string, places: readonly number[]): Generator<ConfigEdit> {
  const list = config[key]
  if (places.length === 0 || !isList(list)) return
  if (places.length === list.length) {
    yield { at: [key], value: undefined }
    return
  }
  for (const at of [...places].sort((a, b) => b - a)) yield { at: [key, at], value: undefined }
}
