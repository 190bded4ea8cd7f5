/** Plain HTTP to a server on the loopback, with a cookie jar; redirects are answers, not followed. */
import { request } from 'node:http'
import { connect } from 'node:net'

export type Ask = {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** Shows the token of the jar's CSRF cookie, as a page of Django's does when it posts. */
  readonly csrf?: boolean
  readonly upload?: { readonly field: string; readonly filename: string; readonly content: string; readonly fields?: Readonly<Record<string, string>> }
}
export type Answer = {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Without parameters. */
  readonly type: string
  readonly location: string | undefined
  readonly body: string
}
/** Cookies by name; kept by the caller so that a login lasts for the requests after it. */
export type Jar = Map<string, string>

const BOUNDARY = '----to-serverless-test'

function encode(ask: Ask): { readonly body: string | undefined; readonly type: string | undefined } {
  if (ask.form !== undefined) return { body: new URLSearchParams(ask.form).toString(), type: 'application/x-www-form-urlencoded' }
  if (ask.json !== undefined) return { body: JSON.stringify(ask.json), type: 'application/json' }
  if (ask.upload === undefined) return { body: undefined, type: undefined }
  const fields = Object.entries(ask.upload.fields ?? {}).map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${ask.upload.field}"; filename="${ask.upload.filename}"\r\nContent-Type: application/octet-stream\r\n\r\n${ask.upload.content}\r\n`
  return { body: `${fields.join('')}${file}--${BOUNDARY}--\r\n`, type: `multipart/form-data; boundary=${BOUNDARY}` }
}

/** One request; rejects when nothing answers within half a minute. */
export function send(port: number, ask: Ask, jar: Jar, extra: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const method = ask.method ?? 'GET'
  const { body, type } = encode(ask)
  const headers: Record<string, string> = { host: 'app.example', ...extra, ...ask.headers }
  if (type !== undefined) headers['content-type'] = type
  if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body))
  if (ask.csrf === true) {
    headers['x-csrftoken'] = jar.get('csrftoken') ?? ''
    headers['referer'] = `https://${headers['host'] ?? ''}/`
  }
  if (jar.size > 0) headers['cookie'] = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path: ask.path, headers, agent: false, timeout: 30_000 }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        for (const cookie of incoming.headers['set-cookie'] ?? []) {
          const [pair = ''] = cookie.split(';')
          const [name = '', ...value] = pair.split('=')
          jar.set(name.trim(), value.join('='))
        }
        resolve({
          method,
          path: ask.path,
          status: incoming.statusCode ?? 0,
          type: (incoming.headers['content-type'] ?? '').split(';')[0] ?? '',
          location: incoming.headers.location,
          body: Buffer.concat(chunks).toString('utf8'),
        })
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${ask.path}: no answer within 30 s`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Is anyone listening there? */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
