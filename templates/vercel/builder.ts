/** What differs between Vercel's builders, by the language they build; each is a row in presets.ts. */
import type { EmitContext, Change, Path, Snapshot } from '../../src/types.js'
import type { Place } from './place.js'
import type { Folder } from './project.js'
import type { Shape } from './shape.js'

/** What vercel.json says of one function. `maxDuration` in seconds; `include` are globs, as `includeFiles` takes them. */
export type Setting = { readonly key: Path; readonly maxDuration?: number; readonly include?: readonly Path[] }
export type Furnished = { readonly changes: readonly Change[]; readonly steps: readonly string[] }
export type Furnishing = { readonly repo: Snapshot; readonly place: Place; readonly shape: Shape; readonly context: EmitContext; /** Of the framework, as it is installed. */ readonly distribution: string }

export type Builder = {
  /** For messages: "the Python app". */
  readonly language: string
  /** Values of `framework` under which this builder is at work; any other builds something else. */
  readonly slugs: readonly string[]
  /** The builder's name in an old config's `use`. */
  readonly legacy: RegExp
  readonly isCode: (path: Path) => boolean
  /** Does a file in `api/` become a function of its own where no preset is on? */
  readonly isFunction: (home: Folder, path: Path) => boolean
  /** Does the file hold an app that the platform could run by importing it? */
  readonly binds: (home: Folder, path: Path) => boolean
  /** Lines of .vercelignore that every project of the language gets. */
  readonly ignored: readonly string[]
  /** The manifests, the version of the language, and whatever else the build reads. */
  readonly furnish: (at: Furnishing) => Furnished
  /** The first is that of the entry. */
  readonly settings: (shape: Shape, wanted: { readonly home: Folder; readonly maxDuration: number | undefined; readonly folders: readonly Path[] }) => readonly Setting[]
}
