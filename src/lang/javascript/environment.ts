/** The environment variables that reached code reads: names, never values. */
import type { EnvVariable, Path } from '../../types.js'
import { isSecretName } from '../env-names.js'
import { hostMarks } from '../host-marks.js'
import type { JsProgram } from './program.js'
import { field, fieldsOf, literalText, walk } from './tree.js'
import type { JsNode, JsSite } from './types.js'

/** One read of a variable. `fallback` is what stands for it when it is absent (`process.env.X || 'y'`, a destructuring default). */
export type EnvRead = { readonly name: string; readonly fallback: JsNode | undefined; readonly site: JsSite; /** Under a test of itself, compared, or negated: the code knows what to do without it. */ readonly tested: boolean; /** A checker refuses to go on without it. */ readonly required: boolean }

const variable = /^(?:process|Bun|Deno)\.env\.([A-Za-z_]\w*)$/

export function* environmentReads(program: JsProgram): Generator<EnvRead> {
  for (const site of program.sites('PropertyAccessExpression', 'ElementAccessExpression')) {
    const object = field(site.node, 'expression')
    if (!object || !/\benv\b/.test(program.text(object)) || !program.origins(object).some((origin) => /^(process|Bun|Deno)\.env$/.test(origin))) continue
    const key = field(site.node, 'name') ?? field(site.node, 'argumentExpression')
    const name = key && (site.node.kind === 'PropertyAccessExpression' ? program.text(key) : literalText(key, site.module.text))
    if (isAssigned(site.node)) continue
    if (name === undefined && key) yield* throughFunction(program, key)
    if (name === undefined) for (const listed of key ? listedTexts(program, key) : []) yield { name: listed, site, required: false, ...usedAs(site.node) }
    if (name === undefined) continue
    yield { name, site, required: false, ...usedAs(site.node) }
  }
  for (const site of program.sites('VariableDeclaration')) {
    const [pattern, from] = [field(site.node, 'name'), field(site.node, 'initializer')]
    if (pattern?.kind !== 'ObjectBindingPattern' || !from || !program.origins(from).some((origin) => /^(process|Bun|Deno)\.env$/.test(origin))) continue
    for (const element of pattern.children) {
      const key = field(element, 'propertyName') ?? field(element, 'name')
      if (key && !element.children.some((child) => child.kind === 'DotDotDotToken')) yield { name: program.text(key), site: { ...site, node: element }, fallback: field(element, 'initializer'), tested: false, required: false }
    }
  }
  yield* checked(program)
}

/** `required('TOKEN')`, when the function of the repo reads `process.env[name]`: the variable belongs to the call. */
function* throughFunction(program: JsProgram, key: JsNode): Generator<EnvRead> {
  for (const declared of program.declarations(key)) {
    const fn = declared.kind === 'Parameter' && declared.parent ? program.functionAt(declared.parent) : undefined
    if (!fn) continue
    const index = fn.params.indexOf(declared)
    const refuses = [...walk(fn.body)].some((node) => node.kind === 'ThrowStatement' || (node.kind === 'CallExpression' && program.text(node).startsWith('process.exit(')))
    for (const call of program.callers(fn)) {
      const given = call.args[index]
      const name = given && literalText(given, program.moduleOf(given).text)
      const fallback = call.args[index + 1]
      if (name !== undefined && /^[A-Za-z_]\w*$/.test(name)) yield { name, site: call, fallback, tested: false, required: refuses && !fallback }
    }
  }
}

/** What a loop's or callback's variable stands for when it goes through a list of texts: `for (const name of ['A', 'B']) …`. */
export function* listedTexts(program: JsProgram, key: JsNode): Generator<string> {
  for (const declared of program.declarations(key)) {
    const loop = declared.kind === 'VariableDeclaration' ? declared.parent?.parent : undefined
    const callback = declared.kind === 'Parameter' ? declared.parent : undefined
    const list = loop?.kind === 'ForOfStatement' ? field(loop, 'expression') : callback?.parent?.kind === 'CallExpression' ? field(field(callback.parent, 'expression') ?? callback, 'expression') : undefined
    for (const value of list ? program.values(list) : []) if (value.kind === 'literal-object') for (const element of value.node.children) for (const item of program.values(element)) if (item.kind === 'literal' && typeof item.value === 'string') yield item.value
  }
}

/** `cleanEnv(process.env, { PORT: port({ default: 1 }) })`, `z.object({ … }).parse(process.env)`, `Joi.object({ … }).validate(process.env)`. */
function* checked(program: JsProgram): Generator<EnvRead> {
  for (const call of program.calls()) {
    const asks = call.names.some((name) => /^(envalid\.(cleanEnv|customCleanEnv)|zod(\.z)?\..*\.(parse|safeParse)|joi\..*\.validate|@hapi\/joi\..*\.validate|yup\..*\.validateSync|env-var\.get)$/.test(name))
    if (!asks || !call.args.some((arg) => program.origins(arg).includes('process.env'))) continue
    const callee = field(call.node, 'expression')
    const schema = call.names.some((name) => name.startsWith('envalid')) ? call.args[1] : callee && schemaOf(program, callee)
    if (!schema || schema.kind !== 'ObjectLiteralExpression') continue
    for (const property of schema.children) {
      const [key, value] = [field(property, 'name'), field(property, 'initializer')]
      if (!key || !value) continue
      const text = program.text(value)
      // Joi asks for what it is told to ask for; the others for all that is not let off.
      const optional = call.names.some((name) => /^(@hapi\/)?joi\b/.test(name)) ? !/\.required\(/.test(text) : /\b(default|devDefault|optional|allow)\b|\.catch\(|nullish|nullable/.test(text)
      yield { name: program.text(key).replace(/^['"]|['"]$/g, ''), site: { ...call, node: key }, fallback: optional ? value : undefined, tested: false, required: !optional }
    }
  }
}
/** The object literal that a schema was made of: through the chain of calls and the variable that holds it. */
function schemaOf(program: JsProgram, callee: JsNode): JsNode | undefined {
  let at: JsNode | undefined = field(callee, 'expression')
  for (let step = 0; at && step < 8; step++) {
    if (at.kind === 'CallExpression') {
      const method = field(field(at, 'expression') ?? at, 'name')
      const object = fieldsOf(at, 'arguments').find((arg) => arg.kind === 'ObjectLiteralExpression')
      if (object && method && /^(object|strictObject|keys|shape|extend)$/.test(program.text(method))) return object
      at = field(field(at, 'expression') ?? at, 'expression')
    } else if (at.kind === 'Identifier') at = program.definitions(at)[0]
    else return undefined
  }
  return undefined
}

function isAssigned({ parent, field: place }: JsNode): boolean {
  return (parent?.kind === 'BinaryExpression' && place === 'left' && parent.op !== undefined && /^([|&?]{2})?=$/.test(parent.op)) || parent?.kind === 'DeleteExpression'
}
function usedAs(node: JsNode): { readonly fallback: JsNode | undefined; readonly tested: boolean } {
  let at = node
  while (at.parent && /^(ParenthesizedExpression|NonNullExpression|AsExpression)$/.test(at.parent.kind)) at = at.parent
  const parent = at.parent
  if (parent?.kind === 'BinaryExpression' && (parent.op === '||' || parent.op === '??') && at.field === 'left') return { fallback: field(parent, 'right'), tested: false }
  const tested = parent !== undefined && ((parent.kind === 'BinaryExpression' && /^([!=]==?|&&|[<>]=?)$/.test(parent.op ?? '')) || (parent.kind === 'PrefixUnaryExpression' && parent.op === '!') || (parent.kind === 'IfStatement' && at.field === 'expression') || (parent.kind === 'ConditionalExpression' && at.field === 'condition'))
  return { fallback: undefined, tested }
}

/** `needed`: names without which the app does not start, however they are read. */
export function environmentOf(program: JsProgram, needed: ReadonlySet<string>): readonly EnvVariable[] {
  const found = new Map<string, { required: boolean; bare: boolean; seenAt: { file: Path; line: number }[] }>()
  for (const read of environmentReads(program)) {
    if (hostMarks.has(read.name) || /^(PORT|HOME|PATH|NODE_ENV|HOST|TZ|npm_\w+)$/.test(read.name)) continue
    if (read.site.runs.every((run) => run.when === 'main')) continue
    const known = found.get(read.name) ?? { required: false, bare: false, seenAt: [] }
    known.required ||= read.required || needed.has(read.name)
    known.bare ||= read.fallback === undefined && !read.tested
    const at = { file: read.site.module.path, line: program.line(read.site.node) }
    if (!known.seenAt.some((one) => one.file === at.file && one.line === at.line)) known.seenAt.push(at)
    found.set(read.name, known)
  }
  return [...found].map(([name, at]) => ({ name, required: at.required, secret: isSecretName(name), seenAt: at.seenAt, ...(at.bare && !at.required ? { bare: true } : {}) })).sort((a, b) => (a.name < b.name ? -1 : 1))
}
export const isEnvironmentOrigin = (origin: string): string | undefined => variable.exec(origin)?.[1]
