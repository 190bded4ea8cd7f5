import { declaredIn, manifestFor, placeOfDeclared, type Declared } from '../../../src/lang/javascript/manifest/dependencies.js'
import { packageName } from '../../../src/lang/javascript/resolution.js'
import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { lighter, sizesMb } from './sizes.js'

/** Of packages over 15 MB each: below this a function loads fast enough not to be worth a word. */
const heavyMb = 60

export const depBundleSize = {
  id: 'dep-bundle-size',
  title: 'Packages too heavy for a function',
  hazard: 'large-dependency',
  language: 'javascript',
  assumes: 'large-bundle',
  severity: 'blocks',
  *check(program: JsProgram, { app, repo, target, plan }: RuleContext): Generator<Problem> {
    const manifest = manifestFor(repo, app.root)
    if (!manifest || manifest.brokenAt !== undefined) return
    const limit = target.node?.bundleMb ?? target.limits[plan].bundleMb
    // Only what the code imports is packed.
    const used = new Set([...program.imports()].filter(({ typeOnly, resolved }) => !typeOnly && resolved === undefined).map(({ target: written }) => packageName(written)))
    const heavy = declaredIn(manifest).filter(({ name }) => used.has(name) && (sizesMb[name] ?? 0) >= 15).sort((a, b) => weight(b) - weight(a))
    const sum = heavy.reduce((total, one) => total + weight(one), 0)
    const [heaviest] = heavy
    if (!heaviest || sum < heavyMb) return
    const tooLarge = sum > limit
    const list = heavy.slice(0, 4).map((one) => `${one.name} (${weight(one)} MB)`).join(', ')
    const ways = heavy.flatMap(({ name }) => lighter[name] ?? []).slice(0, 2)
    const todo = ways.length > 0 ? ways.join('; ') : 'import only the parts that are used, load them in the routes that need them, or use a host without this limit'
    yield {
      ...placeOfDeclared(heaviest, repo),
      when: 'build',
      severity: tooLarge ? 'blocks' : 'degrades',
      message: tooLarge
        ? `The packages that the app imports unpack to about ${sum} MB (${list}), over the host's ${limit} MB: the deploy is refused. To make room, ${todo}.`
        : `The packages that the app imports unpack to about ${sum} MB (${list}): cold starts are slow, and the host's limit is ${limit} MB. To lighten them, ${todo}.`,
      remedy: { kind: 'manual', reason: 'Which package can go, or be loaded later, is for you to decide.' },
    }
  },
} satisfies Rule

const weight = ({ name }: Declared): number => sizesMb[name] ?? 0
