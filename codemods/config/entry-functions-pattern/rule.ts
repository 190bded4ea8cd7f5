import { globMatcher } from '../../../src/glob.js'
import { editConfig, isObject, replaced, type Config, type ConfigEdit } from '../../../src/json-text.js'
import type { App, Path, Problem, Program, Rule, RuleContext, Snapshot } from '../../../src/types.js'
import { inRepo, placeIn, vercelConfigs, type ConfigFile } from '../vercel-json.js'

/** Settings that mean the same for any file. */
const portable = new Set(['runtime', 'memory', 'maxDuration'])

export const entryFunctionsPattern = {
  id: 'entry-functions-pattern',
  title: 'Function settings for a file that is not there',
  hazard: 'platform-config',
  language: 'config',
  about: 'any',
  assumes: 'config-dialect',
  severity: 'blocks',
  *check(_program: Program, { app, repo }: RuleContext): Generator<Problem> {
    for (const file of vercelConfigs(repo, app)) {
      if (file.config['builds'] !== undefined || !isObject(file.config['functions'])) continue
      const functions = file.config['functions']
      const wrong = Object.keys(functions).flatMap(key => {
        const reason = isPresetKey(key, file, app) ? undefined : reasonFor(key, file, repo)
        return reason === undefined ? [] : [{ key, reason }]
      })
      const entry = entryOf(file, app.entry.file)
      const after = mended(file, functions, wrong.map(({ key }) => key), entry, repo)
      for (const { key, reason } of wrong) {
        const value = functions[key]
        const kept = after.renamed === key
        const special = isObject(value) && Object.keys(value).some(name => !portable.has(name))
        yield {
          ...placeIn(file, ['functions', key], `settings for ${JSON.stringify(key)}`),
          when: 'build',
          message: `The key ${JSON.stringify(key)} under functions ${reason}, and a key that matches no function stops the build. ${kept ? `Its settings belong to ${after.target ?? 'the entry'}.` : 'Remove it.'}`,
          remedy: {
            kind: 'fix',
            safety: special && !kept ? 'review' : 'safe',
            title: kept ? `Rename the key to ${after.target ?? 'the entry'}` : 'Remove the key',
            changes: [...replaced(file.path, file.text, after.text)],
          },
        }
      }
    }
  },
} satisfies Rule

/** Under a preset of Node the app's function goes by this name, whatever its entry is called. */
const isPresetKey = (key: string, { config }: ConfigFile, { language }: App): boolean => language !== 'python' && key === 'index.js' && config['framework'] !== null

function reasonFor(key: string, file: ConfigFile, repo: Snapshot): string | undefined {
  if (key.startsWith('/')) return 'begins with a slash, where a path relative to the project is wanted'
  const matches = globMatcher(key.replace(/^\.\//, ''))
  const prefix = file.dir === '.' ? '' : `${file.dir}/`
  return repo.list(file.dir).some(path => matches(path.slice(prefix.length))) ? undefined : 'matches no file'
}

function entryOf(file: ConfigFile, entry: Path): Path | undefined {
  if (file.dir === '.') return entry
  return entry.startsWith(`${file.dir}/`) ? entry.slice(file.dir.length + 1) : undefined
}

type Mended = { readonly text: string; readonly renamed: string | undefined; readonly target: Path | undefined }

/** The text without the wrong keys; the first of them that has settings gives them to the file it meant, or to the entry. */
function mended(file: ConfigFile, functions: Config, wrong: readonly string[], entry: Path | undefined, repo: Snapshot): Mended {
  const slashless = (key: string): Path => key.replace(/^\/+/, '')
  const targetOf = (key: string): Path | undefined => (key.startsWith('/') && repo.has(inRepo(file, slashless(key))) ? slashless(key) : entry)
  const renamed = wrong.find(key => {
    const target = targetOf(key)
    const value = functions[key]
    return target !== undefined && functions[target] === undefined && isObject(value) && Object.keys(value).some(name => name !== 'runtime')
  })
  const target = renamed === undefined ? undefined : targetOf(renamed)
  const gone = wrong.length === Object.keys(functions).length && renamed === undefined
  const edits: ConfigEdit[] = gone ? [{ at: ['functions'], value: undefined }] : wrong.map(key => ({ at: ['functions', key], value: undefined }))
  if (renamed !== undefined && target !== undefined) edits.push({ at: ['functions', target], value: functions[renamed] ?? {} })
  return { text: editConfig(file.text, edits), renamed, target }
}
