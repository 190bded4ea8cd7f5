import type { Problem, Program, Rule } from '../../../src/types.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import { commands, drivers } from '../../../src/lang/python/background/subprocesses.js'
import type { PySite, Run } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgSystemBinary = {
  id: 'bg-system-binary',
  title: 'Program that no Python package brings',
  hazard: 'system-binary',
  language: 'python',
  assumes: 'system-binaries',
  severity: 'breaks',
  *check(program: Program): Generator<Problem> {
    for (const { call, kind, name } of commands(program)) {
      const run = servedRun(call)
      if (kind !== 'system' || name === undefined || !run) continue
      yield problemAt(program, call, run, name, `starts ${name}`, managesHost.has(name) ? `An app that runs ${name} manages the machine it is on: keep it on a server of your own.` : 'Use a Python package that brings it, a service, or a host where it can be installed (Docker).')
    }
    const seen = new Set<string>()
    for (const { calls, program: name, instead } of drivers)
      for (const call of program.callsMatching(calls)) {
        const run = servedRun(call)
        const key = `${call.module.path} ${name}`
        if (!run || seen.has(key)) continue
        seen.add(key)
        yield problemAt(program, call, run, name, `needs ${name}`, `Use ${instead}, or a host where it can be installed (Docker).`)
      }
  },
} satisfies Rule

const managesHost = new Set(['sudo', 'systemctl', 'service', 'iptables', 'ufw', 'reboot', 'shutdown', 'poweroff', 'crontab', 'supervisorctl', 'nmcli', 'mount', 'umount', 'apt', 'apt-get', 'docker', 'docker-compose', 'nginx', 'pm2'])

function servedRun(site: PySite): Run | undefined {
  return site.runs.find((run) => run.when === 'import' || run.when === 'startup' || run.when === 'request')
}
function problemAt(program: Program, call: PySite, run: Run, name: string, note: string, instead: string): Problem {
  const base = severityFor(run, 'breaks')
  return {
    path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], trace: program.trace(call, note, run),
    severity: call.handled && run.when !== 'request' ? milder(base) : base,
    message: `This needs ${name}, which no Python package of the app brings. The host has only the app and its packages, so the call fails there (${run.when === 'request' ? 'the request with it' : 'at each start'}). ${instead}`,
    remedy: { kind: 'manual', reason: `What may replace ${name} depends on what it is used for.` },
  }
}
