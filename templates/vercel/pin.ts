/** `[tool.vercel] entrypoint` in pyproject.toml. */
import { parse } from 'smol-toml'
import type { Path } from '../../src/types.js'
import type { Folder } from './project.js'

/** The app object that pyproject.toml names; wins over every search but that of Django's manage.py. */
export function pinnedEntry(home: Folder): { readonly file: Path; readonly symbol: string } | undefined {
  const text = home.text('pyproject.toml')
  if (text === undefined || !text.includes('entrypoint')) return undefined
  let value: unknown
  try {
    const tool = parse(text)['tool']
    value = (tool as { readonly vercel?: { readonly entrypoint?: unknown } } | undefined)?.vercel?.entrypoint
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
  if (typeof value !== 'string') return undefined
  const [module = '', symbol = ''] = value.split(':')
  const base = module.replaceAll('.', '/')
  const file = [`${base}.py`, `${base}/__init__.py`].find(path => home.has(path))
  return file === undefined ? undefined : { file, symbol }
}
