/** How origins outside the repo are spelled: one name for a thing that packages offer under several. */

/** 'node:fs/promises' → 'fs.promises'. Packages keep their paths: 'firebase-admin/app'. */
export function packageOrigin(written: string): string {
  const name = written.replace(/^node:/, '')
  return canonical(/^(fs|timers|stream|dns|readline|path|util)\/\w+$/.test(name) ? name.replace('/', '.') : name)
}

/** A member of an origin. `.default` of a package is the package itself, as transpiled modules offer it. */
export function memberOrigin(name: string, member: string): string {
  if (member === 'default' && !name.includes('(')) return name
  if (name === 'globalThis' || name === 'global') return member
  return canonical(`${name}.${member}`)
}

const aliases: Readonly<Record<string, string>> = {
  'express.application': 'express()', 'express.Application': 'express()', 'express.Express': 'express()',
  'express.Request': 'express.request', 'express.Response': 'express.response', 'express.NextFunction': 'express.next',
  'express-promise-router': 'express.Router', 'express-async-router.AsyncRouter': 'express.Router', 'router': 'express.Router',
  'express-serve-static-core.Request': 'express.request', 'express-serve-static-core.Response': 'express.response',
  'cron': 'cron', 'fs-extra.promises': 'fs-extra', 'bunyan.default': 'bunyan',
}
function canonical(name: string): string {
  return aliases[name] ?? name
}

/** Calls that hand back the object they were called on; the chain stays one origin. */
const chained = /^((?:express|express\.Router)\(\)(?:\.route\(\))?)\.(?:use|all|get|post|put|patch|delete|options|head|param|set|enable|disable|engine|on|once)$/
/** Calls whose result is what they were given. */
const passing = /^(Object\.(freeze|seal|assign|create)|Promise\.resolve|express-async-errors|util\.promisify|express-ws\(\)\.app)$/

/** What a call of an origin hands back: another origin, 'argument' for its first argument, or 'instance' for an object of the class given first (containers of services). */
export function resultOrigin(name: string): string | 'argument' | 'instance' {
  if (/^(typedi\.Container\.get|tsyringe\.container\.resolve|awilix\..*\.resolve)$/.test(name)) return 'instance'
  const receiver = chained.exec(name)?.[1]
  if (receiver !== undefined) return receiver
  if (passing.test(name)) return 'argument'
  return canonical(`${name}()`)
}

/** What a value of a TypeScript type is, where nothing else says it. */
export function instanceOrigin(type: string): string {
  return /^express\.(request|response|next)$|\(\)$/.test(type) ? type : `${type}()`
}
