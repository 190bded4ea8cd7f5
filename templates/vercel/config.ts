/** What vercel.json has to say, as edits of the one that is there. */
import { globMatcher } from '../../src/glob.js'
import type { Change, Path } from '../../src/types.js'
import { editConfig, isList, isObject, replaced, type Config, type ConfigEdit, type Json } from '../../src/json-text.js'
import type { Place } from './place.js'
import { leadsTo, rewritesOf, takesEverything } from './rewrites.js'
import { sameFolder, type Shape } from './shape.js'

export type Cron = { readonly path: string; readonly schedule: string }
export type Wanted = { readonly shape: Shape; readonly slug: string; readonly crons: readonly Cron[]; /** Seconds. */ readonly maxDuration: number | undefined; /** The app's own file, relative to its folder. */ readonly file: Path }

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
    // Under a preset a rewrite changes the path that the app sees, so every route but one would be a 404.
    const dead = rewritesOf(config).filter(rule => leadsTo(rule, shape.served) || leadsTo(rule, 'api/index.py') || leadsTo(rule, wanted.file))
    yield* removed(config, 'rewrites', dead.map(rule => rule.at))
  }
  if (shape.way === 'null') {
    if (config['framework'] !== null) yield { at: ['framework'], value: null }
    const rewrites = rewritesOf(config)
    if (!rewrites.some(rule => takesEverything(rule) && leadsTo(rule, shape.served))) {
      const rule: Json = { source: '/(.*)', destination: `/${shape.served.replace(/\.py$/, '')}` }
      yield isList(config['rewrites']) ? { at: ['rewrites', -1], value: rule } : { at: ['rewrites'], value: [rule] }
    }
  }
  if (shape.way === 'null' || shape.way === 'native' || shape.way === 'preset') yield* functionEdits(place, wanted)
  yield* cronEdits(config, wanted.crons)
}

function* functionEdits({ config, home }: Place, { shape, maxDuration, file }: Wanted): Generator<ConfigEdit> {
  const functions = isObject(config['functions']) ? config['functions'] : {}
  const own = isObject(functions[shape.served]) ? functions[shape.served] : undefined
  const served = [...home.list('api'), shape.served]
  // Without a preset a key that matches nothing in api/ stops the build ([unused_function]); with it the key is ignored.
  const moved = Object.keys(functions).filter(key => {
    const matches = globMatcher(key)
    if (served.some(matches)) return false
    return shape.way === 'null' ? home.list().some(matches) : shape.way === 'preset' && key === file
  })
  const inherited = moved.flatMap(key => (globMatcher(key)(file) && isObject(functions[key]) ? [functions[key]] : []))
  const before: Config = Object.assign({}, ...inherited, own ?? {}) as Config
  const settings = maxDuration === undefined || !raises(before['maxDuration'], maxDuration) ? before : { ...before, maxDuration }
  const changed = JSON.stringify(settings) !== JSON.stringify(own ?? {})
  for (const key of moved) yield { at: ['functions', key], value: undefined }
  if (changed) yield { at: ['functions', shape.served], value: settings }
  else if (moved.length > 0 && moved.length === Object.keys(functions).length) yield { at: ['functions'], value: undefined }
}

function raises(now: Json | undefined, wanted: number): boolean {
  return now !== 'max' && !(typeof now === 'number' && now >= wanted)
}

function* serviceEdits({ config, home }: Place, { shape, maxDuration, slug }: Wanted): Generator<ConfigEdit> {
  const services = isObject(config['services']) ? config['services'] : {}
  const known = Object.entries(services).find(([, value]) => isObject(value) && sameFolder(value['root'], home.root))
  const name = known?.[0] ?? freeName(Object.keys(services))
  const before = isObject(known?.[1]) ? known[1] : {}
  const set = (key: string, value: Json): ConfigEdit[] => (JSON.stringify(before[key]) === JSON.stringify(value) ? [] : [{ at: ['services', name, key], value }])
  if (!known) yield* set('root', home.root)
  yield* set('framework', slug)
  if (shape.pin !== undefined) yield* set('entrypoint', shape.pin)
  const functions = isObject(before['functions']) ? before['functions'] : {}
  const own = isObject(functions[shape.served]) ? functions[shape.served] : {}
  if (maxDuration !== undefined && isObject(own) && raises(own['maxDuration'], maxDuration)) yield { at: ['services', name, 'functions', shape.served], value: { ...own, maxDuration } }
  const rewrites = isList(config['rewrites']) ? config['rewrites'] : []
  if (rewrites.some(rule => isObject(rule) && isObject(rule['destination']) && rule['destination']['service'] === name)) return
  const rule: Json = { source: '/(.*)', destination: { service: name } }
  yield isList(config['rewrites']) ? { at: ['rewrites', -1], value: rule } : { at: ['rewrites'], value: [rule] }
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
