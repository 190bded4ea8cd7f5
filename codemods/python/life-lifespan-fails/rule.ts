import { writtenName } from '../../../src/lang/python/lifecycle/endings.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { connectionForTables } from '../../../src/lang/python/storage/table-making.js'
import type { PyNode } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Rule } from '../../../src/types.js'

/** Asynchronous clients that connect or ask at this call. Plain ones, which an import may call too, are the matter of import-db-connect and import-network-call. */
const connects =
  /^(databases\.(core\.)?Database\(\)\.connect|asyncpg\.(connect|create_pool)|aiomysql\.(connect|create_pool)|aiopg\.create_pool|psycopg\.AsyncConnection\.connect|psycopg_pool\.AsyncConnectionPool\(\)\.(open|wait)|sqlalchemy\.ext\.asyncio\.create_async_engine\(\)\.(begin|connect)|(motor\.motor_asyncio\.AsyncIOMotorClient|pymongo\.AsyncMongoClient)\(\)[\w.[\]()]*\.(command|server_info|list_database_names|create_index|create_indexes)|beanie\.init_beanie|tortoise\.Tortoise\.(init|generate_schemas)|prisma\.(Prisma|Client)\(\)\.connect|redis\.asyncio\.(Redis|from_url|StrictRedis|Redis\.from_url)\(\)\.(ping|get|set)|aioredis\.(from_url\(\)\.ping|create_redis_pool)|aio_pika\.(connect|connect_robust)|aiokafka\.AIOKafka(Producer|Consumer)\(\)\.start|nats\.connect|aiohttp\.ClientSession\(\)\.(get|post)|httpx\.AsyncClient\(\)\.(get|post)|elasticsearch\.AsyncElasticsearch\(\)\.(ping|info)|arq\.create_pool|gino\.Gino\(\)\.set_bind|neo4j\.AsyncGraphDatabase\.driver\(\)\.verify_connectivity)$/

export const lifeLifespanFails = {
  id: 'life-lifespan-fails',
  title: 'Start of the app that hangs on another service',
  hazard: 'deprecated-lifecycle',
  language: 'python',
  assumes: 'import-unbounded',
  severity: 'blocks',
  *check(program: PythonProgram): Generator<Problem> {
    const told = new Set<PyNode>()
    for (const call of program.callsMatching(connects)) {
      const run = program.first(call)
      const unit = call.fn?.node ?? call.module.root
      if (run.when !== 'startup' || run.background || run.weak || call.handled || told.has(unit)) continue
      // Opened to make the tables and for nothing else: one matter, and db-migrate-on-start's.
      if (connectionForTables(program, call)) continue
      const place = spotted(program, call, call.node, `${writtenName(program, call)} while the app starts`, 'blocks')
      if (!place) continue
      told.add(unit)
      yield {
        ...place,
        message: `${writtenName(program, call)} asks another service while the app starts. When that does not answer, the log ends with "Application startup failed. Exiting.", and every request of the instance gets an error; when it does, each new instance waits for it first. Connect when a request first needs it, and keep the connection.`,
        remedy: { kind: 'manual', reason: 'Connect on first use, or catch the one error that the client raises, remember that it is not ready, and let the routes that need it answer 503. Which of the two is right depends on what the app can do without it.' },
      }
    }
  },
} satisfies Rule
