/** Settings of a Django project that give the app's own address, or that of its pages, as one on this machine. */
import type { Problem, PythonProgram, Remedy } from '../../../src/types.js'
import { insertAt } from '../../../src/lang/python/edit.js'
import { settingEffects, settingsModules } from '../../../src/lang/python/django/settings.js'
import { alternatives } from '../../../src/lang/python/settings/alternatives.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { needsVariable } from '../../../src/lang/python/settings/when-unset.js'
import { field, literalText, type PyNode, type PyScope } from '../../../src/lang/python/program.js'

const address = /^https?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?(\/|$)/
const name = /(_|^)(URL|URI|DOMAIN|ORIGIN|HOST_NAME|SITE|ADDRESS)$/
/** Addresses of other programs have a finding of their own. */
const others = /REDIS|CELERY|BROKER|DATABASE|ELASTIC|RABBIT|CACHE|OLLAMA|SELENIUM|STATIC_URL|MEDIA_URL/

export function* djangoAddresses(program: PythonProgram): Generator<Problem> {
  if (settingsModules(program).length === 0) return
  const keys = new Set([...program.sites('assignment')].flatMap(({ node, module, fn, scope }) => {
    const left = field(node, 'left')
    const key = left?.kind === 'identifier' && fn === undefined && scope.kind === 'module' ? program.text(left, module) : ''
    return name.test(key) && !others.test(key) && /^[A-Z]/.test(key) ? [key] : []
  }))
  for (const key of keys) {
    if (settingEffects(program, key).length === 0) continue
    for (const given of givenSettings(program, key))
      for (const { node, scope, behind } of alternatives(program, given.node, given.scope)) {
        const text = node.kind === 'string' ? (literalText(node, scope.module.text) ?? '') : ''
        const site = address.test(text) && !needsVariable(program, node, scope) ? program.siteOf(node, scope) : undefined
        const place = site && spotted(program, site, node, `${key} is a local address`, given.maybe || behind !== undefined ? 'degrades' : 'breaks')
        if (!place) continue
        yield {
          ...place,
          message: `${key} is '${text}'${behind === undefined ? '' : ` unless ${behind} is set`}: links, mails and answers that are made from it lead visitors to their own machine. Take the address from a variable, with this one as the default of a local start.`,
          remedy: remedyOf(key, behind, node, scope),
        }
      }
  }
}
function remedyOf(key: string, behind: string | undefined, node: PyNode, scope: PyScope): Remedy {
  const need = (variable: string): NonNullable<Extract<Remedy, { kind: 'fix' }>['needs']>[number] => ({ kind: 'env', name: variable, secret: false, why: `the address that ${key} stands for` })
  if (behind !== undefined) return { kind: 'fix', safety: 'review', title: `Have ${behind} set on the host`, changes: [], needs: [need(behind)] }
  if (scope.module.brokenAt !== undefined) return { kind: 'manual', reason: `${scope.module.path} does not parse, so it is not edited.` }
  const os = importedAt(scope.module, scope, node, 'os')
  return { kind: 'fix', safety: 'review', title: `Take ${key} from a variable of that name`, changes: [...os.changes, insertAt(scope.module, node.start, `${os.name}.environ.get("${key}", `), insertAt(scope.module, node.end, ')')], needs: [need(key)] }
}
