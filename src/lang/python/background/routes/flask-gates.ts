/** Hooks that see every request and may answer it themselves, such as a login check: a scheduler's call has to pass them. */
import type { Change } from '../../../../types.js'
import type { Passage } from './route-writer.js'
import { ensureImport, indentUnit, insertBefore } from '../../edit.js'
import { isTalk, ownCode } from '../loops.js'
import { field } from '../../tree.js'
import type { PythonProgram } from '../../program.js'
import type { PyFunction, PyNode } from '../../types.js'

/** Lets these paths through every hook that is a mere gate; what also prepares the request is named instead. */
export function passGates(program: PythonProgram, paths: readonly string[]): Passage {
  const changes: Change[] = []
  const left: string[] = []
  for (const { fn, runs } of program.functions()) {
    if (!isHook(program, fn) || !answers(program, fn) || runs.every((run) => run.when !== 'request')) continue
    const first = fn.body.children.find((child) => child.kind !== 'comment' && !(child.kind === 'expression_statement' && child.children[0]?.kind === 'string'))
    if (!first || fn.module.brokenAt !== undefined || !isGate(program, fn)) {
      left.push(`${fn.qualname}() in ${fn.module.path} may answer requests before they arrive: see that it lets ${paths.join(', ')} through, or the job never runs.`)
      continue
    }
    const { name, changes: imports } = ensureImport(fn.module, 'flask', 'request')
    const test = paths.length === 1 ? `== "${paths[0] ?? ''}"` : `in (${paths.map((path) => `"${path}"`).join(', ')})`
    const unit = indentUnit(fn.module)
    changes.push(...imports, insertBefore(fn.module, first, [`if ${name}.path ${test}:`, `${unit}return None  # it checks CRON_SECRET itself`]))
  }
  return { changes, left }
}

function isHook(program: PythonProgram, fn: PyFunction): boolean {
  return fn.decorators.some((mark) => program.origins(mark, fn.scope.parent ?? fn.scope).some((origin) => /^flask\.(Flask\(\)\.before_request|Blueprint\(\)\.before_app_request)$/.test(origin)))
}
function answers(program: PythonProgram, fn: PyFunction): boolean {
  return [...ownCode(fn.body)].some((node) => {
    if (node.kind === 'return_statement') return node.children.some((child) => child.kind !== 'none' && child.kind !== 'comment')
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    return node.kind === 'raise_statement' || (callee !== undefined && program.origins(callee, fn.scope).some((origin) => origin === 'flask.abort'))
  })
}
/** It only looks and answers: nothing that a view behind it could miss. */
function isGate(program: PythonProgram, fn: PyFunction): boolean {
  return [...ownCode(fn.body)].every((node: PyNode) => {
    if (node.kind === 'with_statement' || node.kind === 'for_statement' || node.kind === 'while_statement' || node.kind === 'global_statement' || node.kind === 'try_statement') return false
    if (node.kind === 'assignment' || node.kind === 'augmented_assignment') return field(node, 'left')?.kind === 'identifier'
    if (node.kind !== 'expression_statement' || node.children[0]?.kind !== 'call') return true
    const callee = field(node.children[0], 'function')
    return isTalk(program, node, fn) || (callee !== undefined && program.origins(callee, fn.scope).some((origin) => /^flask\.(abort|flash)$/.test(origin)))
  })
}
