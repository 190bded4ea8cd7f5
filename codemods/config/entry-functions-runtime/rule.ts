import { editConfig, isObject, replaced, type ConfigEdit } from '../../../src/json-text.js'
import type { Problem, Program, Rule, RuleContext } from '../../../src/types.js'
import { placeIn, vercelConfigs, type ConfigFile } from '../vercel-json.js'

/** A package from npm with an exact version, such as vercel-php@0.7.4. */
const packaged = /^(?:@[^/@\s]+\/)?[^/@\s]+@\d+\.\d+\.\d+/

export const entryFunctionsRuntime = {
  id: 'entry-functions-runtime',
  title: 'Function runtime that is not a package with a version',
  hazard: 'platform-config',
  language: 'config',
  about: 'any',
  assumes: 'config-dialect',
  severity: 'blocks',
  *check(_program: Program, { app, repo }: RuleContext): Generator<Problem> {
    for (const file of vercelConfigs(repo, app)) {
      const wrong = runtimes(file)
      // One change for all of them: an object that loses its last property goes too.
      const changes = [...replaced(file.path, file.text, editConfig(file.text, wrong.flatMap(removal)))]
      for (const { key, runtime } of wrong) {
        yield {
          ...placeIn(file, ['functions', key, 'runtime'], `runtime ${JSON.stringify(runtime)}`),
          when: 'build',
          message: `The runtime ${JSON.stringify(runtime)} of ${JSON.stringify(key)} is not an npm package with an exact version, so the deploy is refused (Function Runtimes must have a valid version). Remove it: the language is told from the file, and its version from the manifest or the file that pins it.`,
          remedy: { kind: 'fix', safety: 'safe', title: wrong.length > 1 ? 'Remove the runtimes that are no packages' : 'Remove the runtime', changes },
        }
      }
    }
  },
} satisfies Rule

type Wrong = { readonly key: string; readonly runtime: string; readonly alone: boolean; readonly last: boolean }

function runtimes({ config }: ConfigFile): readonly Wrong[] {
  const functions = isObject(config['functions']) ? config['functions'] : {}
  const found = Object.entries(functions).flatMap(([key, value]) => (isObject(value) && typeof value['runtime'] === 'string' && !packaged.test(value['runtime']) ? [{ key, runtime: value['runtime'], alone: Object.keys(value).length === 1 }] : []))
  const last = found.length === Object.keys(functions).length && found.every(({ alone }) => alone)
  return found.map(item => ({ ...item, last }))
}

function removal({ key, alone, last }: Wrong, index: number): readonly ConfigEdit[] {
  if (last) return index === 0 ? [{ at: ['functions'], value: undefined }] : []
  return [{ at: alone ? ['functions', key] : ['functions', key, 'runtime'], value: undefined }]
}
