/** The shape of a project that its preset finds by itself, and that no file in api/ can hand over: Django's. */
import type { Path } from '../../src/types.js'
import { managedIn } from './manage.js'
import { refuse, type Shape, type Situation } from './shape.js'

export function findsItself(at: Situation): Shape {
  const { place, preset, context, file, entry } = at
  if (context.shape === 'api') refuse('api', `the ${preset.title} preset does not look into api/, and without the preset nobody publishes the static files`)
  const found = preset.serves(place.home)
  const served = found ?? file
  const shape = { way: place.services ? 'services' : 'native', served, shim: undefined, pin: undefined } as const
  return { ...shape, why: `${place.services ? `The project lies in ${place.home.root}/, so it is a service of the repo. ` : ''}${howFound(at, found)}${other(served, file, entry.kind)}` }
}

function howFound({ place, preset, file }: Situation, found: Path | undefined): string {
  const managed = managedIn(place.home)
  const name = managed?.application && `${managed.application.kind.toUpperCase()}_APPLICATION`
  if (found !== undefined && managed && name !== undefined) return `The ${preset.title} preset runs ${managed.manage} for the settings and takes ${found} from ${name}.`
  if (found !== undefined) return `The ${preset.title} preset finds ${found} by its name.`
  return `The ${preset.title} preset runs manage.py for the settings, which have to name the app (WSGI_APPLICATION or ASGI_APPLICATION); ${file} is taken to be it.`
}

/** The builder prefers ASGI_APPLICATION, whatever the server was started with. */
function other(served: Path, file: Path, kind: string): string {
  return served === file ? '' : ` It is served in place of ${file}${kind === 'wsgi' ? ', because ASGI_APPLICATION goes first' : ''}.`
}
