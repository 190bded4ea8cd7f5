/** Code that a framework loads by a name in text, so that no import leads to it. */
import type { App, Evidence, Path, Reach, Snapshot } from '../../types.js'
import type { Guards } from './guards.js'
import type { PyClass, PyFunction, PyModule } from './types.js'
import type { Resolver } from './values.js'

export type SeedHost = {
  readonly repo: Snapshot
  readonly app: App
  readonly entry: PyModule
  readonly resolver: Resolver
  readonly guards: Guards
  moduleAt(path: Path): PyModule | undefined
  moduleOf(written: string, from: PyModule): { readonly path: Path } | undefined
  /** A folder's module by its dotted name from the app's search path: `__init__.py` files above it load as well. */
  loads(written: string, from: PyModule): readonly PyModule[]
  lineOf(module: PyModule, node: { readonly start: number }): number
  /** Reached so far. */
  readonly modules: ReadonlySet<PyModule>
}

/** `when` is what the loading is to the served app; `because` names the text that led there. */
export type Seed = { readonly when: Exclude<Reach, 'never'>; readonly because: Evidence; readonly conditional?: boolean; /** Beside the requests: a worker loads it. */ readonly background?: boolean } & (
  | { readonly kind: 'module'; readonly module: PyModule }
  /** Run as a program: its `__main__` part too. */
  | { readonly kind: 'script'; readonly module: PyModule }
  | { readonly kind: 'function'; readonly fn: PyFunction }
  /** Created at `when`; its other methods are called at `methods`. */
  | { readonly kind: 'class'; readonly cls: PyClass; readonly methods: Exclude<Reach, 'never'> }
)
