/** Puts what a library keeps in memory into a shared store on the host, and leaves it where it is elsewhere. */
import type { Change, Need, RuleContext } from '../../../types.js'
import { insertAt, lineEnd, lineStart, replaceNode } from '../edit.js'
import { ensureImport } from '../edit-imports.js'
import { declaredFor, majorOf } from '../manifest/dependencies.js'
import { manifestsFrom } from '../manifest/manifest.js'
import type { JsProgram } from '../program.js'
import { styleOf } from '../style.js'
import type { JsModule, JsNode } from '../types.js'

/** Adds `name: value` at the end of an object literal, laid out as the object is. */
export function propertyAdded(program: JsProgram, literal: JsNode, name: string, value: string): readonly Change[] {
  const module = program.moduleOf(literal)
  const { text } = module
  const last = literal.children.at(-1)
  if (!last) return [replaceNode(module, literal, `{ ${name}: ${value} }`)]
  const comma = /^(?:\s|\/\/[^\r\n]*|\/\*[^]*?\*\/)*,/.exec(text.slice(last.end, literal.end)) !== null
  const start = lineStart(module, last.start)
  const end = lineEnd(module, last.end)
  const hasLine = text.slice(start, last.start).trim() === '' && end < literal.end
  if (!hasLine) return [insertAt(module, last.end, `, ${name}: ${value}`)]
  const indent = text.slice(start, last.start)
  return [...(comma ? [] : [insertAt(module, last.end, ',')]), insertAt(module, end, `${indent}${name}: ${value}${comma ? ',' : ''}${styleOf(module).eol}`)]
}
/** The names under which a file has these, with the edits that import what is missing. */
export function importedAll(module: JsModule, wanted: readonly Parameters<typeof ensureImport>[1][]): { readonly names: readonly string[]; readonly changes: readonly Change[] } {
  const all = wanted.map((one) => ensureImport(module, one))
  return { names: all.map(({ name }) => name), changes: all.flatMap(({ changes }) => changes) }
}
/** Is a package in the app's own manifest or one above it? */
export function dependsOn({ repo, app }: RuleContext, ...names: readonly string[]): boolean {
  return [...manifestsFrom(repo, app.root)].some((manifest) => names.some((name) => manifest.dependencies[name] !== undefined))
}
/** May this be added at this version? Not where another major version of it is declared: that one has other calls, and may be in use. */
export function canAdd({ repo, app }: RuleContext, packages: Readonly<Record<string, string>>): boolean {
  return Object.entries(packages).every(([name, specifier]) => {
    const declared = declaredFor(repo, app.root, name)
    return !declared || majorOf(declared.specifier) === majorOf(specifier)
  })
}
export function redisNeeds(why: string, packages: Readonly<Record<string, string>>): readonly Need[] {
  return [
    { kind: 'database', engine: 'redis' },
    { kind: 'env', name: 'REDIS_URL', secret: true, why },
    ...Object.entries(packages).map(([name, specifier]): Need => ({ kind: 'dependency', name, specifier, why })),
  ]
}
