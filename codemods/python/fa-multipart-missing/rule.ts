import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { installedBy } from '../../../src/lang/python/manifest/installed.js'
import { walk, type PyImport, type PySite } from '../../../src/lang/python/program.js'
import { atMost } from '../../../src/lang/python/severity.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import type { Problem, PythonProgram, Rule, RuleContext, Severity } from '../../../src/types.js'

/** Names whose use makes a library ask for a package that it does not bring. */
const asking: readonly { readonly module: RegExp; readonly names: RegExp; readonly dist: string; readonly what: string }[] = [
  { module: /^fastapi(\.(param_functions|params|datastructures))?$/, names: /^(Form|File|UploadFile)$/, dist: 'python-multipart', what: 'FastAPI reads forms and uploads' },
  { module: /^fastapi\.security(\.oauth2)?$/, names: /^OAuth2PasswordRequestForm(Strict)?$/, dist: 'python-multipart', what: 'FastAPI reads the log-in form' },
  { module: /^pydantic(\.networks)?$/, names: /^(EmailStr|NameEmail)$/, dist: 'email-validator', what: 'pydantic checks addresses' },
]

export const faMultipartMissing = {
  id: 'fa-multipart-missing',
  title: 'Package for forms or addresses not declared',
  hazard: 'dependency-manifest',
  language: 'python',
  assumes: 'install-anything',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const manifests = readManifests(repo, app)
    if (!manifests.effective || manifests.effective.broken !== undefined || manifests.effective.odd.some(({ kind }) => kind === 'unreadable')) return
    const { declared, companions, manifest, strangers } = installedBy(manifests)
    const seen = new Set<string>()
    for (const { site, dist, name, what, atRequest } of uses(program)) {
      if (seen.has(dist) || declared.has(dist) || companions.has(dist) || manifests.effective.locked.has(dist)) continue
      const base: Severity = atRequest ? 'breaks' : 'blocks'
      const place = spotted(program, site, site.node, `${name} needs ${dist}`, base)
      if (!place) continue
      seen.add(dist)
      yield {
        ...place,
        severity: strangers.length > 0 ? atMost(place.severity, 'breaks') : place.severity,
        message: `${name} is used here, and ${what} with ${dist}, which it does not bring and ${manifest ?? 'the manifest'} does not declare: on a fresh install ${atRequest ? 'requests that reach this fail' : 'the import of this file fails, and the app does not start'}${strangers.length > 0 ? ', unless another package needs it' : ''}. Declare ${dist}.`,
        remedy: { kind: 'fix', safety: 'safe', title: `Declare ${dist}`, changes: [], needs: [{ kind: 'dependency', name: dist, why: `${name} in ${site.module.path}` }] },
      }
    }
  },
} satisfies Rule

type Use = { readonly site: PySite; readonly dist: string; readonly name: string; readonly what: string; readonly atRequest: boolean }
function* uses(program: PythonProgram): Generator<Use> {
  for (const found of program.imports())
    for (const { module, names, dist, what } of asking) {
      const name = module.test(found.target) ? found.names.find((one) => names.test(one)) : undefined
      if (name !== undefined && !found.optional && isUsed(found, name)) yield { site: found, dist, name, what, atRequest: false }
    }
  for (const call of program.callsMatching(/^(fastapi|starlette)(\.requests)?\.Request\(\)\.form$/)) yield { site: call, dist: 'python-multipart', name: 'request.form()', what: 'Starlette reads it', atRequest: true }
}
/** Named in the file outside imports. */
function isUsed({ module }: PyImport, name: string): boolean {
  const locals = [...module.scope.bindings].filter(([, bindings]) => bindings.some((binding) => binding.kind === 'import' && binding.member === name)).map(([local]) => local)
  for (const node of walk(module.root, (child) => !child.kind.startsWith('import_'))) if (node.kind === 'identifier' && locals.includes(module.text.slice(node.start, node.end)) && !node.parent?.kind.startsWith('import_') && node.parent?.parent?.kind !== 'import_from_statement') return true
  return false
}
