/** How Vercel enters the app: the table of shapes in the README as a decision. */
import { UserError } from '../../src/errors.js'
import { isList } from '../../src/json-text.js'
import type { EmitContext, FrameworkId } from '../../src/types.js'
import type { Place } from './place.js'
import type { Preset } from './presets.js'
import { inside } from './project.js'
import { findsItself } from './shape-managed.js'
import { buildsOfNode, nodeShape } from './shape-node.js'
import { pythonShape, throughBuilds, type Shape, type Situation } from './shape.js'

type Shaping = { readonly shape: (at: Situation) => Shape; /** For an old config that its rule was not allowed to rewrite. */ readonly builds: (at: Situation) => Shape }

const shapings: Readonly<Record<FrameworkId, Shaping>> = {
  flask: { shape: pythonShape, builds: throughBuilds },
  fastapi: { shape: pythonShape, builds: throughBuilds },
  django: { shape: findsItself, builds: throughBuilds },
  express: { shape: nodeShape, builds: buildsOfNode },
}

/** Decides the shape, or refuses the wanted one with the reason. */
export function decideShape(place: Place, context: EmitContext, preset: Preset): Shape {
  const { entry, framework } = context.app
  const file = inside(place.home.root, entry.file)
  if (file === undefined) throw new UserError(`${entry.file} lies outside ${place.home.root}, which becomes Vercel's project.`, 3, 'Name the folder that holds both with --app.')
  const situation: Situation = { place, preset, context, file, entry }
  const { shape, builds } = shapings[framework]
  return isList(place.config['builds']) && place.config['builds'].length > 0 ? builds(situation) : shape(situation)
}
