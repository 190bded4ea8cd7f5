import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { quotePython, replaceNode } from '../../../src/lang/python/edit.js'
import { fileReads, isTestedAway, type FileRead } from '../../../src/lang/python/storage/files.js'
import { homeOf } from '../../../src/lang/python/storage/home.js'
import { importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { dirOf, join } from '../../../src/lang/python/modules.js'
import { bare, field, literalText, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import { atMost, severityFor } from '../../../src/lang/python/severity.js'

/** Calls that read from the folder the process was started in; Flask's send_file and send_from_directory start from the app's own folder. */
const fromCwd = /^((builtins|io|codecs|gzip|bz2|aiofiles)\.open|pathlib\.Path\(\)\.(open|read_text|read_bytes|iterdir|glob|rglob)|os\.(listdir|scandir|walk)|pandas\.read_\w+|PIL\.Image\.open|cv2\.imread|openpyxl\.load_workbook|docx\.Document|numpy\.(load|loadtxt|genfromtxt)|joblib\.load|torch\.load)$/

export const fsRelativePath = {
  id: 'fs-relative-path',
  title: 'File looked for from the folder the app was started in',
  hazard: 'template-files',
  language: 'python',
  assumes: 'files-by-cwd',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const seen = new Set<PyNode>()
    for (const read of fileReads(program)) {
      const { call } = read
      const run = program.first(call)
      if (!call.names.some((name) => fromCwd.test(name)) || run.when === 'main' || run.when === 'build' || run.when === 'never') continue
      const lost = lostFile(program, read, context)
      if (!lost || seen.has(lost.node) || isTestedAway(program, call, context.repo, context.app.root)) continue
      seen.add(lost.node)
      const { module } = lost.scope
      const site = program.siteOf(lost.node, lost.scope) ?? call
      const certain = severityFor(run, run.when === 'request' ? 'breaks' : 'blocks')
      const fate = run.when === 'request' || run.background ? 'the request fails' : 'the app does not start'
      yield {
        path: site.module.path,
        range: { start: site.node.start, end: site.node.end },
        when: run.when,
        trace: program.trace(call, 'reads it', run).concat(site.module === call.module && program.line(site.node, site.module) === program.line(call.node, call.module) ? [] : [{ file: site.module.path, line: program.line(site.node, site.module), note: 'the path' }]),
        severity: call.handled ? atMost(certain, 'degrades') : certain,
        message: lost.message(fate),
        remedy: module.brokenAt === undefined ? lost.remedy : { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` },
      }
    }
  },
} satisfies Rule

type Lost = { readonly node: PyNode; readonly scope: PyScope; readonly message: (fate: string) => string; readonly remedy: Remedy }

function lostFile(program: PythonProgram, read: FileRead, { repo, app }: RuleContext): Lost | undefined {
  const [place, ...others] = read.places
  if (!place?.exact || others.length > 0) return undefined
  const home = homeOf(program, read.target, read.call.scope, repo, app.root)
  const scope = home?.scope ?? read.call.scope
  const node = pathText(program, home?.node ?? bare(read.target), scope)
  const written = node.kind === 'string' ? literalText(node, scope.module.text) : undefined
  // The part that is written out there; more may be joined to it later.
  const part = home?.place.text ?? place.text
  const there = (path: string): boolean => repo.has(path) || repo.hasDir(path)
  if (place.base === 'absolute' && /^([A-Za-z]:[\\/]|\/(home|Users)\/)/.test(place.text)) {
    return { node, scope, message: (fate) => `The path '${place.text}' exists on one developer's machine. On the host ${fate}. Put the file into the repo and name it from the module's own folder.`, remedy: { kind: 'manual', reason: 'Which file of the repo is meant can not be told from the path.' } }
  }
  if (place.base !== 'cwd' || written === undefined || read.places.some((one) => one.env !== undefined)) return undefined
  const fromRoot = join(app.root, place.text)
  if (written.includes('\\') && there(fromRoot)) {
    const changes = node.parent?.kind === 'binary_operator' ? [] : [replaceNode(scope.module, node, quotePython(written.replaceAll('\\', '/')))]
    return { node, scope, message: (fate) => `The path '${written}' is written with backslashes, which only Windows takes for folders. On the host the file is not found and ${fate}. Write it with slashes.`, remedy: changes.length > 0 ? { kind: 'fix', safety: 'safe', title: `Write '${place.text}' with slashes`, changes } : { kind: 'manual', reason: 'The path is part of a larger expression.' } }
  }
  if (there(fromRoot)) return undefined
  const dir = [dirOf(scope.module.path), dirOf(app.entry.file)].find((one) => there(join(one, place.text)) && there(join(one, part)))
  if (dir === undefined) return undefined
  const found = join(dir, place.text)
  return {
    node, scope,
    message: (fate) => `'${place.text}' is looked for from the folder that the process was started in. On the host that is ${app.root === '.' ? 'the root of the repo' : `'${app.root}'`}, and the file lies at '${found}': it is not found and ${fate}. Name it from the module's own folder.`,
    remedy: remedyOf(program, part, join(dir, part), node, scope),
  }
}

/** The string inside `Path('…')`. */
function pathText(program: PythonProgram, node: PyNode, scope: PyScope): PyNode {
  const [only, ...more] = node.kind === 'call' && program.origins(node, scope).includes('pathlib.Path()') ? (field(node, 'arguments')?.children ?? []) : []
  return only?.kind === 'string' && more.length === 0 ? only : node
}

function remedyOf(program: PythonProgram, part: string, found: string, node: PyNode, scope: PyScope): Remedy {
  const { module } = scope
  const parts = relativeParts(dirOf(module.path), found)
  const title = `Name '${part}' from the module's own folder`
  const call = node.parent?.kind === 'argument_list' ? node.parent.parent : undefined
  const callee = call && field(call, 'function')
  if (call && callee && pathText(program, call, scope) === node) {
    const up = '.parent'.repeat(parts.filter((one) => one === '..').length)
    const rest = parts.filter((one) => one !== '..').map(quotePython).join(', ')
    return { kind: 'fix', safety: 'safe', title, changes: [replaceNode(module, call, `${module.text.slice(callee.start, callee.end)}(__file__).resolve().parent${up}.joinpath(${rest})`)] }
  }
  // What is glued to a folder's name needs the slash between them.
  if (node.parent?.kind === 'binary_operator' || node.parent?.kind === 'concatenated_string') return { kind: 'manual', reason: "The path is glued to other text: join it with os.path.join from the module's own folder." }
  const os = importedAt(module, scope, node, 'os')
  const whole = `${os.name}.path.join(${os.name}.path.dirname(${os.name}.path.abspath(__file__)), ${parts.map(quotePython).join(', ')})`
  return { kind: 'fix', safety: 'safe', title, changes: [...os.changes, replaceNode(module, node, whole)] }
}
function relativeParts(from: string, to: string): readonly string[] {
  const [a, b] = [from === '.' ? [] : from.split('/'), to.split('/')]
  let same = 0
  while (same < a.length && same < b.length - 1 && a[same] === b[same]) same++
  return [...a.slice(same).map(() => '..'), ...b.slice(same)]
}
