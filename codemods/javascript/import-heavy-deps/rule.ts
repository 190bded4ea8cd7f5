import type { JsImport, JsNode } from '../../../src/lang/javascript/program.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'
import { field, functionAround, isInside, statementOf, walk } from '../../../src/lang/javascript/program.js'
import { spotted } from '../../../src/lang/spotted.js'

/** Packages that bring everything although one part is meant, and what to take instead. */
const whole: Readonly<Record<string, string>> = {
  'aws-sdk': 'the client of the one service, such as @aws-sdk/client-s3: version 2 loads all services, and is no longer maintained',
  googleapis: 'the package of the one API, such as @googleapis/sheets: this one loads all of Google\'s',
}
const heavy = /^(puppeteer(-core)?|playwright(-core)?|@tensorflow\/tfjs(-node)?|natural|pdfjs-dist(\/.*)?|jsdom|exceljs|xlsx|firebase-admin|@xenova\/transformers|@huggingface\/transformers|onnxruntime-node|tesseract\.js|canvas|three|langchain(\/.*)?)$/

export const importHeavyDeps = {
  id: 'import-heavy-deps',
  title: 'Heavy package imported for one or two functions',
  hazard: 'large-dependency',
  language: 'javascript',
  assumes: 'import-unbounded',
  severity: 'degrades',
  *check(program: JsProgram): Generator<Problem> {
    const told = new Set<string>()
    for (const site of program.imports()) {
      const { target } = site
      if (site.fn || site.typeOnly || site.how === 'dynamic' || site.how === 'export' || site.resolved !== undefined || told.has(`${site.module.path} ${target}`)) continue
      const instead = whole[target]
      const users = instead === undefined && heavy.test(target) ? usersOf(program, site) : []
      if (instead === undefined && (users.length === 0 || users.length > 2)) continue
      const place = spotted(program, site, site.node, `loads ${target}`, 'degrades')
      if (!place || place.when === 'request') continue
      told.add(`${site.module.path} ${target}`)
      yield {
        ...place,
        message: instead === undefined
          ? `${target} takes long to load, and every new instance waits for it before it can answer, although only ${users.join(' and ')} need${users.length === 1 ? 's' : ''} it. Load it inside ${users.length === 1 ? 'that function' : 'these functions'}.`
          : `${target} takes long to load, and every new instance waits for it before it can answer. Take ${instead}.`,
        remedy: { kind: 'manual', reason: instead === undefined ? `Load it where it is used (\`await import('${target}')\`, or require() in a CommonJS file): what the function gives back then comes later.` : 'The calls of the smaller package differ, so they are to be rewritten with its documentation.' },
      }
    }
  },
} satisfies Rule

/** Functions that use what is imported; none when code outside of functions does, too, or nobody here can tell. */
function usersOf(program: JsProgram, site: JsImport): readonly string[] {
  const statement = statementOf(site.node)
  const names: JsNode[] = []
  for (const node of walk(statement)) if (node.kind === 'Identifier' && node.field === 'name' && /^(ImportClause|ImportSpecifier|NamespaceImport|VariableDeclaration|BindingElement|ImportEqualsDeclaration)$/.test(node.parent?.kind ?? '')) names.push(node)
  const users = new Set<string>()
  for (const name of names)
    for (const use of program.references(name)) {
      if (isInside(use, statement)) continue
      // A type is gone when the code runs.
      if (use.parent && /^(TypeReference|QualifiedName|ExpressionWithTypeArguments)$/.test(use.parent.kind)) continue
      const fn = outermost(use)
      if (!fn) return []
      const held = field(fn, 'name') ?? (fn.parent && (field(fn.parent, 'name') ?? (fn.parent.kind === 'BinaryExpression' ? field(fn.parent, 'left') : undefined)))
      users.add(held ? `${program.text(held)}()` : `the function in line ${program.line(fn)}`)
    }
  return [...users]
}
function outermost(node: JsNode): JsNode | undefined {
  let found: JsNode | undefined
  for (let at = functionAround(node); at; at = functionAround(at)) found = at
  return found
}
