/** Where a program starts its own server, which app that serves, and whether another file can get hold of the app. */
import { manifestAt } from '../manifest/manifest.js'
import { bare, field, functionAround, statementOf, walk, type JsCall, type JsModule, type JsNode, type JsProgram } from '../program.js'
import { handedOut } from './exports.js'

/** Calls by which an Express app, or a server around one, begins to listen. */
export const serverStart = /^(express\(\)|https?\.(createServer|Server)\(\)|http2\.create(Secure)?Server\(\))\.listen$/

export type ServerStart = {
  readonly call: JsCall
  /** The expression that stands for the app in the file that listens; undefined when it is not to be made out. */
  readonly app: JsNode | undefined
  /** 'here': the file that listens exports the app; 'elsewhere': the file that makes it does. */
  readonly handed: 'here' | 'elsewhere' | undefined
}

export function* serverStarts(program: JsProgram): Generator<ServerStart> {
  for (const call of program.callsMatching(serverStart)) {
    const object = field(field(call.node, 'expression') ?? call.node, 'expression')
    const app = object && appIn(program, object)
    yield { call, app, handed: isHandedBy(program, call.module) ? 'here' : isHandedElsewhere(program, call.module) ? 'elsewhere' : undefined }
  }
}

const isApp = (program: JsProgram, node: JsNode): boolean => program.origins(node).includes('express()')

/** `app` of `app.listen()`, and of `http.createServer(app).listen()`. */
function appIn(program: JsProgram, outer: JsNode, depth = 0): JsNode | undefined {
  const node = bare(outer)
  if (isApp(program, node) && node.kind !== 'CallExpression') return node
  if (depth > 3) return undefined
  if (node.kind === 'CallExpression' || node.kind === 'NewExpression') return node.children.filter((child) => child.field === 'arguments').map((arg) => appIn(program, arg, depth + 1)).find((found) => found !== undefined)
  return program.definitions(node).map((home) => (home === node ? undefined : appIn(program, home, depth + 1))).find((found) => found !== undefined)
}
/** Does the file make no app of its own, but take that of another? */
function isHandedElsewhere(program: JsProgram, module: JsModule): boolean {
  const makers = new Set([...program.calls('express')].map((call) => call.module))
  return !makers.has(module) && [...makers].some((maker) => isHandedBy(program, maker))
}
/** Does the file export an app or a function that takes requests? Hosts do not ask an exported server that never listened. */
export const handsApp = (program: JsProgram, module: JsModule): boolean => isHandedBy(program, module, /^express\(\)$|^serverless-http\(\)$/)

/** Does the file export an app, a server, or a function that takes requests? */
function isHandedBy(program: JsProgram, module: JsModule, kinds = /^express\(\)$|^https?\.(createServer|Server)\(\)$|^serverless-http\(\)$/): boolean {
  for (const { whole, node } of handedOut(module)) {
    if (program.origins(node).some((origin) => kinds.test(origin))) return true
    const fn = whole ? program.values(node).find((value) => value.kind === 'function') : undefined
    if (fn?.kind === 'function' && fn.fn.params.length >= 2) return true
  }
  return false
}

/** The name of the app at the file's top level, under which it can be exported; undefined when it lives in a function or an object. */
export function topLevelName(program: JsProgram, app: JsNode | undefined): string | undefined {
  if (app?.kind !== 'Identifier') return undefined
  const homes = program.declarations(app)
  return homes.length > 0 && homes.every((home) => program.moduleOf(home) === program.moduleOf(app) && functionAround(home) === undefined) ? program.text(app) : undefined
}

/** What the callback of a call that listens does besides logging and asking for the server's address: names for people, each once. */
export function afterListening(program: JsProgram, listen: JsCall): readonly string[] {
  const given = listen.args.flatMap((arg) => program.values(arg).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])))
  const found = given.flatMap(({ node, body }) =>
    [...walk(body)].flatMap((at) => {
      const callee = at.kind === 'CallExpression' || at.kind === 'NewExpression' ? field(at, 'expression') : undefined
      const text = callee ? program.text(callee) : ''
      // Only what stands for itself: an inner call is part of what the outer one does.
      const isOwn = statementOf(at).kind !== 'ExpressionStatement' ? !/^(CallExpression|NewExpression)$/.test(at.parent?.kind ?? '') : isWhole(at)
      if (!callee || functionAround(at) !== node || !isOwn || /[\r\n]/.test(text) || text.length > 60 || /^(console|log|logger|winston|pino|debug)\b|\.(log|info|warn|error|debug|address|write)$/i.test(text)) return []
      return [`${text}()`]
    }),
  )
  return [...new Set(found)]
}
/** The statement is this call, alone, awaited, or under `void`. */
function isWhole(node: JsNode): boolean {
  let at = node.parent
  while (at && /^(AwaitExpression|VoidExpression|ParenthesizedExpression)$/.test(at.kind)) at = at.parent
  return at?.kind === 'ExpressionStatement'
}

/**
 * A test that is true when the file is started by hand, as the file would write it. `require.main` only says so where the start
 * command names this very file; ES modules have nothing that every Node knows.
 */
export function startedByHand(program: JsProgram, module: JsModule, host: string): string {
  const manifest = manifestAt(program.repo, program.app.root)
  const stem = (module.path.split('/').at(-1) ?? '').replace(/\.\w+$/, '')
  const runs = new RegExp(`(^|[\\s/])${stem.replace(/[^\w]/g, '\\$&')}(\\.\\w+)?($|[\\s"';&])`)
  const start = manifest?.scripts['start']
  const named = start === undefined ? true : runs.test(start) || Object.values(manifest?.scripts ?? {}).some((script) => /\b(node|nodemon)\b/.test(script) && runs.test(script))
  return module === program.entry && module.system === 'cjs' && !module.isTypeScript && named ? 'require.main === module' : `!${host}`
}
