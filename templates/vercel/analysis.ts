/** Vercel's own reader of Python projects, loaded when first asked: it is heavy, and its ESM build does not load on Node. */
import { createRequire } from 'node:module'

export type Discovered = {
  readonly manifest?: { readonly path: string; readonly data: { readonly project?: { readonly dependencies?: readonly string[] } }; readonly origin?: { readonly path: string } }
  readonly requiresPython?: readonly { readonly source?: string }[]
}
export type Analysis = {
  findAppOrHandler(source: string): Promise<string | null>
  /** The value of a top-level `NAME = "text"`. */
  getStringConstant(source: string, name: string): Promise<string | null>
  discoverPythonPackage(at: { readonly entrypointDir: string; readonly rootDir: string }): Promise<Discovered>
}

let loaded: Analysis | undefined

export function loadAnalysis(): Analysis {
  return (loaded ??= createRequire(import.meta.url)('@vercel/python-analysis') as Analysis)
}
