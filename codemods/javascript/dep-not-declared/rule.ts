import { isBuiltin } from 'node:module'
import { declaredFor, lockOf, manifestFor, type Lock } from '../../../src/lang/javascript/manifest/dependencies.js'
import { manifestsFrom } from '../../../src/lang/javascript/manifest/manifest.js'
import { packageName } from '../../../src/lang/javascript/resolution.js'
import { isAlias } from '../../../src/lang/javascript/manifest/aliases.js'
import { companionsOf } from '../../../src/lang/javascript/manifest/companions.js'
import { importedForTypes } from '../../../src/lang/javascript/manifest/type-imports.js'
import { memberNamed } from '../../../src/lang/javascript/manifest/workspace.js'
import { dirOf } from '../../../src/lang/paths.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { hiddenNeeds, type Wanted } from './hidden-needs.js'

const npmName = /^(@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*$/

export const depNotDeclared = {
  id: 'dep-not-declared',
  title: 'Package imported but not declared',
  hazard: 'dependency-manifest',
  language: 'javascript',
  assumes: 'install-anything',
  severity: 'blocks',
  *check(program: JsProgram, { app, repo }: RuleContext): Generator<Problem> {
    const manifest = manifestFor(repo, app.root)
    if (!manifest || manifest.brokenAt !== undefined) return
    const lock = lockOf(repo, app.root)
    const seen = new Set<string>()
    for (const wanted of [...imported(program), ...hiddenNeeds(program)]) {
      const { name, site } = wanted
      const dir = dirOf(site.module.path)
      if (seen.has(name) || declaredFor(repo, dir, name) || declaredFor(repo, app.root, name)) continue
      if (memberNamed(repo, app.root, name) !== undefined || [...manifestsFrom(repo, dir)].some((one) => one.name === name)) continue
      const run = program.first(site)
      if (run.when === 'main' || run.when === 'build' || run.when === 'never') continue
      seen.add(name)
      const brought = lock?.brings(name) === true && !/pnpm-lock/.test(lock.path)
      const likely = !lock && companionsOf([...manifestsFrom(repo, dir)].flatMap((one) => Object.keys(one.dependencies))).has(name)
      const severity: Severity = brought || likely ? 'advice' : severityFor(run, 'blocks')
      const fate = run.when === 'request' ? 'requests that reach this fail' : 'the app does not start'
      yield {
        path: site.module.path,
        range: { start: site.node.start, end: site.node.end },
        when: run.when,
        trace: program.trace(site, wanted.subject, run),
        severity,
        message:
          severity === 'advice'
            ? `${wanted.subject}, but ${manifest.path} does not declare ${name}: it is installed only because another package needs it. Declare it, so that an update of that package cannot take it away.`
            : `${wanted.subject}, but ${manifest.path} does not declare ${name}: a fresh install on the host lacks it and ${fate} (Cannot find module '${name}'). Declare ${name}.`,
        remedy: remedyFor(name, versionOf(repo, name, lock), wanted.subject, severity),
      }
    }
  },
} satisfies Rule

function* imported(program: JsProgram): Generator<Wanted> {
  for (const site of program.imports()) {
    const { target } = site
    if (site.typeOnly || site.resolved !== undefined || site.handled || isBuiltin(target) || /^([./#~]|@\/|node:|bun:|https?:)/.test(target)) continue
    const name = packageName(target)
    if (!npmName.test(name) || isBuiltin(name) || isAlias(program.repo, site.module.path, target) || importedForTypes(program, site)) continue
    yield { name, site, subject: `'${name}' is imported` }
  }
}

/** What another manifest of the repo or the lock says of its version. */
function versionOf(repo: RuleContext['repo'], name: string, lock: Lock | undefined): string | undefined {
  const locked = lock?.version(name)
  if (locked !== undefined) return `^${locked}`
  for (const path of repo.list()) {
    if (!/(^|\/)package\.json$/.test(path) || path.includes('node_modules/')) continue
    const found = declaredFor(repo, dirOf(path), name)
    if (found && /^[\^~]?\d/.test(found.specifier)) return found.specifier
  }
  return undefined
}
/** A version that nobody here has used is no version to write down. */
function remedyFor(name: string, specifier: string | undefined, why: string, severity: Severity): Remedy {
  if (specifier === undefined) return { kind: 'manual', reason: `Run \`npm install ${name}\` (or your package manager's own word for it) with the version that the app works with: the repo does not tell it.` }
  return { kind: 'fix', safety: severity === 'advice' ? 'review' : 'safe', title: `Declare ${name} ${specifier}`, changes: [], needs: [{ kind: 'dependency', name, specifier, why }] }
}
