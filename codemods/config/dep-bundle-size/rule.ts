import ignore from 'ignore'
import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { distributionOf } from '../../../src/lang/python/manifest/distributions.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import type { Requirement } from '../../../src/lang/python/manifest/requirement.js'
import { developerTools, heavyCompanions, sizesMb } from './sizes.js'

const MB = 1_000_000
/** Of packages over 40 MB each: below this they load fast enough not to be worth a word. */
const heavyMb = 90
const largeFile = 25 * MB

export const depBundleSize = {
  id: 'dep-bundle-size',
  title: 'Packages or files too heavy for a function',
  hazard: 'large-dependency',
  language: 'config',
  about: 'python',
  assumes: 'large-bundle',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { app, repo, target, plan } = context
    const limit = target.limits[plan].bundleMb
    const { effective } = readManifests(repo, app)
    const declared = [...(effective?.requirements ?? []), ...(effective?.elsewhere ?? [])].filter(({ marker }) => marker === undefined || !/win32|Windows|darwin|Darwin/.test(marker))
    const files = largeFiles(context)
    const counted = new Set<string>()
    const packages = declared.flatMap(({ name }) => [name, ...(heavyCompanions[name] ?? [])]).reduce((sum, name) => sum + (counted.has(name) ? 0 : (counted.add(name), sizesMb[name] ?? 0)), 0)
    const shipped = files.reduce((sum, { size }) => sum + size / MB, 0)
    const tooLarge = packages + shipped > limit
    const heavy = [...counted].reduce((sum, name) => sum + ((sizesMb[name] ?? 0) >= 40 ? (sizesMb[name] ?? 0) : 0), 0)
    const heaviest = declared.map((requirement) => ({ requirement, mb: weigh(requirement.name) })).sort((a, b) => b.mb - a.mb)[0]
    if (heaviest && (tooLarge ? packages >= shipped : heavy >= heavyMb) && heaviest.mb > 0) {
      const used = new Set([...program.imports()].flatMap(({ target: module }) => distributionOf(module)?.name ?? []))
      yield ofPackages(heaviest.requirement, declared, { packages, limit, tooLarge, used })
    }
    for (const { path, size } of files) {
      if (size < largeFile) continue
      const mb = Math.round(size / MB)
      yield {
        path,
        range: { start: 0, end: 0 },
        when: 'build',
        trace: [{ file: path, line: 1, note: `${mb} MB` }],
        message: `${path} (${mb} MB) is shipped with the code${tooLarge ? `, and with it the bundle passes the host's ${limit} MB` : ': every cold start carries it'}. Keep it in object storage, or out of the upload when the served app does not read it.`,
        severity: tooLarge && shipped > packages ? 'blocks' : 'degrades',
        remedy: { kind: 'manual', reason: 'Only you know whether the app reads the file: move it to object storage, or list it among the files not to upload.' },
      }
    }
  },
} satisfies Rule

const weigh = (name: string): number => [name, ...(heavyCompanions[name] ?? [])].reduce((sum, part) => sum + (sizesMb[part] ?? 0), 0)

type Weights = { readonly packages: number; readonly limit: number; readonly tooLarge: boolean; readonly used: ReadonlySet<string> }

function ofPackages(requirement: Requirement, declared: readonly Requirement[], { packages, limit, tooLarge, used }: Weights): Problem {
  const { file, range, line } = requirement
  // A file that lists the same packages again names each once here.
  const once = declared.filter(({ name }, index) => declared.findIndex((other) => other.name === name) === index)
  const heavy = once.filter(({ name }) => weigh(name) >= 40).sort((a, b) => weigh(b.name) - weigh(a.name)).slice(0, 4)
  const list = heavy.map(({ name }) => `${name} (${weigh(name)} MB)`).join(', ')
  const unused = heavy.filter(({ name }) => !used.has(name) && !declared.some((other) => used.has(other.name) && heavyCompanions[other.name]?.includes(name))).map(({ name }) => name)
  const tools = once.filter(({ name }) => developerTools.has(name)).map(({ name }) => name)
  const todo = [
    ...(unused.length > 0 ? [`nothing that the app reaches imports ${unused.join(', ')}, so remove ${unused.length === 1 ? 'it' : 'them'}`] : []),
    ...(tools.length > 0 ? [`move ${tools.slice(0, 3).join(', ')} to a development file`] : []),
    ...(unused.length > 0 || tools.length > 0 ? [] : ['use a lighter package for what the app needs of it, or a host without this limit']),
  ].join('; ')
  const message = tooLarge
    ? `The packages unpack to about ${Math.round(packages)} MB (${list}), over the host's ${limit} MB: the deploy is refused. To make room, ${todo}.`
    : `The packages unpack to about ${Math.round(packages)} MB (${list}): cold starts are slow, and the host's limit is ${limit} MB. To lighten them, ${todo}.`
  return { path: file, range, when: 'build', trace: [{ file, line, note: `${requirement.name} is declared` }], message, severity: tooLarge ? 'blocks' : 'degrades', remedy: lighter(requirement) }
}

/** The same module without what only a desktop uses. */
function lighter({ name, raw, file, range, extras, url, editable }: Requirement): Remedy {
  const headless = name.replace(/^(opencv(?:-contrib)?-python)$/, '$1-headless')
  if (headless === name || extras.length > 0 || url !== undefined || editable) return { kind: 'manual', reason: 'Which package can go is for you to decide.' }
  const written = /^[A-Za-z0-9._-]+/.exec(raw)?.[0] ?? ''
  return { kind: 'fix', safety: 'review', title: `Use ${headless}, which leaves the windows out`, changes: [{ kind: 'edit', path: file, range: { start: range.start, end: range.start + written.length }, text: headless }] }
}

/** Files over a megabyte that are uploaded and not served from elsewhere. */
function largeFiles({ app, repo, target }: RuleContext): readonly { readonly path: string; readonly size: number }[] {
  const ignored = ignore({ allowRelativePaths: true }).add(repo.text(`.${target.id}ignore`) ?? '')
  return [...repo.unread.values()].filter(({ path, size, reason }) => {
    if (size < MB || reason === 'symlink' || reason === 'symlink-outside') return false
    if (app.root !== '.' && !path.startsWith(`${app.root}/`)) return false
    return !/(^|\/)(public|node_modules|\.?venv|__pycache__|site-packages)\//.test(path) && !ignored.ignores(path)
  })
}
