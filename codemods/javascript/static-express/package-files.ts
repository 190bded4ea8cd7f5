/** Files of packages that are sent by a path put together at run time: `res.sendFile(path.join(__dirname, libs.get(name)))`. */
import { literalText, walk, type JsProgram } from '../../../src/lang/javascript/program.js'
import type { Problem } from '../../../src/types.js'

export function* packageFiles(program: JsProgram): Generator<Problem> {
  for (const call of program.calls('express.response.sendFile', 'express.response.download')) {
    const [file] = call.args
    const run = program.first(call)
    if (!file || run.when === 'main' || run.when === 'build' || program.fold.path(file).some(({ exact }) => exact)) continue
    const named = [...walk(call.module.root)].find((node) => node.kind === 'StringLiteral' && /^(\.\/)?node_modules\//.test(literalText(node, call.module.text) ?? ''))
    if (!named) continue
    yield {
      path: call.module.path,
      range: { start: call.node.start, end: call.node.end },
      when: 'request',
      trace: program.trace(call, `sends files such as ${literalText(named, call.module.text) ?? ''}`, run),
      severity: 'breaks',
      message: 'Files of node_modules are sent by paths that are put together at run time. The host packs of node_modules what it can see that the code reads, so these are missing there and the answer is 404. Copy them to public/ at build time, or link to them on a CDN.',
      remedy: { kind: 'manual', reason: 'Let the build script copy the files to public/, at the addresses that the pages use.' },
    }
  }
}
