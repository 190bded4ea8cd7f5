/** How a framework's app is started on a server, where that differs: facts for the cell of the local start. */
import { managePath, settingsNamedIn } from '../lang/python/django/project.js'
import type { App, Entry, EnvVariable, FrameworkId, Path, Snapshot } from '../types.js'

export type Start = {
  /** The folder that becomes the root of the function. */
  readonly taskRoot: (repo: Snapshot, app: App, entry: Entry) => Path
  /** What a local start has on the import path, from the entry's file within that folder. */
  readonly path: (file: Path) => readonly Path[]
  readonly env: (repo: Snapshot, entry: Entry) => Readonly<Record<string, string>>
  /** A variable that may be given a SQLite database of the cell's own, with the tables made there, when it has no value here. */
  readonly database: (name: EnvVariable['name']) => boolean
  /** A value that stands in for one that is not here, where any value does as well: nothing is proved or disproved by it. */
  readonly value: (name: EnvVariable['name']) => string | undefined
}

const dirOf = (path: Path): Path => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')
const inside = (dir: Path, path: Path): boolean => dir === '.' || path.startsWith(`${dir}/`)

/** What the platform's scheduler shows; whoever comes without it is refused whatever it is. */
const cronSecret = (name: string): string | undefined => (name === 'CRON_SECRET' ? 'to-serverless-calls-as-the-scheduler' : undefined)

/** `python file` or a server that is given the file's module. */
const plain: Start = {
  taskRoot: (_repo, app, entry) => (inside(app.root, entry.file) ? app.root : '.'),
  path: (file) => [...new Set([dirOf(file), '.'])],
  env: () => ({}),
  database: () => false,
  value: cronSecret,
}
/** `python manage.py runserver`: its folder alone is on the path, and its settings are the ones of the local start. */
const managed: Start = {
  taskRoot: (repo, app, entry) => {
    const manage = managePath(repo, entry.file)
    return manage === undefined ? plain.taskRoot(repo, app, entry) : dirOf(manage)
  },
  path: () => ['.'],
  env: (repo, entry) => {
    const manage = managePath(repo, entry.file)
    const [settings] = manage === undefined ? [] : settingsNamedIn(repo, manage, [dirOf(manage)])
    return settings === undefined ? {} : { DJANGO_SETTINGS_MODULE: settings.name }
  },
  database: (name) => /^(DATABASE|DB|POSTGRES)_URL$/.test(name),
  // Without one no Django project starts at all, and it only signs what the same cell reads back.
  value: (name) => cronSecret(name) ?? (/^(DJANGO_|APP_)?SECRET(_KEY)?$/.test(name) ? 'to-serverless-signs-in-the-cell-with-this-key-of-enough-letters' : undefined),
}
const starts: Readonly<Partial<Record<FrameworkId, Start>>> = { django: managed }

export const startOf = (id: FrameworkId): Start => starts[id] ?? plain
