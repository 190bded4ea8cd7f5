import { ensureImport } from '../../../src/lang/javascript/edit-imports.js'
import { insertAfter, replaceNode } from '../../../src/lang/javascript/edit.js'
import { isBundled } from '../../../src/lang/javascript/manifest/bundled.js'
import { declaredFor, majorOf } from '../../../src/lang/javascript/manifest/dependencies.js'
import { manifestsFrom } from '../../../src/lang/javascript/manifest/manifest.js'
import { field, literalText, walk, type JsImport, type JsModule, type JsNode, type JsProgram } from '../../../src/lang/javascript/program.js'
import { packageName } from '../../../src/lang/javascript/resolution.js'
import { quoteJs, styleOf, endStatement } from '../../../src/lang/javascript/style.js'
import { dirOf } from '../../../src/lang/paths.js'
import { isCaught, severityFor } from '../../../src/lang/severity.js'
import type { Path, Problem, Remedy, Rule } from '../../../src/types.js'

export const depEsmCjs = {
  id: 'dep-esm-cjs',
  title: 'Module that Node loads in another way than it is written',
  hazard: 'dependency-manifest',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: JsProgram): Generator<Problem> {
    const modules = [...program.modules.values()].filter((module) => isEsModule(program, module) && !isBundled(program.repo, module.path, program.app.entry.file))
    yield* asOne(modules.flatMap((module) => [...withoutEnding(program, module)]))
    for (const module of modules) yield* placeNames(program, module)
    yield* defaultsOfEsPackages(program)
  },
} satisfies Rule

/** Does Node take the file for an ES module? Bundlers and runners do not ask, so only what the manifest or the name says counts. */
function isEsModule(program: JsProgram, { path, system }: JsModule): boolean {
  if (/\.(mjs|mts)$/.test(path)) return true
  return /\.[jt]sx?$/.test(path) && system === 'esm' && [...manifestsFrom(program.repo, dirOf(path))][0]?.type === 'module'
}

/** A habit is one finding, whose fix mends all its places. */
function* asOne(problems: readonly Problem[]): Generator<Problem> {
  const [first, ...others] = problems
  if (!first) return
  const fixes = problems.flatMap(({ remedy }) => (remedy.kind === 'fix' ? remedy.changes : []))
  yield {
    ...first,
    message: others.length === 0 ? first.message : `${first.message} It is one of ${problems.length} such imports.`,
    remedy: fixes.length === 0 ? first.remedy : { kind: 'fix', safety: 'review', title: fixes.length === 1 ? 'Write the whole name' : `Write the whole names of ${fixes.length} imports`, changes: fixes },
  }
}

function* withoutEnding(program: JsProgram, module: JsModule): Generator<Problem> {
  for (const site of program.imports()) {
    if (site.module !== module || site.typeOnly || (site.how !== 'import' && site.how !== 'export')) continue
    const written = site.target
    if (!/^\.{1,2}\//.test(written) && written !== '.' && written !== '..') continue
    if (site.resolved === undefined || /\.([cm]?[jt]s|json|[jt]sx|node|wasm)$/.test(written)) continue
    const specifier = field(site.node, 'moduleSpecifier')
    const run = program.first(site)
    if (!specifier || run.when === 'main' || run.when === 'build' || run.when === 'never') continue
    const whole = fullName(written, site.resolved)
    yield {
      path: module.path,
      range: { start: specifier.start, end: specifier.end },
      when: run.when,
      trace: program.trace(site, `'${written}' is imported`, run),
      severity: severityFor(run, 'blocks'),
      message: `'${written}' names a file without its ending. In an ES module Node looks for exactly that name and the app ends with ERR_MODULE_NOT_FOUND; a bundler or runner at home (tsx, babel-node) finds it anyway. Write ${whole ?? 'the whole name'}.`,
      remedy: whole === undefined || module.brokenAt !== undefined ? { kind: 'manual', reason: 'Write the whole name of the file that is meant.' } : { kind: 'fix', safety: 'review', title: `Write ${whole}`, changes: [replaceNode(module, specifier, quoteJs(whole, styleOf(module)))] },
    }
  }
}

/** './db' of db.ts is './db.js': TypeScript writes it so, and so it is called when it runs. */
function fullName(written: string, resolved: Path): string | undefined {
  const file = resolved.slice(resolved.lastIndexOf('/') + 1).replace(/\.tsx?$/, '.js').replace(/\.mts$/, '.mjs').replace(/\.cts$/, '.cjs')
  const stem = file.replace(/\.[cm]?jsx?$/, '')
  const last = written.slice(written.lastIndexOf('/') + 1)
  if (last === stem && last !== '.' && last !== '..') return `${written.slice(0, written.length - last.length)}${file}`
  return stem === 'index' ? `${written.replace(/\/$/, '')}/${file}` : undefined
}

/** `__dirname` and `__filename` are CommonJS's; runners such as tsx give them to ES modules too, Node does not. */
function* placeNames(program: JsProgram, module: JsModule): Generator<Problem> {
  for (const name of ['__dirname', '__filename']) {
    const uses = [...walk(module.root)].filter((node) => node.kind === 'Identifier' && program.text(node) === name && !isName(node))
    const site = uses.flatMap((node) => (program.declarations(node).length === 0 ? (program.siteOf(node) ?? []) : []))[0]
    if (!site || uses.some((node) => program.declarations(node).length > 0)) continue
    const run = program.first(site)
    if (run.when === 'main' || run.when === 'build' || run.when === 'never') continue
    yield {
      path: module.path,
      range: { start: site.node.start, end: site.node.end },
      when: run.when,
      trace: program.trace(site, `${name} is read`, run),
      severity: isCaught(program, site, run.when) ? 'degrades' : severityFor(run, 'blocks'),
      message: `${name} does not exist in an ES module, which ${module.path} is: reading it throws a ReferenceError. A runner at home (tsx) may provide it, Node does not. Take it from import.meta.`,
      remedy: declared(module, name),
    }
  }
}
const isName = (node: JsNode): boolean => node.field === 'name' && /^(PropertyAccessExpression|PropertyAssignment|BindingElement|Parameter)$/.test(node.parent?.kind ?? '')

function declared(module: JsModule, name: string): Remedy {
  const last = module.root.children.filter(({ kind }) => kind === 'ImportDeclaration').at(-1)
  if (!last || module.brokenAt !== undefined) return { kind: 'manual', reason: `Declare ${name} from import.meta at the top of the file.` }
  const style = styleOf(module)
  // Older than import.meta.dirname, so that it runs at home on any Node.
  const toPath = ensureImport(module, { from: 'url', member: 'fileURLToPath' }, style)
  const dirName = name === '__dirname' ? ensureImport(module, { from: 'path', member: 'dirname' }, style) : undefined
  const file = `${toPath.name}(import.meta.url)`
  const line = endStatement(style, `const ${name} = ${dirName ? `${dirName.name}(${file})` : file}`)
  return { kind: 'fix', safety: 'review', title: `Declare ${name} from import.meta`, changes: [...toPath.changes, ...(dirName?.changes ?? []), insertAfter(module, last, [line], style)] }
}

/** Packages whose main export is their default, from the first version that is an ES module only. */
const esOnly: Readonly<Record<string, number>> = { 'node-fetch': 3, chalk: 5, got: 12, ora: 6, 'p-limit': 4, 'p-queue': 7, execa: 6, 'file-type': 17, 'escape-string-regexp': 5, 'strip-ansi': 7, 'find-up': 6, open: 9, inquirer: 9, conf: 11, 'pretty-bytes': 6, 'camelcase': 7, lowdb: 3 }

function* defaultsOfEsPackages(program: JsProgram): Generator<Problem> {
  for (const site of program.imports()) {
    if (site.how !== 'require' || site.node.kind !== 'CallExpression' || site.handled) continue
    const name = packageName(site.target)
    const from = esOnly[name]
    const specifier = from === undefined ? undefined : declaredFor(program.repo, dirOf(site.module.path), name)?.specifier
    const major = specifier === undefined ? undefined : majorOf(specifier)
    const run = program.first(site)
    if (from === undefined || major === undefined || major < from || run.when === 'main' || run.when === 'build' || run.when === 'never' || !wantsDefault(site)) continue
    yield {
      path: site.module.path,
      range: { start: site.node.start, end: site.node.end },
      when: run.when,
      trace: program.trace(site, `require('${name}')`, run),
      severity: severityFor(run, run.when === 'request' ? 'breaks' : 'blocks'),
      message: `${name} ${specifier} is an ES module only. Node before 22 refuses to require it (ERR_REQUIRE_ESM), and later ones give an object whose main export is under .default, so calling it fails. Import it with await import('${name}'), or declare version ${from - 1}.`,
      remedy: { kind: 'manual', reason: `Load it with (await import('${name}')).default where it is used, or declare ${name} ^${from - 1}.` },
    }
  }
}
/** `const fetch = require('node-fetch')`, not `.default` of it, nor `const { FormData } = …`. */
function wantsDefault(site: JsImport): boolean {
  const { parent } = site.node
  if (parent?.kind === 'PropertyAccessExpression') return !/\.default\b/.test(site.module.text.slice(site.node.end, site.node.end + 12))
  if (parent?.kind !== 'VariableDeclaration') return false
  const name = field(parent, 'name')
  if (name?.kind !== 'Identifier') return false
  const local = literalText(name, site.module.text) ?? site.module.text.slice(name.start, name.end)
  return !new RegExp(`\\b${local.replaceAll('$', '\\$')}\\.default\\b`).test(site.module.text)
}
