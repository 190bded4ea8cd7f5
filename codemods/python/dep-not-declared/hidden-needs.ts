/** Packages that no import names: a library asks for them when a feature is used. */
import type { PythonProgram } from '../../../src/types.js'
import { djangoNeeds } from './django-needs.js'
import type { PyCall, PySite } from '../../../src/lang/python/program.js'
import { ancestor, literalText } from '../../../src/lang/python/program.js'
import { compareVersions } from '../../../src/lang/python/manifest/requirement.js'

/** `dist`: alternatives joined by '|', the recommended one first. */
export type HiddenNeed = { readonly dist: string; readonly subject: string; readonly site: PySite }

/** `pinned`: the version of a package that the manifest fixes. */
export function* hiddenNeeds(program: PythonProgram, pinned: (name: string) => string | undefined): Generator<HiddenNeed> {
  yield* asyncViews(program)
  yield* spreadsheets(program)
  yield* databaseDrivers(program)
  yield* djangoNeeds(program)
  // WTForms checked addresses itself up to 2.2.
  const wtforms = pinned('wtforms')
  if (wtforms === undefined || compareVersions(wtforms, '2.3') >= 0) for (const site of program.calls('wtforms.validators.Email')) yield { dist: 'email-validator', subject: 'The Email validator of WTForms needs email-validator, which it does not bring', site }
  for (const site of program.calls('bs4.BeautifulSoup')) {
    const parser = literal(site.args[1] ?? site.kwargs.get('features'), site)
    if (parser === 'lxml' || parser === 'lxml-xml' || parser === 'xml') yield { dist: 'lxml', subject: `BeautifulSoup is told to parse with ${parser}, which needs lxml`, site }
    if (parser === 'html5lib') yield { dist: 'html5lib', subject: 'BeautifulSoup is told to parse with html5lib', site }
  }
}

function* asyncViews(program: PythonProgram): Generator<HiddenNeed> {
  if (program.app.framework !== 'flask') return
  for (const { fn } of program.pyRoutes) {
    if (!fn?.isAsync) continue
    const site = program.siteOf(fn.node, fn.scope.parent ?? fn.scope)
    const reached = [...program.functions()].find((one) => one.fn === fn)
    if (site && reached) yield { dist: 'asgiref', subject: "Flask runs an 'async def' view through asgiref, which it does not bring (the extra flask[async])", site: { ...site, runs: reached.runs } }
  }
}

function* spreadsheets(program: PythonProgram): Generator<HiddenNeed> {
  for (const site of program.calls('pandas.read_excel')) {
    const engine = literal(site.kwargs.get('engine'), site)
    // One engine after the other, until one works.
    if (ancestor(site.node, 'except_clause') || (engine !== undefined && site.handled)) continue
    if (engine !== undefined) {
      yield { dist: engine === 'calamine' ? 'python-calamine' : engine, subject: `pandas.read_excel is told to use ${engine}`, site }
      continue
    }
    const [path] = site.args
    const old = path !== undefined && program.fold.text(path, site.scope).every(({ text }) => /\.xls$/i.test(text))
    yield old ? { dist: 'xlrd', subject: 'pandas reads an .xls file with xlrd', site } : { dist: 'openpyxl|xlrd|python-calamine', subject: 'pandas.read_excel needs openpyxl', site }
  }
  for (const site of program.callsMatching(/^pandas\.(ExcelWriter|.*\.to_excel)$/)) {
    const engine = literal(site.kwargs.get('engine'), site)
    yield { dist: engine ?? 'openpyxl|xlsxwriter', subject: 'pandas writes .xlsx files with openpyxl', site }
  }
}

const drivers: Readonly<Record<string, string>> = {
  postgresql: 'psycopg2-binary|psycopg2', postgres: 'psycopg2-binary|psycopg2', 'postgresql+psycopg2': 'psycopg2-binary|psycopg2', 'postgresql+psycopg': 'psycopg', 'postgresql+asyncpg': 'asyncpg', 'postgresql+pg8000': 'pg8000',
  mysql: 'mysqlclient|pymysql', 'mysql+mysqldb': 'mysqlclient', 'mysql+pymysql': 'pymysql', 'mysql+mysqlconnector': 'mysql-connector-python', 'mssql+pyodbc': 'pyodbc', 'mssql+pymssql': 'pymssql', 'oracle+oracledb': 'oracledb', oracle: 'cx-oracle|oracledb',
}

function* databaseDrivers(program: PythonProgram): Generator<HiddenNeed> {
  for (const site of program.calls('sqlalchemy.create_engine', 'sqlalchemy.engine.create_engine')) {
    const [url] = site.args
    if (url) for (const { text } of program.fold.text(url, site.scope)) yield* driverOf(text, site)
  }
  for (const { node, scope } of program.settings('SQLALCHEMY_DATABASE_URI')) {
    const site = program.siteOf(node, scope)
    if (site) for (const { text } of program.fold.text(node, scope)) yield* driverOf(text, site)
  }
}
function* driverOf(text: string, site: PySite): Generator<HiddenNeed> {
  const scheme = /^([a-z0-9+]+):\/\//.exec(text)?.[1]
  const dist = scheme === undefined ? undefined : drivers[scheme]
  if (dist !== undefined) yield { dist, subject: `SQLAlchemy opens ${scheme ?? ''}:// URLs with ${dist.split('|')[0] ?? dist}`, site }
}

function literal(node: PyCall['node'] | undefined, site: PySite): string | undefined {
  return node && (node.kind === 'string' || node.kind === 'concatenated_string') ? literalText(node, site.module.text) : undefined
}
