import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { insertAt, replaceNode } from '../../../src/lang/python/edit.js'
import { builtSettings, settingsClosure } from '../../../src/lang/python/django/served.js'
import { managePath } from '../../../src/lang/python/django/project.js'
import { ancestor, field, type PyCall, type PyModule, type PySite, type Run } from '../../../src/lang/python/program.js'
import { importedAt } from '../../../src/lang/python/settings/host-guard.js'

/** What writes to standard output, and the argument that sends it elsewhere. */
const writers: Readonly<Record<string, string | undefined>> = { 'builtins.print': 'file', 'pprint.pprint': 'stream', 'pprint.pp': 'stream', 'sys.stdout.write': undefined, 'sys.stdout.writelines': undefined }

export const djSettingsStdout = {
  id: 'dj-settings-stdout',
  title: 'Output while the settings are read',
  hazard: 'platform-config',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const settings = builtSettings(program)
    if (!settings) return
    const manage = managePath(repo, app.entry.file)
    const read = settingsClosure(program, [settings])
    for (const call of program.calls(...Object.keys(writers))) {
      if (call.module.path !== manage && !read.has(call.module)) continue
      const run = call.runs.find((one) => isRead(one, call, read, manage))
      if (!run || goesElsewhere(program, call)) continue
      const tests = [...testsAround(program, call)]
      // A word on the command line that the build does not give.
      if (tests.some((test) => /\bargv\b/.test(test))) continue
      const place = run.when === 'import' ? 'settings' : 'build'
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: place === 'build' ? 'build' : 'import',
        trace: program.trace(call, 'writes to standard output', run),
        severity: run.conditional || run.weak || tests.length > 0 ? 'breaks' : 'blocks',
        message: `This writes to standard output while the settings are read. To find the app, the build runs manage.py up to the settings and reads their values from its output: one line more and it is not JSON, so the deploy fails ("Failed to read Django application settings"). Write it to standard error.`,
        remedy: remedyOf(program, call),
      }
    }
  },
} satisfies Rule

/** At the module's own level, or in a function that the settings call; manage.py runs whole. */
function isRead(run: Run, call: PyCall, read: ReadonlySet<PyModule>, manage: string | undefined): boolean {
  if (run.background || (run.when !== 'import' && run.when !== 'build')) return false
  if (call.fn === undefined || call.module.path === manage) return true
  const calledFrom = run.trace.at(-1)?.file
  return [...read].some(({ path }) => path === calledFrom)
}

/** Conditions around the call, and around the calls of the function that holds it. */
function* testsAround(program: PythonProgram, site: PySite, depth = 0): Generator<string> {
  for (let up = ancestor(site.node, 'if_statement', 'function_definition'); up?.kind === 'if_statement'; up = ancestor(up, 'if_statement', 'function_definition')) {
    const text = program.text(field(up, 'condition') ?? up, site.module)
    if (!/__name__/.test(text)) yield text
  }
  const callers = site.fn && depth < 3 ? program.callers(site.fn) : []
  const [only, more] = callers
  if (only && !more) yield* testsAround(program, only, depth + 1)
}

function goesElsewhere(program: PythonProgram, call: PyCall): boolean {
  const name = call.names.map((origin) => writers[origin]).find((one) => one !== undefined)
  const given = name === undefined ? undefined : call.kwargs.get(name)
  return given !== undefined && !program.origins(given, call.scope).includes('sys.stdout')
}

function remedyOf(program: PythonProgram, call: PyCall): Remedy {
  const { module, node, scope } = call
  const byHand: Remedy = { kind: 'manual', reason: `Let it write to sys.stderr in ${module.path}, or take it out.` }
  if (module.brokenAt !== undefined) return byHand
  const fix = (changes: readonly ReturnType<typeof insertAt>[], more: ReturnType<typeof importedAt>['changes'] = []): Remedy => ({ kind: 'fix', safety: 'safe', title: 'Write it to standard error', changes: [...more, ...changes] })
  const name = call.names.map((origin) => writers[origin]).find((one) => one !== undefined)
  const args = field(node, 'arguments')
  if (name === undefined) {
    const callee = field(node, 'function')
    const stream = callee && field(callee, 'object')
    const member = stream?.kind === 'attribute' ? field(stream, 'attribute') : undefined
    return member && program.text(member, module) === 'stdout' ? fix([replaceNode(module, member, 'stderr')]) : byHand
  }
  // `print(x for x in y)` takes no second argument.
  if (args?.kind !== 'argument_list' || call.names.length > 1) return byHand
  const sys = importedAt(module, scope, node, 'sys')
  const given = call.kwargs.get(name)
  if (given) return fix([replaceNode(module, given, `${sys.name}.stderr`)], sys.changes)
  const last = args.children.filter((child) => child.kind !== 'comment').at(-1)
  return fix([last ? insertAt(module, last.end, `, ${name}=${sys.name}.stderr`) : insertAt(module, args.start + 1, `${name}=${sys.name}.stderr`)], sys.changes)
}
