import type { JsProgram, Path, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { ensureImport } from '../../../src/lang/javascript/edit-imports.js'
import { replaceNode } from '../../../src/lang/javascript/edit.js'
import { bare, literalText, type JsNode } from '../../../src/lang/javascript/program.js'
import { fileReads, isTestedAway } from '../../../src/lang/javascript/storage/files.js'
import { styleOf } from '../../../src/lang/javascript/style.js'
import { dirOf, join } from '../../../src/lang/paths.js'
import { atMost, severityFor } from '../../../src/lang/severity.js'

export const fsRelativePath = {
  id: 'fs-relative-path',
  title: 'File looked for from the folder the app was started in',
  hazard: 'template-files',
  language: 'javascript',
  assumes: 'files-by-cwd',
  severity: 'breaks',
  *check(program: JsProgram, { repo, app }: RuleContext): Generator<Problem> {
    const seen = new Set<JsNode>()
    for (const { call, target } of fileReads(program)) {
      const run = program.first(call)
      // Express wants a whole path for what it sends, wherever the app was started.
      if (run.when === 'main' || run.when === 'build' || run.when === 'never' || call.names.some((name) => name.startsWith('express.'))) continue
      const node = literalOf(program, target)
      const text = node && literalText(node, program.moduleOf(node).text)
      if (!node || text === undefined || text === '' || seen.has(node)) continue
      const module = program.moduleOf(node)
      const clean = text.replaceAll('\\', '/')
      const isPlain = !clean.startsWith('/') && !/^[A-Za-z]:/.test(clean)
      const there = (path: Path): boolean => repo.has(path) || repo.hasDir(path)
      const inCwd = join(app.root, clean)
      const beside = join(dirOf(module.path), clean)
      const absolute = /^([A-Za-z]:\/|\/(home|Users)\/)/.test(clean)
      const isLost = isPlain && !there(inCwd) && there(beside)
      const isBackslashed = isPlain && text.includes('\\') && there(inCwd)
      if ((!isLost && !isBackslashed && !absolute) || isTestedAway(program, call, repo, app.root)) continue
      seen.add(node)
      const site = program.siteOf(node) ?? call
      const certain = severityFor(run, run.when === 'request' ? 'breaks' : 'blocks')
      const fate = run.when === 'request' || run.background ? 'the request fails' : 'the app does not start'
      yield {
        path: module.path,
        range: { start: node.start, end: node.end },
        when: run.when,
        trace: program.trace(call, 'reads it', run).concat(site.module === call.module && program.line(node) === program.line(call.node) ? [] : [{ file: module.path, line: program.line(node), note: 'the path' }]),
        severity: call.handled ? atMost(certain, 'degrades') : certain,
        message: absolute ? `'${text}' is a path of somebody's own machine: the host does not have it, and ${fate}. Put the file into the repo and name it from the code's own folder.`
          : isLost ? `'${text}' is looked for from the folder the app is started in. On the host that is ${app.root === '.' ? "the repo's root" : `'${app.root}'`}, where it does not exist: ${fate}. It lies beside this file: name it from the file's own folder.`
          : `'${text}' is written with backslashes, which only Windows takes for folders: ${fate} on the host. Write it with '/'.`,
        remedy: module.brokenAt !== undefined ? { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` } : absolute ? { kind: 'manual', reason: 'Where the file is to come from is yours to say.' } : isLost ? fromOwnFolder(program, node, target, clean) : { kind: 'fix', safety: 'safe', title: `Write '${clean}'`, changes: [replaceNode(module, node, `${module.text[node.start] ?? ''}${clean}${module.text[node.start] ?? ''}`)] },
      }
    }
  },
} satisfies Rule

/** The text itself, or the constant that holds it. */
function literalOf(program: JsProgram, node: JsNode): JsNode | undefined {
  const at = bare(node)
  if (at.kind === 'StringLiteral' || at.kind === 'NoSubstitutionTemplateLiteral') return at
  const [only, ...more] = at.kind === 'Identifier' ? program.definitions(at) : []
  return only && more.length === 0 && (only.kind === 'StringLiteral' || only.kind === 'NoSubstitutionTemplateLiteral') ? only : undefined
}

function fromOwnFolder(program: JsProgram, node: JsNode, target: JsNode, clean: string): Remedy {
  const module = program.moduleOf(node)
  // A name that serves for something else as well.
  const name = bare(target)
  if (name !== node && (program.moduleOf(name) !== module || program.references(name).length > 2)) return { kind: 'manual', reason: `The text is used in several places: name the path from the file's own folder where the file is read.` }
  // What a build makes of it lies in another folder.
  if (module.isTypeScript) return { kind: 'manual', reason: 'The file is built into another folder: name the path from the root (`path.join(process.cwd(), …)`), or copy the file in the build.' }
  const quote = module.text[node.start] ?? "'"
  const style = styleOf(module, { modules: program.modules })
  const rest = clean.replace(/^\.\//, '')
  if (style.system === 'cjs') {
    const path = ensureImport(module, { from: 'path' }, style)
    return { kind: 'fix', safety: 'safe', title: `Look for '${rest}' in the file's own folder`, changes: [...path.changes, replaceNode(module, node, `${path.name}.join(__dirname, ${quote}${rest}${quote})`)] }
  }
  const url = ensureImport(module, { from: 'url', member: 'fileURLToPath' }, style)
  return { kind: 'fix', safety: 'safe', title: `Look for '${rest}' in the file's own folder`, changes: [...url.changes, replaceNode(module, node, `${url.name}(new URL(${quote}./${rest}${quote}, import.meta.url))`)] }
}
