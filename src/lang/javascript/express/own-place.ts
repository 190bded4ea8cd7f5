/** Names a folder from the file's own place, where it was named from the folder that the app is started in. */
import type { Path, Remedy } from '../../../types.js'
import { dirOf } from '../../paths.js'
import { replaceNode } from '../edit.js'
import { ensureImport } from '../edit-imports.js'
import { manifestsFrom } from '../manifest/manifest.js'
import type { JsModule, JsNode, JsProgram } from '../program.js'
import { quoteJs, styleOf } from '../style.js'

/** `'assets'` becomes `path.join(__dirname, 'assets')`. Undefined for TypeScript, where the compiled file may lie elsewhere, and for what is no plain text. */
export function fromOwnPlace(program: JsProgram, module: JsModule, written: JsNode | undefined, folder: Path): Remedy | undefined {
  if (!written || module.isTypeScript || module.brokenAt !== undefined || !/StringLiteral$|^NoSubstitutionTemplateLiteral$/.test(written.kind)) return undefined
  const isEsm = module.path.endsWith('.mjs') || (!module.path.endsWith('.cjs') && module.system === 'esm')
  const type = [...manifestsFrom(program.repo, dirOf(module.path))][0]?.type
  // An import in a file that Node takes for CommonJS: something compiles it first.
  if (isEsm && !module.path.endsWith('.mjs') && type !== 'module') return undefined
  const style = styleOf(module)
  const { name, changes } = ensureImport(module, { from: 'path' }, style)
  const text = `${name}.join(${isEsm ? 'import.meta.dirname' : '__dirname'}, ${quoteJs(between(dirOf(module.path), folder), style)})`
  return { kind: 'fix', safety: 'review', title: `Name ${folder}/ from the file's own place`, changes: [...changes, replaceNode(module, written, text)] }
}

function between(from: Path, to: Path): Path {
  const up = from === '.' ? [] : from.split('/')
  const down = to.split('/')
  while (up.length > 0 && down.length > 0 && up[0] === down[0]) {
    up.shift()
    down.shift()
  }
  return [...up.map(() => '..'), ...down].join('/')
}
