/** Folders that an Express app reads or serves at run time: views, static files, files that the code names by a known path. */
import type { JsNode, JsProgram } from '../../lang/javascript/program.js'
import { dirOf } from '../../lang/paths.js'
import type { Path, Snapshot } from '../../types.js'

const readers = /^(express\.static|serve-static|koa-static|express\.response\.(sendFile|download)|(fs|fs-extra|fs\.promises)\.(readFileSync|readFile|readdirSync|readdir|createReadStream|readJsonSync|readJson|existsSync)|swagger-jsdoc|yamljs\.load)$/

export function* expressFolders(repo: Snapshot, program: JsProgram): Generator<Path> {
  for (const call of program.callsMatching(readers)) if (call.args[0]) yield* placesOf(repo, program, call.args[0])
  let named = false
  for (const call of program.calls('express().set')) {
    const [key, value] = call.args
    if (!key || !value || program.text(key).replace(/['"`]/g, '') !== 'views') continue
    named = true
    yield* placesOf(repo, program, value)
  }
  // Express looks for views in `views` of the folder that it is started in.
  if (!named && [...program.calls('express.response.render')].length > 0) for (const dir of [program.app.root === '.' ? 'views' : `${program.app.root}/views`]) if (repo.hasDir(dir)) yield dir
}

function* placesOf(repo: Snapshot, program: JsProgram, node: JsNode): Generator<Path> {
  const lists = program.values(node).flatMap((value) => (value.kind === 'literal-object' && value.node.kind === 'ArrayLiteralExpression' ? value.node.children : []))
  for (const item of lists.length > 0 ? lists : [node])
    for (const folded of program.fold.path(item)) {
      if (!folded.exact || (folded.base !== 'repo' && folded.base !== 'cwd')) continue
      const path = folded.base === 'cwd' && program.app.root !== '.' && !repo.has(folded.text) && !repo.hasDir(folded.text) ? `${program.app.root}/${folded.text}` : folded.text
      if (repo.hasDir(path)) yield path
      else if (repo.has(path) && dirOf(path) !== '.') yield dirOf(path)
    }
}
