import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { readManifests, requirementOf, type Manifests } from '../../../src/lang/python/manifest/manifest.js'
import { pinnedVersion } from '../../../src/lang/python/manifest/requirement.js'
import { atMost, isCaught, severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { replaceNode } from '../../../src/lang/python/edit.js'
import { clashes, type Clash } from './pairs.js'

export const depUnpinnedBreak = {
  id: 'dep-unpinned-break',
  title: 'Versions of today that the code does not work with',
  hazard: 'dependency-manifest',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const manifests = readManifests(repo, app)
    // A lock that the host installs from says what comes; without any list, dep-not-declared speaks.
    if (!manifests.effective || manifests.effective.lock !== undefined) return
    for (const clash of clashes(program, manifests)) {
      const { site, severity, why, todo } = clash
      const run = surestRun(site)
      if (run.when === 'never' || run.when === 'main') continue
      yield {
        path: site.module.path,
        range: { start: site.node.start, end: site.node.end },
        when: run.when,
        trace: program.trace(site, 'meets a version that it does not work with', run),
        severity: isCaught(program, site, run.when) ? atMost(severityFor(run, severity), 'degrades') : severityFor(run, severity),
        message: `The versions are not pinned: ${why}. ${todo}, or lock the versions that work.`,
        remedy: clash.moved ? importFrom(program, clash) : clash.bound ? bounded(clash.bound, manifests, repo) : { kind: 'manual', reason: `${todo}.` },
      }
    }
  },
} satisfies Rule

/** `bcrypt` becomes `bcrypt<5`; a package that nobody declares is declared with its bound. */
function bounded({ name, below }: NonNullable<Clash['bound']>, manifests: Manifests, repo: RuleContext['repo']): Remedy {
  const title = `Keep ${name} below ${below}`
  const requirement = requirementOf(manifests.effective, name) ?? manifests.all.map((manifest) => requirementOf(manifest, name)).find((one) => one !== undefined)
  if (!requirement) return { kind: 'fix', safety: 'review', title, changes: [], needs: [{ kind: 'dependency', name, specifier: `<${below}`, why: `versions from ${below} on do not work here` }] }
  const { raw, range, specifier, marker, url, file } = requirement
  const pin = pinnedVersion(requirement)
  const head = /^[A-Za-z0-9._-]+(\s*\[[^\]]*\])?/.exec(raw)?.[0]
  const written = repo.text(file)?.slice(range.start, range.start + raw.length)
  if (head === undefined || written !== raw || marker !== undefined || url !== undefined || (pin === undefined && /[<~^!*]|==/.test(specifier))) return { kind: 'manual', reason: `Write ${name}<${below} in ${file}.` }
  const bound = pin !== undefined || specifier === '' ? `<${below}` : `${specifier},<${below}`
  return { kind: 'fix', safety: 'review', title, changes: [{ kind: 'edit', path: file, range: { start: range.start, end: range.start + raw.length }, text: `${head}${bound}` }] }
}

/** `from pydantic import BaseSettings`, alone or beside other names. */
function importFrom(program: PythonProgram, { site, moved }: Clash): Remedy {
  const { module } = site
  if (!moved || module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const items = moved.statement.children.filter((child) => child.field === 'name')
  const text = items.map((item) => program.text(item, module))
  const own = text.find((item) => new RegExp(`^${moved.name}(\\s|$)`).test(item))
  const others = text.filter((item) => item !== own)
  if (own === undefined || /[(#\\\r\n]/.test(program.text(moved.statement, module))) return { kind: 'manual', reason: `Import ${moved.name} from ${moved.from} there.` }
  const line = `from ${moved.from} import ${own}`
  const rest = others.length > 0 ? `from pydantic import ${others.join(', ')}` : undefined
  const indent = /[^\r\n]*$/.exec(module.text.slice(0, moved.statement.start))?.[0] ?? ''
  if (indent.trim() !== '') return { kind: 'manual', reason: `Import ${moved.name} from ${moved.from} there.` }
  const eol = /\r\n|\n|\r/.exec(module.text)?.[0] ?? '\n'
  const changes: readonly Change[] = [replaceNode(module, moved.statement, rest === undefined ? line : `${rest}${eol}${indent}${line}`)]
  return { kind: 'fix', safety: 'review', title: `Import ${moved.name} from ${moved.from}`, changes, needs: [{ kind: 'dependency', name: moved.dependency, why: `${moved.name} moved there` }], left: 'pydantic 2 reads some models differently: start the app once with the versions that the host will install.' }
}
