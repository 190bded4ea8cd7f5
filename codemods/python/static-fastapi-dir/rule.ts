import { insertAt, quotePython, replaceNode } from '../../../src/lang/python/edit.js'
import { relative } from '../../../src/lang/python/entry/flask-folders.js'
import { dirOf, join } from '../../../src/lang/python/modules.js'
import { bare, field, literalText, walk, type PyCall, type PyNode } from '../../../src/lang/python/program.js'
import { hostGuard, importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { atMost } from '../../../src/lang/python/severity.js'
import type { Path, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'

const makesFolder = /^(os\.(makedirs|mkdir)|pathlib\.Path\(\)\.mkdir)$/

export const staticFastapiDir = {
  id: 'static-fastapi-dir',
  title: 'Folder of static files that is not there',
  hazard: 'static-files',
  language: 'python',
  assumes: 'files-by-cwd',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { repo, app } = context
    for (const call of program.calls('starlette.staticfiles.StaticFiles', 'fastapi.staticfiles.StaticFiles')) {
      const given = call.kwargs.get('directory') ?? call.args[0]
      const checks = call.kwargs.get('check_dir') ?? call.args[3]
      if (!given || (checks && program.guards.test(checks, call.scope) === false) || isTested(program, call)) continue
      const [place, ...others] = program.fold.path(given, call.scope)
      if (!place?.exact || others.length > 0 || (place.base !== 'cwd' && place.base !== 'repo')) continue
      const dir = place.base === 'cwd' ? join(app.root, place.text) : place.text
      if (dir.startsWith('..')) continue
      const found = repo.hasDir(dir)
      if (found && !dir.split('/').includes('public')) continue
      const made = !found && isMade(program, dir, app.root)
      const at = spotted(program, call, call.node, `serves ${dir}/`, 'blocks')
      if (!at) continue
      const home = found || place.base === 'repo' ? undefined : [dirOf(call.module.path), dirOf(app.entry.file)].find((one) => repo.hasDir(join(one, place.text)))
      const fails = at.when === 'request' ? 'the request fails' : `StaticFiles raises "Directory '${place.text}' does not exist" and the app does not start`
      yield {
        ...at,
        severity: call.handled ? atMost(at.severity, 'degrades') : at.severity,
        message: found
          ? `${dir}/ is served by the app, and a folder called public is not part of the function: the host takes it away and serves its files at /. There ${fails}. Rename the folder, or leave its files to the host.`
          : made
            ? `The app makes ${dir}/ when it starts, and on the host it cannot: the disk is read-only there. Once that is settled, ${fails}. Let the check of the folder be, on the host.`
            : home !== undefined
            ? `'${place.text}' is looked for from the folder that the process was started in. On the host that is ${app.root === '.' ? 'the root of the repo' : `'${app.root}'`}, and the folder is '${join(home, place.text)}': ${fails}. Name it from the module's own folder.`
            : `${dir}/ is not in the repo${isBuilt(dir) ? ' (a build makes it)' : ', or git holds no file of it'}: on the host ${fails}. ${isBuilt(dir) ? 'Make it in the build step of the deployment, or' : 'Commit a file in it, or'} pass check_dir=False where it may be missing.`,
        remedy: made ? uncheckedOnHost(context, call, dir, checks) : remedyOf(program, call, given, found ? undefined : home && join(home, place.text), dir, found),
      }
    }
  },
} satisfies Rule

function isBuilt(dir: Path): boolean {
  return /(^|\/)(dist|build|out|\.next|node_modules)(\/|$)/.test(dir)
}
/** Under a test that asks whether something exists. */
function isTested(program: PythonProgram, call: PyCall): boolean {
  for (let at: PyNode | undefined = call.node; at?.parent && at !== call.fn?.node; at = at.parent) {
    const parent: PyNode = at.parent
    const test = parent.kind === 'if_statement' || parent.kind === 'elif_clause' ? field(parent, 'condition') : parent.kind === 'conditional_expression' ? parent.children[1] : undefined
    if (test && test !== at && [...walk(test)].some((node) => node.kind === 'call' && program.origins(field(node, 'function') ?? node, call.scope).some((name) => /(^|\.)(exists|isdir|is_dir|isfile|is_file)$/.test(name)))) return true
  }
  return false
}
function isMade(program: PythonProgram, dir: Path, root: Path): boolean {
  for (const call of program.callsMatching(makesFolder)) {
    const callee = field(call.node, 'function')
    const target = call.names.some((name) => name.startsWith('pathlib.')) ? callee && field(callee, 'object') : call.args[0]
    for (const place of target ? program.fold.path(target, call.scope) : []) {
      const path = place.base === 'cwd' ? join(root, place.text) : place.base === 'repo' ? place.text : undefined
      if (path !== undefined && (path === dir || path.startsWith(`${dir}/`))) return true
    }
  }
  return false
}

/** The app starts without the folder, as it starts without whatever else it keeps there. */
function uncheckedOnHost({ target }: RuleContext, call: PyCall, dir: Path, checks: PyNode | undefined): Remedy {
  const { module, scope, node } = call
  const last = field(node, 'arguments')?.children.filter((child) => child.kind !== 'comment').at(-1)
  if (module.brokenAt !== undefined || checks !== undefined || call.spread || !last) return { kind: 'manual', reason: 'Pass check_dir=False where the folder may be missing.' }
  const guard = hostGuard(target, module, scope, node)
  return {
    kind: 'fix', safety: 'safe', title: `Leave out the check of ${dir}/ on the host`,
    changes: [...guard.changes, insertAt(module, last.end, `, check_dir=not ${guard.text}`)],
    left: `On the host ${dir}/ does not exist, and requests for its files answer 500. Keep what belongs there in object storage, or commit it.`,
  }
}

function remedyOf(program: PythonProgram, call: PyCall, given: PyNode, home: Path | undefined, dir: Path, found: boolean): Remedy {
  const { module, scope } = call
  const node = bare(given)
  if (home !== undefined && module.brokenAt === undefined && node.kind === 'string' && literalText(node, module.text) !== undefined) {
    const os = importedAt(module, scope, node, 'os')
    const parts = relative(dirOf(module.path), home).split('/').map(quotePython).join(', ')
    return { kind: 'fix', safety: 'safe', title: `Name '${program.text(node, module).slice(1, -1)}' from the module's own folder`, changes: [...os.changes, replaceNode(module, node, `${os.name}.path.join(${os.name}.path.dirname(${os.name}.path.abspath(__file__)), ${parts})`)] }
  }
  if (home !== undefined) return { kind: 'manual', reason: "The path is put together elsewhere: begin it with the module's own folder (Path(__file__).resolve().parent)." }
  if (found) return { kind: 'manual', reason: `Rename ${dir}/, or link to its files at / and take the mount out on the host.` }
  return { kind: 'manual', reason: isBuilt(dir) ? `Let the deployment build the front end into ${dir}/ before the function is packed, or serve the front end as a site of its own.` : `What belongs into ${dir}/ is not in the repo: commit it, with a marker file such as .gitkeep when it is empty.` }
}
