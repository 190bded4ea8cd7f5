/** The edit that makes a bucket the default storage of a Django project on the host. */
import type { Change, Need, PythonProgram, RuleContext } from '../../../src/types.js'
import { guardedLines, isInClass, takesLines } from '../../../src/lang/python/django/edit-setting.js'
import { servedEffects } from '../../../src/lang/python/django/served.js'
import { entriesOf } from '../../../src/lang/python/django/settings.js'
import { ensureImport } from '../../../src/lang/python/edit.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { mayInstall, mustInstall } from '../../../src/lang/python/manifest/versions.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { statementOf, type PyNode, type PyScope } from '../../../src/lang/python/program.js'

export type ObjectStorage = { readonly changes: readonly Change[]; readonly needs: readonly Need[]; /** django-storages is there already. */ readonly declared: boolean }

/** At the statement of MEDIA_ROOT; undefined where the settings do not allow it. */
export function objectStorage(program: PythonProgram, { repo, app, target }: RuleContext, node: PyNode, scope: PyScope): ObjectStorage | undefined {
  const { module } = scope
  if (module.brokenAt !== undefined || isInClass({ node, scope }) || !takesLines({ node, scope })) return undefined
  const manifests = readManifests(repo, app)
  const names = new Set([...(manifests.effective?.requirements ?? []), ...(manifests.effective?.elsewhere ?? [])].map(({ name }) => name))
  const backend = mayInstall(manifests, 'django-storages', '1.14') ? 'storages.backends.s3.S3Storage' : 'storages.backends.s3boto3.S3Boto3Storage'
  const os = ensureImport(module, 'os')
  const bucket = `AWS_STORAGE_BUCKET_NAME = ${os.name}.environ["AWS_STORAGE_BUCKET_NAME"]`
  const endpoint = `AWS_S3_ENDPOINT_URL = ${os.name}.environ.get("AWS_S3_ENDPOINT_URL")`
  const [dictionary, ...more] = servedEffects(program, 'STORAGES')
  const hasOld = servedEffects(program, 'STATICFILES_STORAGE').length > 0
  const statement = statementOf(node)
  let changes: readonly Change[] | undefined
  if (dictionary) {
    const entry = dictionary.op === 'set' && more.length === 0 ? entriesOf(program, dictionary.node, dictionary.scope).find(({ key }) => key === 'default') : undefined
    const said = entry && entriesOf(program, entry.node, entry.scope).find(({ key }) => key === 'BACKEND')
    if (said?.node.kind === 'string' && said.scope.module.brokenAt === undefined) changes = [...os.changes, ...onHost(target, said.node, said.scope, `"${backend}"`), ...guardedLines(target, statement, scope, [bucket, endpoint])]
  } else if (hasOld ? !mayInstall(manifests, 'django', '5.1') : !mayInstall(manifests, 'django', '4.2')) {
    // Beside STATICFILES_STORAGE, Django refuses STORAGES.
    changes = [...os.changes, ...guardedLines(target, statement, scope, [`DEFAULT_FILE_STORAGE = "${backend}"`, bucket, endpoint])]
  } else if (!hasOld && mustOrOpen(manifests)) {
    changes = [...os.changes, ...guardedLines(target, statement, scope, ['STORAGES = {', `    "default": {"BACKEND": "${backend}"},`, '    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},', '}', bucket, endpoint])]
  }
  const need = (name: string, secret: boolean): Need => ({ kind: 'env', name, secret, why: 'the bucket for uploads' })
  const packages = ['django-storages', 'boto3'].filter((name) => !names.has(name)).map((name): Need => ({ kind: 'dependency', name, why: 'keeps uploads in a bucket' }))
  return changes && { changes, declared: names.has('django-storages'), needs: [...packages, need('AWS_STORAGE_BUCKET_NAME', false), need('AWS_ACCESS_KEY_ID', true), need('AWS_SECRET_ACCESS_KEY', true)] }
}
/** STORAGES came with Django 4.2; without a version said, the newest is installed. */
function mustOrOpen(manifests: ReturnType<typeof readManifests>): boolean {
  const said = [...(manifests.effective?.requirements ?? []), ...(manifests.effective?.elsewhere ?? [])].find(({ name }) => name === 'django')
  return said === undefined || said.specifier === '' || mustInstall(manifests, 'django', '4.2')
}
