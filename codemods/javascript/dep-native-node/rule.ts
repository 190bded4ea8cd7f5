import { declaredIn, lockOf, manifestFor, placeOfDeclared, type Declared } from '../../../src/lang/javascript/manifest/dependencies.js'
import { packageName } from '../../../src/lang/javascript/resolution.js'
import type { JsProgram, Problem, Rule, RuleContext, Severity } from '../../../src/types.js'
import { byPlatform, compiled, dead } from './packages.js'

export const depNativeNode = {
  id: 'dep-native-node',
  title: 'Package with compiled code',
  hazard: 'dependency-manifest',
  language: 'javascript',
  assumes: 'install-anything',
  severity: 'blocks',
  *check(program: JsProgram, { app, repo }: RuleContext): Generator<Problem> {
    const manifest = manifestFor(repo, app.root)
    if (!manifest || manifest.brokenAt !== undefined) return
    const used = new Set([...program.imports()].filter(({ typeOnly, resolved }) => !typeOnly && resolved === undefined).map(({ target }) => packageName(target)))
    const lock = lockOf(repo, app.root)
    for (const one of declaredIn(manifest)) {
      const said = ofDead(one) ?? (one.block === 'devDependencies' || !used.has(one.name) ? undefined : (ofLock(one, lock?.names, lock?.path) ?? ofCompiled(one)))
      if (!said) continue
      yield { ...placeOfDeclared(one, repo), when: said.severity === 'advice' ? 'build' : said.when, severity: said.severity, message: said.message, remedy: { kind: 'manual', reason: said.todo } }
    }
  },
} satisfies Rule

type Said = { readonly severity: Severity; readonly when: 'build' | 'import'; readonly message: string; readonly todo: string }

function ofDead(one: Declared): Said | undefined {
  const instead = dead[one.name]
  if (instead === undefined) return undefined
  return { severity: 'blocks', when: 'build', message: `${one.name} is compiled at the install and does not build on any version of Node that is still offered, so the install fails. ${instead}.`, todo: `${instead}.` }
}
/** npm writes into a lock the packages of the machine that made it, and some versions of it left out the others. */
function ofLock(one: Declared, names: ReadonlySet<string> | undefined, path: string | undefined): Said | undefined {
  const platform = byPlatform[one.name]
  if (!platform || !names || path === undefined) return undefined
  const theirs = [...names].filter((name) => platform.others.test(name))
  if (theirs.length === 0 || names.has(platform.linux)) return undefined
  return {
    severity: 'blocks',
    when: 'import',
    message: `${path} lists ${theirs[0] ?? ''} and not ${platform.linux}: it was made on another system, and an install by it lacks the part of ${one.name} that the host's Linux needs (Could not load the "${one.name}" module). Make the lock anew with it.`,
    todo: `Run \`npm install --os=linux --cpu=x64 ${one.name}\`, or delete node_modules and ${path} and install again, and commit the lock.`,
  }
}
function ofCompiled(one: Declared): Said | undefined {
  const facts = compiled[one.name]
  if (facts === undefined) return undefined
  return { severity: 'advice', when: 'build', message: `${one.name} is compiled code: it works on the host because a build for Linux comes with it, and not from a node_modules that was copied from another system. ${facts}.`, todo: `Nothing has to be done. ${facts}.` }
}
