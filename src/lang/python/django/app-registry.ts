/** Which imports need Django's apps to be loaded: they define models, or import what does. */
import { baseOrigins } from '../classes.js'
import type { PythonProgram } from '../program.js'
import type { Path } from '../../../types.js'
import type { PyImport, PyModule } from '../types.js'

/** Modules outside the repo that define models or ask for them while they are imported. */
const outside =
  /^(django\.contrib\.(auth\.(models|admin|forms|views|urls)|contenttypes\.(models|fields|admin)|sites\.models|admin\.models|sessions\.models|flatpages\.models)|rest_framework\.(views|generics|viewsets|serializers|authentication|routers|decorators|mixins|authtoken\.models|relations|fields)|rest_framework_simplejwt\.(views|models|tokens|serializers|authentication)|allauth\.(account|socialaccount)\.models|taggit\.models|wagtail\.models)$/
const model = /^(django\.db\.models\.(base\.)?Model|django\.contrib\.auth\.(models\.(AbstractUser|AbstractBaseUser|User|Group)|base_user\.AbstractBaseUser)|mptt\.models\.MPTTModel|polymorphic\.models\.PolymorphicModel|wagtail\.models\.Page)$/

type Facts = { readonly models: ReadonlyMap<PyModule, string>; readonly imports: ReadonlyMap<PyModule, readonly PyImport[]>; readonly found: Map<PyModule, string | undefined> }
const known = new WeakMap<PythonProgram, Facts>()

function factsOf(program: PythonProgram): Facts {
  const before = known.get(program)
  if (before) return before
  const models = new Map<PyModule, string>()
  for (const module of program.modules.values())
    for (const bindings of module.scope.bindings.values())
      for (const binding of bindings) if (binding.kind === 'class' && !models.has(module) && [...baseOrigins(program, binding.cls)].some((origin) => model.test(origin))) models.set(module, `${module.path} defines the model ${binding.cls.name}`)
  const imports = new Map<PyModule, PyImport[]>()
  for (const site of program.imports()) if (site.fn === undefined && !site.optional) imports.set(site.module, [...(imports.get(site.module) ?? []), site])
  const facts = { models, imports, found: new Map<PyModule, string | undefined>() }
  known.set(program, facts)
  return facts
}

/** Why an import statement needs the apps; undefined when it does not, as far as the repo shows. */
export function needsApps(program: PythonProgram, site: PyImport): string | undefined {
  const [member] = site.names
  if (outside.test(site.target) || (member !== undefined && outside.test(`${site.target}.${member}`))) return `${site.target} defines models or asks for them`
  for (const path of site.resolved) {
    const why = moduleNeeds(program, path)
    if (why !== undefined) return why
  }
  return undefined
}
function moduleNeeds(program: PythonProgram, path: Path): string | undefined {
  const { models, imports, found } = factsOf(program)
  const module = program.modules.get(path)
  if (!module) return undefined
  if (found.has(module)) return found.get(module)
  found.set(module, undefined)
  let why = models.get(module)
  for (const site of why === undefined ? (imports.get(module) ?? []) : []) {
    why = needsApps(program, site)
    if (why !== undefined) break
  }
  found.set(module, why)
  return why
}
