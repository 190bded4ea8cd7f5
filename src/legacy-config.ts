/** The `builds` and `routes` of an old vercel.json, said in today's words. */
import { isList, isObject, type Config, type Json } from './json-text.js'
import type { Path } from './types.js'

export type Build = { readonly src: Path; readonly use: string; readonly config?: Json }

export function buildsOf(config: Config): readonly Build[] {
  const list = config['builds']
  if (!isList(list)) return []
  return list.flatMap(build => (isObject(build) && typeof build['src'] === 'string' && typeof build['use'] === 'string' ? [{ src: build['src'].replace(/^\.?\//, ''), use: build['use'], ...(build['config'] === undefined ? {} : { config: build['config'] }) }] : []))
}
/** Sources of the builds that only publish files. */
export function staticSources(builds: readonly Build[]): readonly Path[] {
  return builds.filter(({ use }) => /static(?:@|$)/.test(use)).map(({ src }) => src)
}

export type Said =
  /** Nothing to say: the platform does it by itself, or it only led to the app. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rewrites' | 'redirects' | 'headers'; readonly value: Json }
  | { readonly kind: 'unsayable'; readonly why: string }

const bare = (file: Path): Path => file.replace(/\.(?:py|[cm]?[jt]s)$/, '')

const pathOf = (dest: string): Path => (dest.split('?')[0] ?? '').replace(/^\//, '')
const leadsTo = (app: readonly Path[], dest: string): Path | undefined => app.find(file => pathOf(dest) === file || pathOf(dest) === bare(file) || (bare(file) === 'api/index' && pathOf(dest) === 'api'))

const takesWrites = (methods: Json | undefined): boolean => Array.isArray(methods) && methods.includes('GET') && methods.includes('POST')

/** `app` are the sources of the app's builds, `statics` those of the static ones. */
export function sayRoute(route: Json, app: readonly Path[], statics: readonly Path[]): Said {
  if (!isObject(route)) return { kind: 'unsayable', why: 'it is no object' }
  if (route['handle'] === 'filesystem') return { kind: 'nothing' }
  // An app answers by itself to methods that it does not know; who lets only reads through means to keep the rest out.
  const known = ['src', 'dest', 'headers', 'status', 'continue', ...(typeof route['dest'] === 'string' && leadsTo(app, route['dest']) !== undefined && takesWrites(route['methods']) ? ['methods'] : [])]
  const odd = Object.keys(route).find(key => !known.includes(key))
  if (odd !== undefined) return { kind: 'unsayable', why: `"${odd}" has no counterpart` }
  const { src, dest, headers, status } = route
  if (typeof src !== 'string') return { kind: 'unsayable', why: 'it has no src' }
  const source = sourceOf(src)
  if (source === undefined) return { kind: 'unsayable', why: `"${src}" is a regular expression that no source can be` }
  if (isObject(headers) && typeof status === 'number' && status >= 300 && status < 400) return redirect(source, status, headers)
  if (status !== undefined) return { kind: 'unsayable', why: '"status" has no counterpart' }
  if (isObject(headers)) {
    if (dest !== undefined || route['continue'] !== true) return { kind: 'unsayable', why: '"headers" on a route that ends here has no counterpart' }
    return { kind: 'headers', value: { source, headers: Object.entries(headers).map(([key, value]) => ({ key, value })) } }
  }
  if (typeof dest !== 'string') return { kind: 'unsayable', why: 'it has no dest' }
  const plain = pathOf(dest)
  const mine = leadsTo(app, dest)
  // A function in api/ without a preset is reached by a rewrite; everything else finds the app by itself.
  if (mine !== undefined) return mine.startsWith('api/') && source === '/(.*)' ? { kind: 'rewrites', value: { source, destination: `/${bare(mine)}` } } : { kind: 'nothing' }
  const asked = source.replace('(.*)', '$1')
  // What lies in public/ is published from the root by itself.
  if (`/${plain}` === asked || plain === `public${asked}` || statics.some(glob => plain.startsWith(`${glob.split('/')[0] ?? ''}/`))) return { kind: 'nothing' }
  return { kind: 'rewrites', value: { source, destination: /^https?:/.test(dest) ? dest : `/${dest.replace(/^\//, '')}` } }
}

function redirect(source: string, status: number, headers: Config): Said {
  const to = Object.entries(headers).find(([key]) => key.toLowerCase() === 'location')?.[1]
  return typeof to === 'string' && Object.keys(headers).length === 1 ? { kind: 'redirects', value: { source, destination: to, statusCode: status } } : { kind: 'unsayable', why: '"status" has no counterpart' }
}

/** The expressions that mean the same as a source: literal segments and groups of `.*` or a class. */
function sourceOf(src: string): string | undefined {
  const plain = src.replace(/^\^/, '').replace(/\$$/, '')
  const path = plain.startsWith('/') ? plain : `/${plain}`
  return /^\/(?:[A-Za-z0-9_\-./]|\\\.|\((?:\.\*|\.\+|\[\^\/\]\+|\[\^\/\]\*|\\d\+)\))*$/.test(path) ? path.replaceAll('\\.', '.') : undefined
}
