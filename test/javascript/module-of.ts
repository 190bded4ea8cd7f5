/** A module from its text, for tests of what asks for no program. */
import { walk, isTypeScriptPath, loadCompiler, parseJavaScript } from '../../src/lang/javascript/tree.js'
import type { JsModule, JsNode, ModuleSystem } from '../../src/lang/javascript/types.js'

export { loadCompiler }

export function moduleOf(text: string, path = 'app.js'): JsModule {
  const { root, brokenAt } = parseJavaScript(path, text)
  const esm = root.children.some((node) => /^(Import|Export)(Declaration|Assignment)$/.test(node.kind))
  const system: ModuleSystem = esm ? 'esm' : /\brequire\(|\bexports\b/.test(text) ? 'cjs' : 'none'
  return { path, text, root, system, isTypeScript: isTypeScriptPath(path), brokenAt }
}
/** The first node of a kind whose text begins so. */
export function nodeAt(module: JsModule, begin: string, kind?: string): JsNode {
  for (const node of walk(module.root)) if (node !== module.root && module.text.startsWith(begin, node.start) && (kind === undefined || node.kind === kind)) return node
  throw new Error(`no ${kind ?? 'node'} begins with ${begin}`)
}
