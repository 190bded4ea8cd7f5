/** What differs between the frameworks, as data. Flask is tried; the others join with their own issues. */
import type { FrameworkId } from '../../src/types.js'

export type Preset = {
  /** The value of `framework` in vercel.json, which is also the name of the function that the preset builds. */
  readonly slug: string
  /** The package without which nothing starts. */
  readonly distribution: string
  /** May the app be handed over by a file in `api/`? */
  readonly shim: boolean
}
export const presets: Readonly<Partial<Record<FrameworkId, Preset>>> = {
  flask: { slug: 'flask', distribution: 'Flask', shim: true },
}

/** Presets under which the builder looks for a Python app; any other value of `framework` builds something else. */
export const pythonSlugs: readonly string[] = ['flask', 'fastapi', 'django', 'python']
