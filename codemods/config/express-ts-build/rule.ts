import { findNodeAtLocation, parseTree } from 'jsonc-parser'
import { editConfig, replaced } from '../../../src/json-text.js'
import { manifestAt, type Manifest } from '../../../src/lang/javascript/manifest/manifest.js'
import { lineIn, lineStarts } from '../../../src/lang/lines.js'
import { join } from '../../../src/lang/paths.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext, Snapshot } from '../../../src/types.js'

export const expressTsBuild = {
  id: 'express-ts-build',
  title: 'package.json names a main file that nothing makes',
  hazard: 'missing-entry',
  language: 'config',
  about: 'javascript',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(_: JsProgram, { app, repo }: RuleContext): Generator<Problem> {
    const manifest = manifestAt(repo, app.root)
    const text = manifest && repo.text(manifest.path)
    if (!manifest?.main || text === undefined || manifest.brokenAt !== undefined || app.language !== 'typescript') return
    const built = startedFile(manifest)
    if (exists(repo, manifest, manifest.main) || built === undefined || sameFile(manifest.main, built) || inBuild(manifest.main, built)) return
    const tree = parseTree(text)
    const node = tree && findNodeAtLocation(tree, ['main'])
    if (!node) return
    yield {
      path: manifest.path,
      range: { start: node.offset, end: node.offset + node.length },
      when: 'build',
      trace: [{ file: manifest.path, line: lineIn(lineStarts(text), node.offset), note: `main is ${manifest.main}` }],
      severity: 'degrades',
      message: `main in ${manifest.path} is ${JSON.stringify(manifest.main)}, which is neither in the repo nor made by the build; the app is started as ${built}. Hosts that look at main find nothing there. Name the file that the build makes.`,
      remedy: remedyFor(manifest, text, built),
    }
  },
} satisfies Rule

function remedyFor(manifest: Manifest, text: string, built: string): Remedy {
  return { kind: 'fix', safety: 'review', title: `Set main to ${built}`, changes: [...replaced(manifest.path, text, editConfig(text, [{ at: ['main'], value: built }]))] }
}
/** What `npm start` runs with Node itself; undefined when it runs something else. */
function startedFile({ scripts }: Manifest): string | undefined {
  const file = /^(?:[A-Z_]+=\S+\s+|cross-env\s+)*node\s+(?:--?[\w-]+(?:=\S+)?\s+)*(?:\.\/)?([\w./-]+)\s*$/.exec(scripts['start'] ?? '')?.[1]
  return file === undefined ? undefined : /\.[cm]?js$/.test(file) ? file : `${file.replace(/\/$/, '/index')}.js`
}
function exists(repo: Snapshot, { dir }: Manifest, file: string): boolean {
  const path = join(dir, file.replace(/^\.\//, '').replace(/\/$/, ''))
  return ['', '.js', '.cjs', '.mjs', '.json', '/index.js', '.ts'].some((end) => repo.has(path + end))
}
const plain = (file: string): string => file.replace(/^\.\//, '').replace(/\.[cm]?js$/, '').replace(/\/index$/, '')
const sameFile = (a: string, b: string): boolean => plain(a) === plain(b)
/** In the folder that the build fills: whether it makes the file, only the build tells. */
const inBuild = (main: string, built: string): boolean => built.includes('/') && plain(main).split('/')[0] === plain(built).split('/')[0]
