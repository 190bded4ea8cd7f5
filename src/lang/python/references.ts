/** Which mentions of a name may mean a later call. */
import type { PyNode } from './types.js'

/** Methods so common on values from outside that a name alone proves nothing. */
export const commonMethods = new Set(
  'get set put add pop update append extend insert remove clear copy keys values items index count sort reverse join split strip replace format encode decode lower upper startswith endswith read write close open save delete commit rollback execute fetchone fetchall filter filter_by all first query order_by send run start stop json text find find_one insert_one update_one delete_one render validate validate_on_submit load dump loads dumps connect cursor route'.split(' '),
)

/** A mention that is handled elsewhere (callee, decorator, target of an assignment) or is none. */
export function skipsReference(node: PyNode, parent: PyNode): boolean {
  if (parent.kind === 'attribute') return true
  if (parent.kind === 'call' && node.field === 'function') return true
  if (parent.kind === 'decorator' || parent.kind === 'keyword_argument' && node.field === 'name') return true
  if ((parent.kind === 'assignment' || parent.kind === 'augmented_assignment') && node.field === 'left') return true
  if (parent.kind === 'function_definition' || parent.kind === 'class_definition' || parent.kind === 'parameters' || parent.kind === 'lambda_parameters' || parent.kind === 'dotted_name' || parent.kind === 'type' || parent.kind === 'global_statement' || parent.kind === 'aliased_import') return true
  return false
}

