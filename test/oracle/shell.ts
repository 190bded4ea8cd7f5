/** The shell of the person who owns an app: what runs its commands, and the packages installed for it. */
import { delimiter, dirname } from 'node:path'
import { furnish, node, nodePath, portMover, whyNotNode } from './node-env.js'
import { pythonEnv } from './python-env.js'
import { standIns, type StandIn } from './stand-ins.js'
import { builderPath } from './toolchain.js'

export type Owner = { readonly framework: string; readonly packages?: readonly string[]; readonly install?: readonly string[]; readonly standIns: readonly StandIn[] }
export type Shell = {
  /** No mark of any platform, nothing of the test's own. */
  env(extra?: Readonly<Record<string, string>>): Record<string, string>
  argv(command: readonly string[]): readonly [string, ...string[]]
  /** Puts the packages into a copy of the app, where its language keeps them there. */
  furnish(dir: string): void
  /** What runs the platform's builder, and the PATH it has. */
  builder(): { readonly node: string; readonly path: string }
}

/** A person's shell for this app, with its packages installed; they are kept from run to run. */
export function shellOf(owner: Owner): Shell {
  return (shells[owner.framework] ?? pythonShell)(owner)
}

/** Undefined when apps of this framework can be run here; else the reason. */
export function whyNotRun(framework: string): string | undefined {
  return shells[framework] === undefined ? undefined : whyNotNode()
}

const common = (): Record<string, string> => ({ HOME: process.env['HOME'] ?? '/', LANG: 'C.UTF-8' })

function pythonShell(owner: Owner): Shell {
  const { python } = pythonEnv(owner.packages ?? [])
  const { path, env } = standIns(owner.standIns)
  return {
    env: (extra) => ({
      PATH: `${dirname(python)}${delimiter}${process.env['PATH'] ?? ''}`,
      ...common(),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      PYTHONPATH: path.join(delimiter),
      ...env,
      ...extra,
    }),
    // Others (gunicorn, flask) are run as modules of the environment's interpreter.
    argv: ([program = '', ...args]) => (program === 'python' ? [python, ...args] : [python, '-m', program, ...args]),
    furnish: () => undefined,
    builder: () => ({ node: process.execPath, path: builderPath() }),
  }
}

function nodeShell(owner: Owner): Shell {
  const folders = owner.install ?? ['.']
  return {
    env: (extra) => ({ PATH: nodePath(), ...common(), NODE_OPTIONS: `--require=${portMover}`, NO_UPDATE_NOTIFIER: '1', npm_config_update_notifier: 'false', npm_config_fund: 'false', ...extra }),
    argv: ([program = '', ...args]) => [program === 'node' ? node().file : program, ...args],
    furnish: (dir) => furnish(dir, folders),
    builder: () => ({ node: node().file, path: nodePath() }),
  }
}

const shells: Readonly<Record<string, (owner: Owner) => Shell>> = { express: nodeShell }
