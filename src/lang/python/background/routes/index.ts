/** How each framework writes a guarded GET route: a new one is a file and a line here. */
import type { FrameworkId } from '../../../../types.js'
import { djangoCronRoutes } from './django.js'
import { fastapiCronRoutes } from './fastapi.js'
import { flaskCronRoutes } from './flask.js'
import type { RouteWriter } from './route-writer.js'

const writers: Readonly<Partial<Record<FrameworkId, RouteWriter>>> = { flask: flaskCronRoutes, fastapi: fastapiCronRoutes, django: djangoCronRoutes }

export function routeWriterOf(framework: FrameworkId): RouteWriter | undefined {
  return writers[framework]
}
