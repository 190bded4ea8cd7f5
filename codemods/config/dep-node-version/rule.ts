import { nodeVersionOf } from '../../../src/lang/javascript/manifest/node-version.js'
import { allowsMajor } from '../../../src/lang/javascript/manifest/node-range.js'
import { manifestFor, placeOfKey } from '../../../src/lang/javascript/manifest/dependencies.js'
import { editManifest } from '../../../src/lang/javascript/manifest/package-json.js'
import { isObject } from '../../../src/json-text.js'
import { lineAt } from '../../../src/text.js'
import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'

export const depNodeVersion = {
  id: 'dep-node-version',
  title: 'Node version that the host does not run',
  hazard: 'runtime-version',
  language: 'config',
  about: 'javascript',
  assumes: 'any-version',
  severity: 'blocks',
  *check(_program: JsProgram, { app, repo, target }: RuleContext): Generator<Problem> {
    const wanted = nodeVersionOf(repo, app.root)
    const offered = target.node
    if (!wanted || !offered || !/\d/.test(wanted.wanted) || offered.versions.some((version) => allowsMajor(wanted.wanted, Number(version)))) return
    const lowest = /\d+/.exec(wanted.wanted)?.[0] ?? '0'
    // The nearest one asks the least of the app.
    const next = offered.versions.find((version) => Number(version) >= Number(lowest)) ?? offered.default
    const list = offered.versions.join(' and ')
    const manifest = manifestFor(repo, app.root)
    const inManifest = wanted.source.endsWith('package.json')
    const engine = manifest && isObject(manifest.data.engines) && typeof manifest.data.engines.node === 'string'
    if (inManifest && manifest?.path === wanted.source && engine) {
      const changes = editManifest(manifest.path, repo.text(manifest.path) ?? '', [{ kind: 'engine', node: `${next}.x` }])
      yield {
        ...placeOfKey(manifest, repo, ['engines', 'node'], `Node ${wanted.wanted} is asked for`),
        when: 'build',
        message: `engines asks for Node ${wanted.wanted}, which the host does not run any more (it has ${list}): the deploy is refused. Ask for ${next}.x and test with it.`,
        remedy: changes === undefined
          ? { kind: 'manual', reason: `Write "node": "${next}.x" under engines; ${manifest.path} is not edited, because it is no strict JSON.` }
          : { kind: 'fix', safety: 'review', title: `Ask for Node ${next}`, changes, left: `Install Node ${next} locally and run the tests with it.` },
      }
      return
    }
    if (inManifest) return
    const text = repo.text(wanted.source) ?? ''
    const start = Math.max(0, text.indexOf(wanted.wanted))
    yield {
      path: wanted.source,
      range: { start, end: start + wanted.wanted.length },
      when: 'build',
      trace: [{ file: wanted.source, line: lineAt(text, start), note: `Node ${wanted.wanted} is asked for in a file that the host does not go by` }],
      severity: 'degrades',
      message: `${wanted.source} asks for Node ${wanted.wanted}, and the host has ${list}: the app runs on ${offered.default}, untested. Ask for ${next}.x under engines in package.json, and test with it.`,
      remedy: { kind: 'fix', safety: 'review', title: `Ask for Node ${next}`, changes: [], needs: [{ kind: 'runtime', version: `${next}.x` }], left: `Write ${next} in ${wanted.source} too, install it locally and run the tests with it.` },
    }
  },
} satisfies Rule
