import type { Check } from '../../src/types.js'

/** What a builder's own checks found. `way`: how the config leads to the app. */
export type Proof = { readonly way: 'builds' | 'services' | 'null' | 'preset' | undefined; readonly entry: readonly Check[]; readonly rest: readonly Check[] }
