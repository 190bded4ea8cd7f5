/** Babel's syntax trees as plain data: what makes two of them the same program. */

export type Tree = { readonly type: string; readonly start: number; readonly end: number; readonly [field: string]: unknown }

const places = new Set(['type', 'start', 'end', 'loc', 'range', 'extra', 'tokens', 'comments', 'leadingComments', 'trailingComments', 'innerComments', 'errors', 'interpreter', 'original', 'sourceType'])
export const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && typeof (value as { readonly type?: unknown }).type === 'string'

/** What a node holds, without places and comments. */
export function fieldsOfTree(node: Tree): readonly (readonly [string, unknown])[] {
  return Object.entries(node).filter(([name, value]) => !places.has(name) && value !== undefined && value !== null)
}

const keys = new WeakMap<object, string>()
/**
 * Equal for trees that mean the same, however they are laid out: quotes, parentheses, line ends and comments do not count.
 * White space in templates and JSX does not, either: the printer expands tabs there without being asked.
 */
export function keyOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? '')
  const known = keys.get(value)
  if (known !== undefined) return known
  const key = isTree(value) && (value.type === 'TemplateElement' || value.type === 'JSXText')
    ? flat(JSON.stringify([value.type, value['value'], value['tail']]).replace(/\\[nrt]/g, ' '))
    : Array.isArray(value)
    ? `[${value.map(keyOf).join(',')}]`
    : `{${isTree(value) ? value.type : ''} ${(isTree(value) ? fieldsOfTree(value) : Object.entries(value)).map(([name, held]) => `${name}:${keyOf(held)}`).join(',')}}`
  keys.set(value, key)
  return key
}

export const isParenthesized = (node: Tree): boolean => (node['extra'] as { readonly parenthesized?: boolean } | undefined)?.parenthesized === true

export const flat = (text: string): string => text.replace(/\s+/g, ' ')

/** The texts of all parts of templates, as written. */
export function templatesOf(node: Tree): readonly string[] {
  const found: string[] = []
  const stack: unknown[] = [node]
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (Array.isArray(at)) stack.push(...at)
    else if (isTree(at)) {
      const value = at['value']
      if (at.type === 'TemplateElement' && typeof value === 'object' && value !== null) found.push((value as { readonly raw: string }).raw)
      for (const [, held] of fieldsOfTree(at)) if (typeof held === 'object') stack.push(held)
    }
  }
  return found
}
