/** The rewrites of vercel.json, as far as they decide whether the app is reached. */
import { stemOf } from './lookup.js'
import type { Path } from '../../src/types.js'
import { isList, isObject, type Config } from '../../src/json-text.js'

export type Rewrite = { readonly at: number; readonly source: string; readonly destination: string }

/** Rewrites whose destination is a path; those to services are not among them. */
export function rewritesOf(config: Config): readonly Rewrite[] {
  const list = config['rewrites']
  if (!isList(list)) return []
  return list.flatMap((item, at) => (isObject(item) && typeof item['source'] === 'string' && typeof item['destination'] === 'string' ? [{ at, source: item['source'], destination: item['destination'] }] : []))
}

const everything = new Set(['/(.*)', '/(.*)*', '/.*', '(.*)', '/:path*', '/:path(.*)', '/:match*', '/((?:.*))'])
export function takesEverything(rewrite: Rewrite): boolean {
  return everything.has(rewrite.source)
}

/** Does the rewrite end in the function built from this file? */
export function leadsTo(rewrite: Rewrite, file: Path): boolean {
  const plain = rewrite.destination.split('?')[0]?.replace(/\/$/, '')
  const stem = `/${stemOf(file)}`
  return plain === stem || plain === `/${file}` || (stem.endsWith('/index') && plain === stem.slice(0, -'/index'.length))
}
