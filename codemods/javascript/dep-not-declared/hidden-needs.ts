/** Packages that no import names: another package loads them by a setting. */
import { literalText, type JsProgram, type JsSite } from '../../../src/lang/javascript/program.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'

export type Wanted = { readonly name: string; readonly site: JsSite; readonly subject: string }

const dialects: Readonly<Record<string, string>> = { postgres: 'pg', postgresql: 'pg', pg: 'pg', cockroachdb: 'pg', mysql: 'mysql2', mysql2: 'mysql2', mariadb: 'mariadb', sqlite: 'sqlite3', sqlite3: 'sqlite3', 'better-sqlite3': 'better-sqlite3', mssql: 'tedious', mongodb: 'mongodb' }
const engines: Readonly<Record<string, string>> = { ejs: 'ejs', pug: 'pug', jade: 'jade', hbs: 'hbs', eta: 'eta', twig: 'twig', haml: 'hamljs', liquid: 'liquidjs' }

export function* hiddenNeeds(program: JsProgram): Generator<Wanted> {
  // An engine that is registered by a call is imported there.
  const registered = [...program.calls('express().engine')].length > 0
  for (const call of program.calls('express().set')) {
    const [key, value] = call.args
    if (registered || !key || !value || literalText(key, call.module.text) !== 'view engine') continue
    const engine = literalText(value, call.module.text)
    const name = engine === undefined ? undefined : engines[engine]
    if (name !== undefined) yield { name, site: call, subject: `The view engine '${name}' is set, which Express loads by its name` }
  }
  for (const call of program.calls('sequelize.Sequelize', 'sequelize', 'knex', 'knex.knex')) {
    const key = call.names.some((name) => name.startsWith('knex')) ? 'client' : 'dialect'
    for (const arg of call.args)
      for (const value of optionsOf(program, arg).get(key)) {
        for (const { text, exact } of program.fold.text(value)) {
          const wanted = exact ? dialects[text] : undefined
          // Knex takes either driver's own name.
          const name = key === 'client' && text === 'mysql' ? 'mysql' : wanted
          if (name !== undefined) yield { name, site: call, subject: `The database's dialect is '${text}', for which ${key === 'client' ? 'Knex' : 'Sequelize'} loads ${name}` }
        }
      }
  }
}
