/** What the platform's edge answers by itself, before any function: the files of the build's static output. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import type { Answer, Ask } from './http.js'

const TYPES: Readonly<Record<string, string>> = { '.css': 'text/css', '.js': 'text/javascript', '.html': 'text/html', '.txt': 'text/plain', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon' }

/** The answer from a file of the output below `dir`, or undefined where the function is asked. */
export function edgeAnswer(dir: string, ask: Ask): Answer | undefined {
  const method = ask.method ?? 'GET'
  const [path = '/'] = ask.path.split('?')
  if (method !== 'GET' || normalize(path) !== path) return undefined
  const output = join(dir, '.vercel', 'output')
  const services = join(output, 'services')
  const roots = [output, ...(existsSync(services) ? readdirSync(services).sort().map((name) => join(services, name)) : [])]
  const file = roots.map((root) => join(root, 'static', path.endsWith('/') ? `${path}index.html` : path)).find((candidate) => existsSync(candidate) && statSync(candidate).isFile())
  if (file === undefined) return undefined
  return { method, path: ask.path, status: 200, type: TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream', location: undefined, body: readFileSync(file, 'utf8') }
}

/** What is wrong with the static files of a build; an expected name that ends with `/**` stands for a folder that a package brings. */
export function staticProblems(expected: readonly string[], built: readonly string[]): readonly string[] {
  const folders = expected.filter((name) => name.endsWith('/**')).map((name) => name.slice(0, -'**'.length))
  const missing = expected.filter((name) => !name.endsWith('/**') && !built.includes(name))
  const empty = folders.filter((folder) => !built.some((name) => name.startsWith(folder)))
  const other = built.filter((name) => !expected.includes(name) && !folders.some((folder) => name.startsWith(folder)))
  return [
    ...[...missing, ...empty].map((name) => `static file ${name} is missing`),
    ...other.map((name) => `static file ${name} is not expected`),
  ]
}
