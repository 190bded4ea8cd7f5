import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { alternatives } from '../../../src/lang/python/settings/alternatives.js'
import { settingAt } from '../../../src/lang/python/django/settings.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, literalText, walk, type PyNode, type PySite } from '../../../src/lang/python/program.js'

const onFile = /^(sqla\+|db\+)?sqlite:|^filesystem:/

export const stateQueueInSqlite = {
  id: 'state-queue-in-sqlite',
  title: 'Task queue kept in an SQLite file',
  hazard: 'queue-worker',
  language: 'python',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const { call, what, node, opens } of [...queues(program), ...inSettings(program)]) {
      const place = spotted(program, call, node, `${what} in a file`, opens === true ? 'blocks' : 'breaks')
      if (!place) continue
      yield {
        ...place,
        message: `${what} are kept in a file beside the code. On the host that folder is read-only and each instance has its own disk, so ${opens === true ? 'the app does not start (it creates the file at once)' : 'tasks can\'t be put in'}, and no worker would find them. Use a queue that both reach over the network: Redis, or the database.`,
        remedy: { kind: 'manual', reason: 'The queue needs a service, and a worker that runs somewhere: both are yours to choose.' },
      }
    }
  },
} satisfies Rule

type Found = { readonly call: PySite; readonly what: string; readonly node: PyNode; /** The file is made when the object is (huey/storage.py 3.5, seen run). */ readonly opens?: boolean }
function* queues(program: PythonProgram): Generator<Found> {
  for (const call of program.calls('huey.SqliteHuey', 'huey.FileHuey')) yield { call, what: 'Huey\'s tasks', node: call.node, opens: true }
  for (const call of program.callsMatching(/^apscheduler\.jobstores\.sqlalchemy\.SQLAlchemyJobStore$/)) {
    const url = call.kwargs.get('url') ?? call.args[0]
    if (url && isFile(program, url, call)) yield { call, what: 'APScheduler\'s jobs', node: call.node }
  }
  for (const call of program.calls('celery.Celery')) {
    const broker = call.kwargs.get('broker')
    if (broker && isFile(program, broker, call)) yield { call, what: 'Celery\'s tasks', node: broker }
  }
}
/** Django settings: HUEY as a dictionary, and Celery's broker. */
function* inSettings(program: PythonProgram): Generator<Found> {
  const named = [...settingAt(program, 'HUEY', 'huey_class'), ...settingAt(program, 'HUEY', 'backend_class')]
  for (const { node, scope } of named) {
    const site = program.siteOf(node, scope)
    const isSqlite = program.values(node, scope).some((value) => value.kind === 'literal' && /(SqliteHuey|FileHuey|SqliteStorage)$/.test(String(value.value)))
    if (site && isSqlite) yield { call: site, what: 'Huey\'s tasks', node, opens: true }
  }
  for (const key of ['CELERY_BROKER_URL', 'BROKER_URL', 'broker_url'])
    for (const { node, scope } of program.settings(key)) {
      const site = program.siteOf(node, scope)
      if (site && isFile(program, node, site)) yield { call: site, what: 'Celery\'s tasks', node }
    }
}
/** Every value it may have on the host, as far as they are known, is a file. */
function isFile(program: PythonProgram, node: PyNode, { scope }: PySite): boolean {
  return [...alternatives(program, node, scope)].some((at) => [at.node, ...walk(at.node)].some((part) => part.kind === 'string' && onFile.test(literalText(part, at.scope.module.text) ?? startOf(part, at.scope.module.text))))
}
function startOf(node: PyNode, text: string): string {
  const first = node.children.find((child) => child.kind === 'string_content')
  return first && !field(node, 'expression') ? text.slice(first.start, first.end) : ''
}
