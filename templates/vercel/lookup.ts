/**
 * How Vercel's Python builder finds the app when nothing names it.
 * Source: @vercel/python 25.0.0 of CLI 64.0.2 (2026-10-13), tried with findAppOrHandler of @vercel/python-analysis 0.14.0.
 */
import type { EntryLookup, Path } from '../../src/types.js'

const DIRS = ['', 'src/', 'app/', 'api/'] as const
const STEMS = ['app', 'index', 'server', 'main', 'wsgi', 'asgi'] as const

/** Folder first, then name: `api/app.py` is tried before `api/index.py`, and both after everything in the root. */
export const candidates: readonly Path[] = DIRS.flatMap(dir => STEMS.map(stem => `${dir}${stem}.py`))

export const lookup: EntryLookup = { candidates, names: ['app', 'application', 'handler'] }

/** A function's address is its file without the extension. */
export const stemOf = (file: Path): string => file.replace(/\.(?:py|[cm]?[jt]s)$/, '')

/**
 * The same of the Express preset: the first of these that imports express, then package.json's `main`.
 * Source: @vercel/express 19.0.0 of CLI 64.0.2, tried with `vercel build`.
 */
const NODE_STEMS = ['app', 'index', 'server', 'src/app', 'src/index', 'src/server'] as const
const NODE_ENDS = ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts'] as const
export const nodeCandidates: readonly Path[] = NODE_STEMS.flatMap(stem => NODE_ENDS.map(end => `${stem}.${end}`))

/** The builder's own test, comments and types included. */
export const importsExpress = (text: string): boolean => /(?:from|require|import)\s*(?:\(\s*)?["']express["']\s*(?:\))?/.test(text)

/** What counts is the module itself; a file that listens when it is imported exports nothing and is served all the same. */
export const nodeLookup: EntryLookup = { candidates: nodeCandidates, names: ['module.exports', 'default'] }
