import { editConfig, isObject, replaced, type Config } from '../../../src/json-text.js'
import type { Problem, Program, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { placeIn, vercelConfigs, type ConfigFile } from '../vercel-json.js'

/** Limits of old guides and old plans: today's default is 300 seconds, so a value like these only cuts it. */
const old = 60

export const limitDurationConfig = {
  id: 'limit-duration-config',
  title: 'Function duration from an old guide, or above the plan',
  hazard: 'platform-config',
  language: 'config',
  about: 'any',
  assumes: 'config-dialect',
  severity: 'breaks',
  *check(_program: Program, { app, repo, target, plan }: RuleContext): Generator<Problem> {
    const most = target.limits[plan].requestSeconds
    for (const file of vercelConfigs(repo, app)) {
      const functions = file.config['functions']
      if (!isObject(functions)) continue
      for (const [key, settings] of Object.entries(functions)) {
        const value = isObject(settings) ? settings['maxDuration'] : undefined
        if (value === undefined || value === 'max' || !isObject(settings)) continue
        const place = { ...placeIn(file, ['functions', key, 'maxDuration'], `the duration of ${JSON.stringify(key)}`), when: 'build' } as const
        if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
          yield { ...place, severity: 'blocks', message: `maxDuration of ${JSON.stringify(key)} is ${JSON.stringify(value)}; only a whole number of seconds or "max" is taken, and the deploy is refused. Remove it, or write a number.`, remedy: without(file, key, settings, 'safe') }
        } else if (value > most) {
          yield { ...place, severity: 'blocks', message: `maxDuration of ${JSON.stringify(key)} is ${value} seconds, and the ${plan} plan allows ${most}: the deploy is refused. Write ${most}.`, remedy: { kind: 'fix', safety: 'safe', title: `Allow ${most} seconds`, changes: [...replaced(file.path, file.text, editConfig(file.text, [{ at: ['functions', key, 'maxDuration'], value: most }]))] } }
        } else if (value <= old) {
          yield { ...place, severity: 'degrades', message: `maxDuration of ${JSON.stringify(key)} is ${value} seconds, as guides for older plans have it. Without it a request may take 300 seconds; with it slower ones are cut off. Remove it, unless the limit is meant.`, remedy: without(file, key, settings, 'review') }
        }
      }
    }
  },
} satisfies Rule

/** The config without the setting; the key goes with its last setting, and `functions` with its last key. */
function without(file: ConfigFile, key: string, settings: Config, safety: 'safe' | 'review'): Remedy {
  const functions = file.config['functions']
  const others = (value: unknown): number => (isObject(value as Config) ? Object.keys(value as Config).length - 1 : 0)
  const at = others(settings) > 0 ? ['functions', key, 'maxDuration'] : others(functions) > 0 ? ['functions', key] : ['functions']
  return { kind: 'fix', safety, title: 'Remove the duration', changes: [...replaced(file.path, file.text, editConfig(file.text, [{ at, value: undefined }]))] }
}
