import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { severityFor, surestRun } from '../../../src/lang/python/severity.js'

/** Calls that start a browser on the machine. A remote one (`webdriver.Remote`, `connect_over_cdp`) needs none here. */
const launches = /^(selenium\.webdriver\.(Chrome|Firefox|Edge|Safari|ChromiumEdge|Ie)|(undetected_chromedriver|seleniumwire\.webdriver)\.(Chrome|Firefox)|playwright\.(sync|async)_api\..*\.(chromium|firefox|webkit)\.launch(_persistent_context)?|pyppeteer\.(launcher\.)?launch|requests_html\.(Async)?HTMLSession\(\)\.\w+\(\)\.html\.a?render|splinter\.Browser|helium\.start_(chrome|firefox)|webdriver_manager\.\w+\.\w+DriverManager\(\)\.install|html2image\.Html2Image)$/

export const depHeadlessBrowser = {
  id: 'dep-headless-browser',
  title: 'Browser started by the app',
  hazard: 'system-binary',
  language: 'python',
  assumes: 'system-binaries',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const told = new Set<string>()
    for (const call of program.callsMatching(launches)) {
      const run = surestRun(call)
      if (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request') continue
      // One finding for each function: the driver's manager stands beside the driver.
      const key = `${call.module.path} ${call.fn?.node.start ?? -1}`
      if (told.has(key)) continue
      told.add(key)
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, 'starts a browser', run),
        severity: severityFor(run, 'breaks'),
        message: `${call.fn?.qualname ?? 'The module'}() starts a browser. The host has the app and its packages only: neither a browser nor the system libraries that it needs, and it is larger than a function may be. Connect to a browser that a service runs, or keep this part on a host with Docker.`,
        remedy: { kind: 'manual', reason: 'A hosted browser is reached by an address (webdriver.Remote, connect_over_cdp); which service, or whether this part moves to a Docker host, is yours to say.' },
      }
    }
  },
} satisfies Rule
