/** Routes that are registered on an app object by a decorator, beside the object or beside the job. */
import type { Change } from '../../../../types.js'
import { appPlaceFor, importsAt, insertRoutes, portable, reachFromPlace, type AppKind, type AppPlace } from '../app-place.js'
import { freeName, indentUnit } from '../../edit.js'
import type { PythonProgram } from '../../program.js'
import type { Refused } from '../one-round.js'
import { viewLines, type View, type ViewWords, type WantedRoute } from './route-writer.js'

export type Dialect = {
  readonly app: AppKind
  /** Modules or members that a view needs besides os and hmac. */
  readonly imports: readonly (readonly [module: string, member?: string])[]
  /** `names`: the local names of `imports`, in their order. */
  words(app: string, names: readonly string[]): ViewWords
}

type Group = { readonly place: AppPlace; readonly imports: readonly Change[]; readonly names: readonly string[]; readonly views: View[] }

export function writeOnApp(program: PythonProgram, dialect: Dialect, wanted: readonly WantedRoute[]): readonly Change[] | Refused {
  const groups = new Map<string, Group>()
  const changes: Change[] = []
  for (const { path, job, round } of wanted) {
    const place = appPlaceFor(program, dialect.app, round.scope.kind === 'class' ? round.scope.module.scope : round.scope, path)
    if ('refused' in place) return place
    const call = reachFromPlace(program, place, round)
    if ('refused' in call) return call
    const args: string[] = []
    for (const { name, value } of round.args) {
      const text = portable(program, place, value)
      if (text === undefined) return { refused: `what it is given (${program.text(value.node, value.scope.module).split('\n')[0] ?? ''}) is known only where it starts` }
      args.push(name === undefined ? text : `${name}=${text}`)
    }
    const imported = importsAt(place, [['os'], ['hmac'], ...dialect.imports])
    if ('refused' in imported) return imported
    const key = `${place.module.path}:${place.offset}`
    const group = groups.get(key) ?? { place, imports: imported.changes, names: imported.names, views: [] }
    group.views.push({ name: freeName(place.module, `cron_${path.slice('/api/cron/'.length).replace(/\W/g, '_')}`), path, job, imports: call.imports, call: `${call.expression}(${args.join(', ')})`, isAsync: round.isAsync })
    groups.set(key, group)
    changes.push(...round.changes)
  }
  for (const { place, imports, names, views } of groups.values()) {
    const [os = 'os', hmac = 'hmac', ...own] = names
    changes.push(...imports, insertRoutes(place, viewLines(views, dialect.words(place.name, own), { os, hmac, unit: indentUnit(place.module), helper: freeName(place.module, 'called_by_the_scheduler') })))
  }
  return changes
}
