/** What a fresh install of the app brings, as far as the repo says. */
import { hasKnownCompanions, withCompanions } from './distributions.js'
import { hiddenBeside, type Manifests } from './manifest.js'

export type Installed = {
  readonly declared: ReadonlySet<string>
  /** What comes along with what is declared. */
  readonly companions: ReadonlySet<string>
  /** The file that declares it. */
  readonly manifest: string | undefined
  /** Declared packages of which it is not known what they bring. */
  readonly strangers: readonly string[]
}

/** Declared packages, their extras and everything that always comes with them. */
export function installedBy({ effective, all }: Manifests): Installed {
  // Poetry's own table and a list that pyproject.toml hides count as declared: that the builder does not read them is dep-nearest-manifest's finding, once.
  const hidden = hiddenBeside({ effective, all })?.requirements ?? []
  const lists = effective ? [...effective.requirements, ...effective.elsewhere, ...hidden] : all.flatMap((manifest) => (manifest.kind === 'setup' ? manifest.elsewhere : []))
  const runtime = lists.filter(({ marker }) => marker === undefined || !/platform_system|sys_platform|python_version|os_name/.test(marker) || !/win32|Windows|darwin|Darwin|'nt'|"nt"/.test(marker))
  const declared = new Set(runtime.map(({ name }) => name))
  // `package[extra]` brings more than the table knows.
  const strangers = runtime.filter(({ name, url, extras }) => url !== undefined || extras.length > 0 || !hasKnownCompanions(name)).map(({ name }) => name)
  const extras = runtime.flatMap(({ name, extras: own }) => own.flatMap((extra) => extraOf[`${name}[${extra}]`] ?? []))
  return { declared, companions: withCompanions([...declared, ...extras]), manifest: effective?.path, strangers }
}
const extraOf: Readonly<Record<string, readonly string[]>> = {
  'flask[async]': ['asgiref'], 'flask[dotenv]': ['python-dotenv'], 'pandas[excel]': ['openpyxl', 'xlsxwriter', 'xlrd'], 'psycopg[binary]': ['psycopg-binary'], 'passlib[bcrypt]': ['bcrypt'], 'python-jose[cryptography]': ['cryptography'],
  'wtforms[email]': ['email-validator'], 'pydantic[email]': ['email-validator'], 'celery[redis]': ['redis'], 'celery[gevent]': ['gevent'], 'celery[eventlet]': ['eventlet'], 'channels[daphne]': ['daphne'], 'django-allauth[socialaccount]': ['oauthlib', 'requests', 'pyjwt'], 'django-allauth[mfa]': ['fido2', 'qrcode'], 'django-storages[s3]': ['boto3'], 'django-storages[boto3]': ['boto3'], 'django-storages[google]': ['google-cloud-storage'], 'django-storages[azure]': ['azure-storage-blob'], 'django[argon2]': ['argon2-cffi'], 'django[bcrypt]': ['bcrypt'], 'djangorestframework-simplejwt[crypto]': ['cryptography'], 'fastapi[standard]': ['uvicorn', 'python-multipart', 'jinja2', 'email-validator', 'httpx'], 'fastapi[standard-no-fastapi-cloud-cli]': ['uvicorn', 'python-multipart', 'jinja2', 'email-validator', 'httpx'], 'fastapi[all]': ['uvicorn', 'python-multipart', 'jinja2', 'email-validator', 'httpx', 'itsdangerous', 'pyyaml', 'orjson', 'ujson', 'pydantic-settings'], 'starlette[full]': ['python-multipart', 'jinja2', 'itsdangerous', 'pyyaml', 'httpx'], 'uvicorn[standard]': ['python-dotenv', 'websockets', 'httptools', 'uvloop', 'pyyaml'],
}
