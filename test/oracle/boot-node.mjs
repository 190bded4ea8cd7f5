// Boots a built Node function with the platform's own code: the part of @vercel/node's dev server that its launcher shares with the
// deployed one, cut out of the CLI (TO_SERVERLESS_LAUNCHER). It imports the handler, catches `listen`, and takes what it finds.
// With TO_SERVERLESS_NO_MOUNT=1 (no mount namespaces here) Node's permission model keeps the file system read-only.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { connect } from 'node:net'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const take = (name) => {
  const value = process.env[name]
  delete process.env[name]
  return value
}
const source = readFileSync(take('TO_SERVERLESS_LAUNCHER'), 'utf8')
const ipc = connect(take('VERCEL_IPC_PATH'))
const { handler, shouldAddHelpers } = JSON.parse(readFileSync('.vc-config.json', 'utf8'))
const say = (type, payload) => new Promise((resolve) => ipc.write(`${JSON.stringify({ type, payload })}\0`, resolve))

const START = 'async function compileUserCode2('
const END = 'async function createServerlessEventHandler('
const [from, to] = [source.indexOf(START), source.indexOf(END)]
if (from < 0 || to < from) throw new Error('the launcher is no longer where it was in the CLI')
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH']
const refuse = (what) => () => {
  throw new Error(`the function asks for ${what}, which an Express app does not`)
}
const names = ['http', 'isAbsolute', 'pathToFileURL', 'HTTP_METHODS', 'addHelpers', 'init_helpers_web', 'helpers_web_exports']
// A bare `import()` inside Function has no module to resolve from; the launcher only ever imports an absolute address.
const code = source.slice(from, to).replace('await import(id)', 'await load(id)')
const compile = new Function(...names, 'load', `${code}\nreturn compileUserCode2`)(http, isAbsolute, pathToFileURL, METHODS, refuse('the helpers of api/ functions'), refuse('web handlers'), {}, (id) => import(id))

try {
  const userCode = await compile(join(process.cwd(), handler), undefined, { shouldAddHelpers, isMiddleware: false })
  const server = typeof userCode === 'function' ? http.createServer(userCode) : userCode
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  await say('server-started', { httpPort: server.address().port })
} catch (error) {
  console.error(error)
  await say('unrecoverable-error', { message: Buffer.from(String(error?.stack ?? error)).toString('base64') })
  process.exit(1)
}
