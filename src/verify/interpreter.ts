import type { App } from '../types.js'
import { UserError } from '../errors.js'
import { exists } from '../io/files.js'
import { env, findOnPath, run } from '../io/process.js'

export type Interpreter = {
  readonly executable: string
  readonly version: string
  /** For messages: `.venv/bin/python`, or the full path. */
  readonly label: string
  /** Where `pip install --user` put packages; HOME is another one in the cell. */
  readonly userBase?: string
  /** Version of the platform's runtime package, when it can be used here. */
  readonly vercelRuntime?: string
}

const preflight = `
import importlib.util, json, os, site, sys
found = {"executable": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3]}
if getattr(site, "ENABLE_USER_SITE", False) and os.path.isdir(site.getuserbase()):
    found["userBase"] = site.getuserbase()
if sys.version_info >= (3, 12) and importlib.util.find_spec("vercel_runtime"):
    import importlib.metadata
    found["vercelRuntime"] = importlib.metadata.version("vercel-runtime")
print(json.dumps(found))
`
const venvNames = ['.venv', 'venv', 'env', '.env']
const inVenv = (dir: string): readonly string[] => [`${dir}/bin/python`, `${dir}/Scripts/python.exe`]

/**
 * The Python that runs the app on this machine: the one given, else the project's own environment, the active one, the
 * one its package manager keeps elsewhere, the one on PATH. Throws a UserError when there is none that works.
 */
export async function findInterpreter(dir: string, app: App, given?: string): Promise<Interpreter> {
  for (const candidate of given === undefined ? await candidates(dir, app) : [given]) {
    const ran = await run(candidate, ['-c', preflight], { env: withoutPythonPath(), timeoutMs: 20_000 })
    if (ran.code !== 0) continue
    const found = JSON.parse(ran.stdout) as Omit<Interpreter, 'label'>
    const [major = 0, minor = 0] = found.version.split('.').map(Number)
    if (major < 3 || (major === 3 && minor < 8)) {
      throw new UserError(`${candidate} is Python ${found.version}, and verify needs 3.8 or newer.`, 2, 'Name another one with --python, or make a virtual environment of the version the platform runs.')
    }
    // The environment's own path, not where its symlink leads: that is how Python finds its packages.
    return { ...found, label: candidate.startsWith(`${dir}/`) ? candidate.slice(dir.length + 1) : found.executable }
  }
  if (given !== undefined) throw new UserError(`${given} is no Python that runs.`, 2, 'Name the python program of the environment that holds the app’s packages.')
  throw new UserError('No Python was found to run the app with.', 2, 'Install Python 3.12, make a virtual environment in the project (python3 -m venv .venv) and install its requirements.')
}

async function candidates(dir: string, app: App): Promise<readonly string[]> {
  const roots = app.root === '.' ? [dir] : [`${dir}/${app.root}`, dir]
  const own = roots.flatMap((root) => venvNames.filter((name) => exists(`${root}/${name}/pyvenv.cfg`)).flatMap((name) => inVenv(`${root}/${name}`)))
  const { VIRTUAL_ENV: active, CONDA_PREFIX: conda } = env()
  const active_ = [active, conda].flatMap((prefix) => (prefix === undefined ? [] : inVenv(prefix)))
  const onPath = ['python3', 'python'].map((name) => findOnPath([name])).filter((path) => path !== undefined)
  const near = [...own, ...active_].filter(exists)
  return near.length > 0 ? near : [...(await managed(roots[0] ?? dir, app)), ...onPath]
}

/** poetry and pipenv keep environments outside the project and are slow to say where, so they are asked last. */
async function managed(root: string, app: App): Promise<readonly string[]> {
  const question = app.packageManager === 'poetry' ? ['poetry', 'env', 'info', '--path'] : app.packageManager === 'pipenv' ? ['pipenv', '--venv'] : []
  const [command, ...args] = question
  if (command === undefined || findOnPath([command]) === undefined) return []
  const ran = await run(command, args, { cwd: root, timeoutMs: 15_000 })
  return ran.code === 0 && ran.stdout.trim() !== '' ? inVenv(ran.stdout.trim()).filter(exists) : []
}

function withoutPythonPath(): Readonly<Record<string, string>> {
  const { PYTHONPATH: _path, PYTHONHOME: _home, ...rest } = env()
  return rest
}
