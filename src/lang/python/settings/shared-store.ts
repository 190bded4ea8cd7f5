/** Edits that put a library's store into Redis on the host and leave it where it is elsewhere. */
import type { Change, Need, Target } from '../../../types.js'
import { insertAfter, insertAt } from '../edit.js'
import { hostGuard, importedAt } from './host-guard.js'
import { bare, field, statementOf } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'

export function redisNeeds(why: string): readonly Need[] {
  return [
    { kind: 'database', engine: 'redis' },
    { kind: 'env', name: 'REDIS_URL', secret: true, why },
    { kind: 'dependency', name: 'redis', why },
  ]
}

/** A setting beside another one, in the same manner: `config["B"] = …` after `config["A"] = …`, `B = …` in a class, a pair in a dict. `{os}` and `{guard}` in the value get their local names. */
export function settingBeside(program: PythonProgram, target: Target, node: PyNode, scope: PyScope, name: string, value: string): readonly Change[] | undefined {
  const { module } = scope
  const os = importedAt(module, scope, node, 'os')
  const guard = hostGuard(target, module, scope, node)
  const text = value.replaceAll('{os}', os.name).replaceAll('{guard}', guard.text)
  const changes = [...os.changes, ...guard.changes]
  const parent = node.parent
  if (parent?.kind === 'pair') return [...changes, insertAt(module, parent.end, `, "${name}": ${text}`)]
  if (parent?.kind === 'keyword_argument' && parent.parent?.kind === 'argument_list') return [...changes, insertAt(module, parent.end, `, ${name}=${text}`)]
  const assignment = statementOf(node).children[0]
  const left = assignment?.kind === 'assignment' && bare(field(assignment, 'right') ?? assignment) === bare(node) ? field(assignment, 'left') : undefined
  if (left?.kind === 'identifier') return [...changes, insertAfter(module, node, [`${name} = ${text}`])]
  const holder = left?.kind === 'subscript' ? field(left, 'value') : undefined
  return holder ? [...changes, insertAfter(module, node, [`${program.text(holder, module)}["${name}"] = ${text}`])] : undefined
}
