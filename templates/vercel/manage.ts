/**
 * How the builder finds a Django project: it runs manage.py up to the settings and takes ASGI_APPLICATION, else WSGI_APPLICATION.
 * Source: @vercel/python 25.0.0 of CLI 64.0.2 (src/django.ts), tried with `vercel build` and the runtime 0.23.2.
 */
import { applicationsNamedIn, isManage, managePath, settingsNamedIn, type NamedApplication } from '../../src/lang/python/django/project.js'
import type { App, Path, Snapshot } from '../../src/types.js'
import { below, folderOf, inside, type Folder } from './project.js'

export type Managed = {
  /** Relative to the folder. */
  readonly manage: Path
  readonly settings: readonly { readonly name: string; readonly path: Path }[]
  readonly application: NamedApplication | undefined
}

/** The project that manage.py in this folder, or in one directly below, leads to. */
export function managedIn(home: Folder): Managed | undefined {
  const near = [...new Set(home.list().flatMap(path => (/^[^/.][^/]*\/manage\.py$/.test(path) ? [path] : [])))].sort()
  const manage = ['manage.py', ...near].find(path => isManage(home.repo, below(home.root, path)))
  if (manage === undefined) return undefined
  const file = below(home.root, manage)
  const roots = [folderOf(file)]
  const settings = settingsNamedIn(home.repo, file, roots)
  for (const { path } of settings) {
    const application = applicationsNamedIn(home.repo, path, roots).next().value ?? undefined
    if (application !== undefined) return { manage, settings, application }
  }
  return { manage, settings, application: undefined }
}

/** The folder that has to be the task root: only that of manage.py is on the import path there, as it is for manage.py itself. */
export function managedRoot(repo: Snapshot, app: App): Path {
  const manage = managePath(repo, app.entry.file)
  const dir = manage === undefined ? app.root : folderOf(manage)
  return inside(dir, app.entry.file) === undefined ? app.root : dir
}
