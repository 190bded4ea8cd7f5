import { type JsCall, type JsProgram } from '../../../src/lang/javascript/program.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { Problem, Rule } from '../../../src/types.js'

type Feature = { readonly origin: RegExp; readonly what: string; readonly why: string; readonly instead: string }
const features: readonly Feature[] = [
  { origin: /^(https\.(createServer|Server)|http2\.createSecureServer|spdy\.createServer)$/, what: 'starts a server with a certificate of its own', why: 'the host ends TLS itself and reaches the app by plain HTTP, and the key file is usually not in the deploy', instead: 'Export the plain app, and keep this for a local start.' },
  { origin: /^(cluster\.fork|throng|cluster\.default\.fork)$/, what: 'starts workers of its own', why: 'the host runs as many instances as it needs, and a forked process there never gets a request', instead: 'Export the app without the cluster around it.' },
  { origin: /^(net\.(createServer|Server)|dgram\.createSocket|@grpc\/grpc-js\.Server)$/, what: 'starts a server of another protocol', why: 'only HTTP requests reach a function, so nobody ever gets through to it', instead: 'Run that server on a host with open ports, beside the app.' },
]

export const expressHttpServerFeatures = {
  id: 'express-http-server-features',
  title: 'Server features that only an own process has',
  hazard: 'server-start',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'blocks',
  *check(program: JsProgram): Generator<Problem> {
    for (const feature of features) {
      for (const call of program.callsMatching(feature.origin)) {
        const place = spotted(program, call, call.node, feature.what, 'breaks')
        if (!place || call.runs[0]?.weak) continue
        yield {
          ...place,
          message: `${nameOf(program, call)}() ${feature.what}: ${feature.why}. ${feature.instead}`,
          remedy: { kind: 'manual', reason: feature.instead },
        }
      }
    }
  },
} satisfies Rule

const nameOf = (program: JsProgram, call: JsCall): string => program.text(call.node).replace(/^new\s+/, '').split(/[\r\n(]/)[0] ?? 'This'
