/** What a Django project needs from a person once, on the production database: nothing of it may run while the app boots. */
import { settingsNamedIn } from '../../src/lang/python/django/project.js'
import { managedIn, type Managed } from './manage.js'
import { below, folderOf, type Folder } from './project.js'

export function djangoSteps(home: Folder): readonly string[] {
  const managed = managedIn(home)
  return managed ? [...chosenSettings(home, managed), ...databaseSteps(home, managed)] : []
}

/** What manage.py would load where nobody says otherwise, while the served application loads something else: the build collects files with it, and a person migrates with it. */
function* chosenSettings(home: Folder, { manage, application }: Managed): Generator<string> {
  const path = below(home.root, manage)
  for (const name of ['DJANGO_SETTINGS_MODULE', 'DJANGO_CONFIGURATION']) {
    const by = (text: string | undefined): string | undefined => new RegExp(`${name}["']\\s*,\\s*["']([\\w.]+)["']`).exec(text ?? '')?.[1]
    const settings = (of: string): string | undefined => (name === 'DJANGO_SETTINGS_MODULE' ? settingsNamedIn(home.repo, of, [folderOf(path)])[0]?.name : by(home.repo.text(of)))
    const [command, served] = [settings(path), settings(application?.file ?? '')]
    if (command !== undefined && served !== undefined && command !== served) yield `Set ${name} to ${served} (\`vercel env add ${name} production\`): ${path}, which the build and the commands below run, would take ${command}.`
  }
}

function databaseSteps(home: Folder, managed: Managed): readonly string[] {
  const settings = managed.settings.map(({ path }) => folderOf(path)).flatMap(dir => home.repo.list(dir)).filter(path => path.endsWith('.py'))
  const text = [...new Set([...managed.settings.map(({ path }) => path), ...settings.filter(path => /settings|config/i.test(path))])].map(path => home.repo.text(path) ?? '').join('\n')
  if (!/^\s*DATABASES\b/m.test(text)) return []
  const folder = folderOf(below(home.root, managed.manage))
  const where = folder === '.' ? '' : ` (in ${folder})`
  const admin = /["']django\.contrib\.admin["']/.test(text) && home.list().some(path => path.endsWith('.py') && /admin\.site\.urls/.test(home.text(path) ?? ''))
  return [
    `Run \`python manage.py migrate\`${where} against the production database, with its variables set: now, and before each deployment that brings new migrations. Never run it while the app boots.`,
    ...(admin ? [`For the first login to the admin, run \`python manage.py createsuperuser\`${where} the same way.`] : []),
  ]
}
