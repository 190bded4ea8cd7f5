import { severityFor, surestRun } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

/** Calls that start a browser on the machine, or packages that do so behind them. One that is connected to (`connect`, `connectOverCDP`) needs none here. */
const launches = /^(puppeteer(-core|-extra)?(\.default)?\.launch|(playwright|playwright-core|@playwright\/test)\.(chromium|firefox|webkit)\.(launch|launchPersistentContext|launchServer)|selenium-webdriver\.Builder\(\)(\.\w+\(\))*\.build|html-pdf\.create|html-pdf-node\.generatePdfs?|node-html-to-image|nightmare|phantom\.create|whatsapp-web\.js\.Client|venom-bot\.create|puppeteer-cluster\.Cluster\.launch)$/

export const depHeadlessBrowser = {
  id: 'dep-headless-browser',
  title: 'Browser started by the app',
  hazard: 'system-binary',
  language: 'javascript',
  assumes: 'system-binaries',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    // A browser that comes as a package for functions, whatever the call around it looks like.
    if ([...program.imports()].some(({ target }) => /^(@sparticuz\/chromium(-min)?|chrome-aws-lambda|chromium-bidi-lambda)$/.test(target))) return
    const told = new Set<string>()
    for (const call of program.callsMatching(launches)) {
      const run = surestRun(call)
      if (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request') continue
      // One finding for each function.
      const key = `${call.module.path} ${call.fn?.node.start ?? -1}`
      if (told.has(key)) continue
      told.add(key)
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, 'starts a browser', run),
        severity: severityFor(run, 'breaks'),
        message: `${call.fn && call.fn.name !== '' ? `${call.fn.name}()` : 'This code'} starts a browser. The host has the app and its packages only: neither a browser nor the system libraries that it needs (Could not find Chrome). Connect to a browser that a service runs, use puppeteer-core with @sparticuz/chromium, or keep this part on a host with Docker.`,
        remedy: { kind: 'manual', reason: 'A hosted browser is reached by an address (puppeteer.connect, chromium.connectOverCDP); which service, or whether this part moves to a Docker host, is yours to say.' },
      }
    }
  },
} satisfies Rule
