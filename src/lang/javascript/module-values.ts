/** What an import or require stands for: a module of the repo, one of its exports, or an origin outside. */
import type { Path } from '../../types.js'
import type { Exported, ModuleIndex } from './module-index.js'
import { memberOrigin, packageOrigin } from './origins.js'
import { ancestor, field, literalText } from './tree.js'
import type { JsModule, JsNode, JsValue } from './types.js'
import type { World } from './values.js'

export type ModuleValues = {
  /** `name` of what is imported; undefined for the module as a namespace. */
  imported(from: JsModule, written: string | undefined, name: string | undefined): readonly JsValue[]
  required(from: JsModule, written: string | undefined): readonly JsValue[]
  exportedAs(path: Path, name: string): readonly JsValue[]
}

export function makeModuleValues(world: World, indexOf: (module: JsModule) => ModuleIndex, values: (node: JsNode) => readonly JsValue[], memberOf: (holders: readonly JsValue[], name: string) => readonly JsValue[]): ModuleValues {
  const all = (nodes: readonly JsNode[]): readonly JsValue[] => nodes.flatMap((node) => values(node))
  const imported = (from: JsModule, written: string | undefined, name: string | undefined): readonly JsValue[] => {
    if (written === undefined) return []
    const path = world.resolution.resolve(written, from.path)
    if (path === undefined) return world.resolution.isPackage(written, from.path) ? [{ kind: 'name', name: name === undefined || name === 'default' ? packageOrigin(written) : memberOrigin(packageOrigin(written), name) }] : []
    return name === undefined ? [{ kind: 'module', path }] : exportedAs(path, name)
  }
  const required = (from: JsModule, written: string | undefined): readonly JsValue[] => {
    if (written === undefined) return []
    const path = world.resolution.resolve(written, from.path)
    if (path === undefined) return world.resolution.isPackage(written, from.path) ? [{ kind: 'name', name: packageOrigin(written) }] : []
    const module = world.moduleAt(path)
    const whole = module ? all(indexOf(module).whole) : []
    return [...whole, { kind: 'module', path }]
  }
  const exportedAs = (path: Path, name: string, depth = 0): readonly JsValue[] => {
    const module = world.moduleAt(path)
    if (!module || depth > 8) return []
    const index = indexOf(module)
    const found = (index.exported.get(name) ?? []).flatMap((one) => exportedValue(module, one))
    if (found.length > 0) return found
    if (index.whole.length > 0) return name === 'default' ? all(index.whole) : memberOf(all(index.whole), name)
    if (name === 'default' && module.system === 'cjs') return [{ kind: 'module', path }]
    return index.stars.flatMap((star) => {
      const target = world.resolution.resolve(star, path)
      return target === undefined ? [] : exportedAs(target, name, depth + 1)
    })
  }
  const exportedValue = (module: JsModule, one: Exported): readonly JsValue[] => ('node' in one ? values(one.node) : imported(module, one.from, one.name))
  return { imported, required, exportedAs }
}

/** The module named by the statement around an import's or export's specifier. */
export function specifierOf(node: JsNode, module: JsModule): string | undefined {
  const statement = ancestor(node, 'ImportDeclaration', 'ExportDeclaration')
  const specifier = statement && field(statement, 'moduleSpecifier')
  return specifier && literalText(specifier, module.text)
}
