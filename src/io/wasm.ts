import { assetPath } from './assets.js'

/** Paths of tree-sitter's runtime and of its Python grammar, both WASM. */
export function pythonGrammar(): { readonly runtime: string; readonly grammar: string } {
  return { runtime: assetPath('wasm/web-tree-sitter.wasm'), grammar: assetPath('wasm/tree-sitter-python.wasm') }
}
