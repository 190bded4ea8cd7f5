import { isBuiltin } from 'node:module'
import { declaredFor, lockOf, manifestFor, placeOfDeclared, placeOfKey } from '../../../src/lang/javascript/manifest/dependencies.js'
import { importedForTypes } from '../../../src/lang/javascript/manifest/type-imports.js'
import { packageName } from '../../../src/lang/javascript/resolution.js'
import { dirOf } from '../../../src/lang/paths.js'
import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'

/** Programs that run the app at home and are no part of it. */
const runners = /^(nodemon|ts-node|ts-node-dev|tsnd|tsx|babel-node|node-dev|cross-env|dotenv|concurrently)$/
const packageOf: Readonly<Record<string, string>> = { tsnd: 'ts-node-dev', 'babel-node': '@babel/node', dotenv: 'dotenv-cli' }

export const depServerInDev = {
  id: 'dep-server-in-dev',
  title: 'Package of the served app among the development packages',
  hazard: 'dependency-manifest',
  language: 'javascript',
  assumes: 'install-anything',
  severity: 'blocks',
  *check(program: JsProgram, { app, repo, target }: RuleContext): Generator<Problem> {
    const manifest = manifestFor(repo, app.root)
    if (!manifest || manifest.brokenAt !== undefined) return
    const seen = new Set<string>()
    for (const site of program.imports()) {
      const name = packageName(site.target)
      if (site.typeOnly || site.resolved !== undefined || site.handled || isBuiltin(site.target) || seen.has(name)) continue
      const declared = declaredFor(repo, dirOf(site.module.path), name)
      const run = program.first(site)
      if (declared?.block !== 'devDependencies' || run.when === 'main' || run.when === 'build' || run.when === 'never' || run.conditional || importedForTypes(program, site)) continue
      seen.add(name)
      const place = placeOfDeclared(declared, repo, `${name} is declared for development only`)
      yield {
        path: place.path,
        range: place.range,
        when: run.when,
        trace: [...program.trace(site, `${name} is imported`, run), ...place.trace],
        severity: 'degrades',
        message: `${site.module.path} imports ${name}, which is declared for development only: an install without those (NODE_ENV=production, npm ci --omit=dev) lacks it, and the app does not start. Move ${name} to dependencies.`,
        remedy: { kind: 'fix', safety: lockOf(repo, app.root)?.path.includes('pnpm-lock') ? 'review' : 'safe', title: `Move ${name} to dependencies`, changes: [], needs: [{ kind: 'dependency', name, specifier: declared.specifier, why: `the served app imports it` }] },
      }
    }
    // A start script matters where the host runs it.
    if (target.offers['owns-process'] !== 'yes') return
    const start = manifest.scripts.start
    const runner = start?.split(/\s+|&&/).find((word) => runners.test(word))
    const name = runner === undefined ? undefined : (packageOf[runner] ?? runner)
    if (name === undefined || declaredFor(repo, app.root, name)?.block !== 'devDependencies') return
    yield {
      ...placeOfKey(manifest, repo, ['scripts', 'start'], `the start script runs ${name}`),
      when: 'build',
      severity: 'degrades',
      message: `The start script runs ${name}, which is declared for development only: an install without those lacks it, and the app does not start. Start with node, or move ${name} to dependencies.`,
      remedy: { kind: 'manual', reason: `Let "start" run node on what the build makes, and keep ${name} for development.` },
    }
  },
} satisfies Rule
