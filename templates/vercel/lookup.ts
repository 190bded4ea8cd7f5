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
