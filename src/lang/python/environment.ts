/** The environment variables that reached code reads: names, never values. */
import type { EnvVariable, Path } from '../../types.js'
import { isSecretName } from '../env-names.js'
import { hostMarks } from '../host-marks.js'
import { literalText } from './literals.js'
import { readsThroughHelpers } from './settings/env-helpers.js'
import { valueReads } from './settings/configuration-values.js'
import { addressReads, schemaDefault } from './settings/env-schema.js'
import { requiredFields, settingsReads } from './settings/pydantic-settings.js'
import { field } from './tree.js'
import type { PythonProgram } from './program.js'
import type { PyNode, PyScope, PySite } from './types.js'

export { isSecretName }

/** One read of a variable. `required`: absence raises there and then. */
export type EnvRead = { readonly name: string; readonly required: boolean; readonly fallback: PyNode | undefined; readonly site: PySite }

export function* environmentReads(program: PythonProgram): Generator<EnvRead> {
  for (const site of program.sites('subscript')) {
    const [value, key] = [field(site.node, 'value'), field(site.node, 'subscript')]
    const name = key?.kind === 'string' ? literalText(key, site.module.text) : undefined
    if (!value || name === undefined || !program.origins(value, site.scope).includes('os.environ')) continue
    const parent = site.node.parent
    if ((parent?.kind === 'assignment' && site.node.field === 'left') || parent?.kind === 'delete_statement') continue
    yield { name, required: true, fallback: undefined, site }
  }
  for (const call of program.callsMatching(/^(os\.getenv|os\.environ\.(get|pop|__getitem__)|decouple\.(config|Config\(\)|AutoConfig\(\))|environ\.Env\(\)(\.\w+)?|environ\.FileAwareEnv\(\)(\.\w+)?|environs\.Env\(\)(\.\w+)?|starlette\.config\.Config\(\))$/)) {
    const first = call.args[0]
    const name = first?.kind === 'string' ? literalText(first, call.module.text) : undefined
    if (name === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue
    const lenient = call.names.some((origin) => origin === 'os.getenv' || origin === 'os.environ.get')
    const fallback = call.args[1] ?? call.kwargs.get('default')
    const declared = fallback === undefined && !lenient ? schemaDefault(program, call, name) : undefined
    yield { name, required: !lenient && fallback === undefined && declared === undefined, fallback: fallback ?? (declared?.scope.module === call.module ? declared.node : undefined), site: call }
  }
  yield* addressReads(program)
  yield* valueReads(program)
  yield* settingsReads(program)
  yield* readsThroughHelpers(program)
}

/** `needed`: names without which the app does not start, however they are read. */
export function environmentOf(program: PythonProgram, needed: ReadonlySet<string>): readonly EnvVariable[] {
  const fields = new Set([...requiredFields(program)].map(({ name }) => name))
  const found = new Map<string, { required: boolean; bare: boolean; seenAt: { file: Path; line: number }[] }>()
  for (const read of environmentReads(program)) {
    if (hostMarks.has(read.name) || read.name === 'PORT' || read.name === 'DJANGO_SETTINGS_MODULE' || read.name === 'HOME' || read.name === 'PATH') continue
    if (read.site.runs.every((run) => run.when === 'main')) continue
    const known = found.get(read.name) ?? { required: false, bare: false, seenAt: [] }
    known.required ||= needed.has(read.name) || fields.has(read.name) || read.required || (read.fallback === undefined && chokes(read.site.node, read.site.scope))
    known.bare ||= read.fallback === undefined && !doesWithout(read.site.node, read.site.scope)
    const at = { file: read.site.module.path, line: program.line(read.site.node, read.site.module) }
    if (!known.seenAt.some((one) => one.file === at.file && one.line === at.line)) known.seenAt.push(at)
    found.set(read.name, known)
  }
  return [...found].map(([name, at]) => ({ name, required: at.required, secret: isSecretName(name), seenAt: at.seenAt, ...(at.bare && !at.required ? { bare: true } : {}) })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `os.getenv("X") or …`, `if os.getenv("X")`, `os.getenv("X") == "1"`: the code knows what to do when there is none. */
function doesWithout({ parent, field: place }: PyNode, scope: PyScope): boolean {
  const callee = parent?.kind === 'argument_list' && parent.parent ? field(parent.parent, 'function') : undefined
  if (callee && scope.module.text.slice(callee.start, callee.end) === 'bool') return true
  return place === 'condition' || /^(boolean_operator|not_operator|comparison_operator|conditional_expression)$/.test(parent?.kind ?? '')
}

/** `int(os.getenv("X"))`, `os.getenv("X").split(",")`: None there raises. */
export function chokes(node: PyNode, scope: PyScope): boolean {
  const parent = node.parent
  if (parent?.kind === 'attribute' && node.field === 'object') return true
  if (parent?.kind === 'subscript' && node.field === 'value') return true
  if (parent?.kind !== 'argument_list' || parent.parent?.kind !== 'call') return false
  const callee = field(parent.parent, 'function')
  return callee !== undefined && /^(int|float|len|json\.loads|bytes\.fromhex)$/.test(scope.module.text.slice(callee.start, callee.end))
}
