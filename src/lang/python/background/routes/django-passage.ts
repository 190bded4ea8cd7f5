/** Middleware of a Django project that answers before a view does, such as a login check. */
import { listSetting } from '../../django/settings.js'
import { ownCode } from '../loops.js'
import { field } from '../../tree.js'
import type { PythonProgram } from '../../program.js'
import type { PyFunction } from '../../types.js'
import type { Passage } from './route-writer.js'

const login = 'django.contrib.auth.middleware.LoginRequiredMiddleware'
const answer = /^(django\.(http\.(\w*\.)?\w*Response\w*|shortcuts\.(redirect|render)|contrib\.auth\.views\.redirect_to_login)|rest_framework\.response\.Response)$/

/** Django's own check, which a decorator lets a view through. */
export function usesLoginMiddleware(program: PythonProgram): boolean {
  return listSetting(program, 'MIDDLEWARE').items.some(({ text }) => text === login)
}

export function djangoPassage(program: PythonProgram, paths: readonly string[]): Passage {
  const left: string[] = []
  for (const { text, module } of listSetting(program, 'MIDDLEWARE').items) {
    const at = text.lastIndexOf('.')
    const path = at < 0 ? undefined : program.find(text.slice(0, at), module)
    const home = path === undefined ? undefined : program.modules.get(path)
    const [binding] = home?.scope.bindings.get(text.slice(at + 1)) ?? []
    const functions = binding?.kind === 'function' ? [binding.fn, ...inner(program, binding.fn)] : binding?.kind === 'class' ? [...binding.cls.scope.bindings.values()].flatMap((all) => all.flatMap((one) => (one.kind === 'function' && /^(__call__|process_request|process_view)$/.test(one.fn.name) ? [one.fn] : []))) : []
    if (functions.some((fn) => answers(program, fn))) left.push(`${text.slice(at + 1)} in ${path ?? text} may answer requests before they arrive: see that it lets ${paths.join(', ')} through, or the job never runs.`)
  }
  return { changes: [], left }
}
function inner(program: PythonProgram, fn: PyFunction): readonly PyFunction[] {
  return program.returns(fn).flatMap((value) => (value.kind === 'function' && value.fn !== fn ? [value.fn] : []))
}
function answers(program: PythonProgram, fn: PyFunction): boolean {
  return [...ownCode(fn.body)].some((node) => {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    return callee !== undefined && program.origins(callee, fn.scope).some((origin) => answer.test(origin))
  })
}
