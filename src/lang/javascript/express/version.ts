/** Which major version of Express an app is installed with. */
import { manifestsFrom } from '../manifest/manifest.js'
import { allowsMajor } from '../manifest/node-range.js'
import type { JsProgram } from '../program.js'

/** Undefined where package.json does not decide it: no range, a tag, a link of a workspace. */
export function expressMajor(program: JsProgram): 4 | 5 | undefined {
  for (const manifest of manifestsFrom(program.repo, program.app.root)) {
    const range = manifest.dependencies['express'] ?? manifest.devDependencies['express']
    if (range === undefined) continue
    if (!/^[\s\d.^~<>=|xX*v-]+$/.test(range) || !/\d/.test(range)) return /^(latest|\*)$/.test(range) ? 5 : undefined
    const [four, five] = [allowsMajor(range, 4), allowsMajor(range, 5)]
    return five ? 5 : four ? 4 : undefined
  }
  return undefined
}
