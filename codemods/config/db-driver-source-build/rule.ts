import type { Problem, PythonProgram, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { distributionOf } from '../../../src/lang/python/manifest/distributions.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { compareVersions, pinnedVersion, type Requirement } from '../../../src/lang/python/manifest/requirement.js'
import { firstWheel } from '../../../src/lang/python/manifest/wheels.js'

type Driver = {
  readonly why: string
  readonly instead: string
  readonly severity?: Severity
  /** The install succeeds; it fails when the app uses it. */
  readonly whenUsed?: true
  /** The install succeeds; importing it fails. */
  readonly whenImported?: true
  /** The new name (with extras) that keeps everything else. */
  readonly rename?: string
}
const compiles = 'has no wheel for Linux, so the host compiles it and lacks the headers that it needs'

/** Packages without a usable Linux wheel (PyPI, read 2026-11-24 with uv), or whose wheel needs a system library at run time. */
const drivers: Readonly<Record<string, Driver>> = {
  psycopg2: { why: `${compiles} (pg_config)`, instead: 'psycopg2-binary is the same code with libpq inside', rename: 'psycopg2-binary' },
  mysqlclient: { why: `${compiles} (libmysqlclient)`, instead: 'use PyMySQL: a mysql+pymysql:// URL, or pymysql.install_as_MySQLdb() before the first import of MySQLdb' },
  'cx-oracle': { why: 'needs the Oracle client libraries', instead: 'use oracledb in its thin mode, which needs none' },
  'python-ldap': { why: `${compiles} (libldap)`, instead: 'use ldap3, which is pure Python' },
  pycairo: { why: `${compiles} (cairo)`, instead: 'draw with Pillow or reportlab' },
  gdal: { why: `${compiles} (libgdal)`, instead: 'use rasterio or pyogrio, whose wheels hold GDAL' },
  pyaudio: { why: `${compiles} (portaudio), and a server has no sound card`, instead: 'remove it' },
  dlib: { why: 'is compiled with CMake for many minutes', instead: 'use a hosted face API, or deploy with a Dockerfile' },
  'face-recognition': { why: 'needs dlib, which is compiled with CMake for many minutes', instead: 'use a hosted face API, or deploy with a Dockerfile' },
  pyodbc: { why: 'needs an ODBC driver of the operating system', instead: 'use pymssql for SQL Server, or deploy with a Dockerfile', severity: 'breaks', whenUsed: true },
}

export const dbDriverSourceBuild = {
  id: 'db-driver-source-build',
  title: 'Driver that must be compiled on the host',
  hazard: 'dependency-manifest',
  language: 'config',
  about: 'python',
  assumes: 'install-anything',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo, target }: RuleContext): Generator<Problem> {
    const { effective } = readManifests(repo, app)
    const imported = new Set([...program.imports()].flatMap(({ target }) => distributionOf(target)?.name ?? []))
    for (const requirement of [...(effective?.requirements ?? []), ...(effective?.elsewhere ?? [])]) {
      const driver = drivers[requirement.name] ?? psycopg3(requirement, effective?.requirements ?? [])
      if (!driver || (requirement.marker !== undefined && /win32|Windows|darwin|Darwin/.test(requirement.marker))) continue
      if (driver.whenUsed && !imported.has(requirement.name)) continue
      const { file, range, line } = requirement
      const fate = driver.whenUsed ? 'requests that use it fail' : driver.whenImported ? 'importing it fails' : 'the deploy fails while it installs'
      yield {
        path: file,
        range,
        when: 'build',
        trace: [{ file, line, note: `${requirement.name} is declared` }],
        message: `${requirement.name} ${driver.why}, so ${fate}: ${driver.instead}.`,
        ...(driver.severity ? { severity: driver.severity } : {}),
        remedy: remedyFor(requirement, driver, repo.text(file) ?? '', target.python.default, effective?.requirements ?? []),
      }
    }
  },
} satisfies Rule

/** psycopg 3 is pure Python around a libpq of the system, unless the extra brings one. */
function psycopg3({ name, extras }: Requirement, others: readonly Requirement[]): Driver | undefined {
  if (name !== 'psycopg' || extras.includes('binary')) return undefined
  const kept = ['binary', ...extras.filter((extra) => extra !== 'c')].join(',')
  const brings = { instead: 'the extra [binary] brings its own', rename: `psycopg[${kept}]` }
  if (extras.includes('c')) return { ...brings, why: '[c] is compiled on the host, which lacks pg_config' }
  // `pip freeze` writes the extra's package beside it, without the extra.
  if (others.some((other) => other.name === 'psycopg-binary' && other.marker === undefined)) return undefined
  return { ...brings, why: 'looks for a libpq of the system, which the host lacks', whenImported: true }
}

function remedyFor(requirement: Requirement, { rename, instead }: Driver, text: string, python: string, others: readonly Requirement[]): Remedy {
  const twin = others.find(({ name, file, marker }) => name === rename && file === requirement.file && marker === undefined)
  if (twin && rename !== undefined) {
    const start = text.lastIndexOf('\n', requirement.range.start - 1) + 1
    const next = text.indexOf('\n', requirement.range.end)
    const end = next < 0 ? text.length : next + 1
    if (text.slice(start, end).trim() === requirement.raw.trim()) return { kind: 'fix', safety: 'safe', title: `Leave it to ${rename}, which is declared as well`, changes: [{ kind: 'edit', path: requirement.file, range: { start, end }, text: '' }] }
  }
  // A name in a table (Pipfile, poetry) has its extras elsewhere; only a requirement's own text is rewritten.
  const written = /^[A-Za-z0-9._-]+(\s*\[[^\]]*\])?/.exec(text.slice(requirement.range.start, requirement.range.end))?.[0]
  if (rename === undefined || written === undefined || !requirement.raw.startsWith(written) || requirement.editable || requirement.url !== undefined) return { kind: 'manual', reason: `${instead}.` }
  if (/--hash/.test(text.slice(requirement.range.start, requirement.range.end))) return { kind: 'manual', reason: `${instead}; the hashes beside it must be made anew (pip-compile or uv).` }
  const range = { start: requirement.range.start, end: requirement.range.start + written.length }
  const pin = pinnedVersion(requirement)
  const first = firstWheel(rename, python)
  if (pin !== undefined && first !== undefined && compareVersions(pin, first) < 0) {
    // The same version of the other name has no wheel either: one step instead of two.
    const whole = { start: range.start, end: range.start + requirement.raw.length }
    if (text.slice(whole.start, whole.end) !== requirement.raw) return { kind: 'manual', reason: `${instead}, from ${first} on for Python ${python}.` }
    return { kind: 'fix', safety: 'review', title: `Declare ${rename} ${first}, the first with a wheel for Python ${python}`, changes: [{ kind: 'edit', path: requirement.file, range: whole, text: requirement.raw.replace(written, rename).replace(pin, first) }], left: `Test with ${rename} ${first}; ${pin} was pinned.` }
  }
  const fix = { title: `Declare ${rename} instead of ${written}`, changes: [{ kind: 'edit', path: requirement.file, range, text: rename } as const] }
  return { kind: 'fix', safety: 'safe', ...fix }
}
