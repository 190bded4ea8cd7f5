/** Where an app's object is made, what it is called, how other files get it and where it listens: for targets and codemods. */
import { ancestor, field, functionAround } from '../../lang/javascript/tree.js'
import type { JsNode } from '../../lang/javascript/types.js'
import type { App, Path, Snapshot } from '../../types.js'
import { candidateAt, localName, worldOf, type Handed, type Listen } from './candidates.js'

export type Exported = {
  /** 'module.exports': the whole export, or with `name` a member of its object; 'exports': `exports.name =`; 'default', 'named': ES modules. */
  readonly how: 'module.exports' | 'exports' | 'default' | 'named'
  /** The name under which another file asks for it; 'default' or '=' where it has none. */
  readonly name: string
  /** The app itself, a function or class that makes it, or something around it. */
  readonly of: Handed['of']
}
export type ExpressObject = {
  /** Where `express()` is called. */
  readonly file: Path
  /** The variable or field that takes it: 'app', 'this.app'; undefined when nothing does. */
  readonly local: string | undefined
  /** The `express()` call. Offsets are the text's; the node is of a tree of its own, not of a program's. */
  readonly made: JsNode
  /** 'function' and 'class' have a `home`: the name of it, if it has one. */
  readonly place: 'module' | 'function' | 'class'
  readonly home: string | undefined
  /** How its file hands it over; undefined when it does not. */
  readonly exported: Exported | undefined
  /** How the entry file does, where that is another one. */
  readonly entryExported: Exported | undefined
  /** The variable that holds `http.createServer(app)` or what `listen` returns, in the file that listens. */
  readonly server: string | undefined
  /** The first `.listen(…)` that the entry leads to. */
  readonly listen: Listen | undefined
}

/** Facts of the app's object; undefined when no `express()` call is reached from the entry. Needs the compiler. */
export function appObject(repo: Snapshot, app: App): ExpressObject | undefined {
  const world = worldOf(repo)
  const reached = [...world.files.closure(app.entry.file)].flatMap((path) => candidateAt(world, path) ?? [])
  const entry = reached.find(({ path }) => path === app.entry.file)
  const listens = reached.flatMap((one) => one.listens)
  const listen = listens.find((one) => one.app) ?? listens[0]
  const made = listen?.app ?? entry?.handed[0]?.app ?? reached.flatMap((one) => one.handed)[0]?.app ?? reached.flatMap(({ path, makes }) => makes.map((call) => ({ kind: 'app' as const, file: path, made: call })))[0]
  const file = made && world.files.file(made.file)
  if (!made || !file) return undefined
  const handed = (path: Path): Exported | undefined => {
    const all = reached.find((one) => one.path === path)?.handed.filter(({ app: one }) => one.made === made.made) ?? []
    const best = ['app', 'wrapped', 'factory', 'class', 'server'].flatMap((kind) => all.filter((one) => one.of === kind))[0]
    const holder = best && world.files.file(path)
    return best && holder && { how: howExported(best.name, [...holder.exports.keys()], holder.text), name: best.name, of: best.of }
  }
  const cls = ancestor(made.made, 'ClassDeclaration', 'ClassExpression')
  const fn = functionAround(made.made)
  const home = cls ?? fn
  const homeName = home && (field(home, 'name') ?? (home.parent?.kind === 'VariableDeclaration' ? field(home.parent, 'name') : undefined))
  return {
    file: made.file,
    local: localName(made, world.files),
    made: made.made,
    place: cls ? 'class' : fn ? 'function' : 'module',
    home: homeName && file.text.slice(homeName.start, homeName.end),
    exported: handed(made.file),
    entryExported: made.file === app.entry.file ? undefined : handed(app.entry.file),
    server: listen && serverName(world, listen),
    listen,
  }
}

function howExported(name: string, exports: readonly string[], text: string): Exported['how'] {
  if (name === '=') return 'module.exports'
  if (new RegExp(`\\bexports\\.${name}\\s*=`).test(text)) return 'exports'
  if (exports.includes('=') && !exports.includes(name)) return 'module.exports'
  return name === 'default' ? 'default' : 'named'
}

function serverName({ files, values }: ReturnType<typeof worldOf>, { file: path, call }: Listen): string | undefined {
  const file = files.file(path)
  return file?.names.find(({ means }) => {
    const value = means && values.meant(means, file)
    return value?.kind === 'server' && means !== undefined && 'node' in means && (file.listens.includes(means.node) ? means.node === call : true)
  })?.name
}
