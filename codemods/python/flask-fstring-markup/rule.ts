import { insertAt } from '../../../src/lang/python/edit.js'
import { isBuiltin } from '../../../src/lang/python/builtins.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, isInside, walk, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Rule } from '../../../src/types.js'

/** A declaration of CSS in single braces: `{ font-size: 14px; }`. */
const declaration = /^\{\s*[a-z][\w-]*\s*:/i
/** What an opening brace of a style sheet or script follows: a tag before it in the text, a selector, the end of a `for (…)`. */
const markup = /<\/?[a-z][^<>]*>|[.#@*]?[\w-]+\s*$/i

export const flaskFstringMarkup = {
  id: 'flask-fstring-markup',
  title: 'Braces of CSS or JavaScript in an f-string',
  hazard: 'latent-bug',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const site of program.sites('string')) {
      const parts = site.node.children.filter(({ kind }) => kind === 'interpolation')
      if (parts.length === 0) continue
      const broken = parts.find((part) => isBroken(site, part))
      if (broken) {
        yield* unparsed(program, site, broken)
        continue
      }
      const taken = parts.filter((part) => isStyle(program, site, part))
      const [first] = taken
      const place = first && spotted(program, site, first, 'takes a piece of CSS for Python', 'blocks')
      if (!first || !place) continue
      const names = [...new Set(taken.flatMap((part) => unbound(program, site, part)))]
      yield {
        ...place,
        message: `In an f-string every single brace starts Python: ${shown(program, site, first)} is CSS, and is run as an expression. ${names.slice(0, 2).join(' and ')} is no name here, so this line raises NameError whenever it runs. Double the braces of the CSS, or move it to a template or a file of its own.`,
        remedy:
          site.module.brokenAt !== undefined
            ? { kind: 'manual', reason: `${site.module.path} does not parse, so it is not edited. Double the braces of the CSS.` }
            : { kind: 'fix', safety: 'safe', title: 'Double the braces of the CSS', changes: taken.flatMap((part) => [insertAt(site.module, part.start, '{'), insertAt(site.module, part.end, '}')]) },
      }
    }
  },
} satisfies Rule

/** The parser gave up inside these braces, and the text before them is markup. */
function isBroken({ module, node }: PySite, part: PyNode): boolean {
  if (module.brokenAt === undefined || module.brokenAt < part.start || module.brokenAt > part.end) return false
  return markup.test(module.text.slice(node.start, part.start)) && /[;:{]/.test(module.text.slice(part.start + 1, part.end))
}
function* unparsed(program: PythonProgram, site: PySite, part: PyNode): Generator<Problem> {
  const file = program.siteOf(site.module.root, site.module.scope)
  const place = file && spotted(program, file, part, 'takes a piece of CSS or JavaScript for Python', 'blocks')
  if (place) yield { ...place, message: `In an f-string every single brace starts Python: ${shown(program, site, part)} is CSS or JavaScript, and no Python. ${site.module.path} does not compile, so nothing that imports it starts. Double the braces that belong to the markup, or move it to a template or a file of its own.`, remedy: { kind: 'manual', reason: 'The file does not parse, so it is not edited.' } }
}

/** It reads as a declaration, and one of its names is bound nowhere: it can only fail. */
function isStyle(program: PythonProgram, site: PySite, part: PyNode): boolean {
  const { module, node } = site
  if (!declaration.test(program.text(part, module)) || !field(part, 'format_specifier') && !part.children.some(({ kind }) => kind === 'format_specifier')) return false
  const before = module.text.slice(node.start, part.start)
  return markup.test(before) && unbound(program, site, part).length > 0
}
function unbound(program: PythonProgram, site: PySite, part: PyNode): readonly string[] {
  const expression = field(part, 'expression')
  if (!expression || !['identifier', 'binary_operator'].includes(expression.kind)) return []
  const names = [...walk(expression)].filter(({ kind }) => kind === 'identifier').map((name) => program.text(name, site.module))
  // What a star import brings along is not known.
  if (site.module.scope.stars.length > 0) return []
  return names.filter((name) => !isBuiltin(name) && program.bindings(name, site.scope).length === 0 && !namedAround(program, site, name))
}
/** Names of a comprehension around the string, or made global elsewhere. */
function namedAround(program: PythonProgram, site: PySite, name: string): boolean {
  for (let at = site.node.parent; at; at = at.parent) {
    if (/comprehension$|^generator_expression$/.test(at.kind) && [...walk(at)].some((node) => node.kind === 'identifier' && node.parent?.kind !== 'interpolation' && !isInside(node, site.node) && program.text(node, site.module) === name)) return true
  }
  return [...walk(site.module.root)].some((node) => node.kind === 'global_statement' && node.children.some((child) => program.text(child, site.module) === name))
}
function shown(program: PythonProgram, { module }: PySite, part: PyNode): string {
  const text = program.text(part, module).replace(/\s+/g, ' ')
  return text.length > 40 ? `${text.slice(0, 37)}…` : text
}
