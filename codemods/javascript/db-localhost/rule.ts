import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { localHosts } from '../../../src/lang/database-hosts.js'
import { isSecretName } from '../../../src/lang/env-names.js'
import { replaceNode } from '../../../src/lang/javascript/edit.js'
import type { Folded } from '../../../src/lang/folded.js'
import { connectingCalls, databaseClients, type Client } from '../../../src/lang/javascript/storage/clients.js'
import { bare, type JsNode } from '../../../src/lang/javascript/program.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/severity.js'

export const dbLocalhost = {
  id: 'db-localhost',
  title: 'Database or service expected on the same machine',
  hazard: 'env-required-at-import',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    const isLocal = localHosts(context)
    const now = new Set([...connectingCalls(program)].map(({ node }) => node))
    const seen = new Set<JsNode>()
    for (const client of databaseClients(program)) {
      const { call, what, name } = client
      for (const place of client.bare ? [{ node: client.bare, host: undefined, env: call.args.length === 0 && what === 'PostgreSQL' ? 'PGHOST' : undefined }] : client.addresses.flatMap((node) => [...localIn(program, node, isLocal)])) {
        const site = program.siteOf(place.node) ?? call
        const run = surestRun(call)
        if (seen.has(place.node) || run.when === 'main' || run.when === 'build' || run.when === 'never') continue
        seen.add(place.node)
        const certain = severityFor(run, run.when === 'import' && now.has(call.node) && !call.handled ? 'blocks' : 'breaks')
        const where = place.host === undefined ? 'on the same machine, as no address is given' : `on '${place.host}'`
        yield {
          path: site.module.path,
          range: { start: place.node.start, end: place.node.end },
          when: run.when,
          trace: [...program.trace(call, `${name} is given the address`, run), ...(place.node === call.node ? [] : [{ file: site.module.path, line: program.line(place.node), note: `${what} ${where}` }])],
          severity: place.env === undefined ? certain : atMost(certain, 'degrades'),
          message: place.env === undefined
            ? `${what} is expected ${where}. On the host nothing runs beside the app, so the connection is refused (ECONNREFUSED). Take the address from an environment variable, and keep this one as the default of a local start.`
            : `${what} is expected ${where} unless ${place.env} is set. On the host nothing runs beside the app: set ${place.env} there.`,
          remedy: remedyOf(program, client, place),
        }
      }
    }
  },
} satisfies Rule

type Local = { readonly node: JsNode; readonly host: string | undefined; readonly env: string | undefined }

function* localIn(program: JsProgram, node: JsNode, isLocal: (host: string) => boolean): Generator<Local> {
  const hostOf = ({ text }: Folded): string | undefined => hostsIn(text).find(isLocal)
  const pieces = program.fold.text(node)
  const local = pieces.find((piece) => hostOf(piece) !== undefined)
  const host = local && hostOf(local)
  if (!local || host === undefined) return
  const env = local.env ?? pieces.find((piece) => piece.base === 'env')?.env
  yield { node: homeOf(program, node, isLocal), host, env }
}
/** `const url = 'mongodb://localhost/shop'` further up: there a person would change it. */
function homeOf(program: JsProgram, node: JsNode, isLocal: (host: string) => boolean, depth = 0): JsNode {
  const at = bare(node)
  if (at.kind === 'BinaryExpression' && (at.op === '||' || at.op === '??')) return at.children.find((side) => side.field === 'right') ?? at
  const homes = depth < 4 && /^(Identifier|PropertyAccessExpression)$/.test(at.kind) ? program.definitions(at).filter((one) => program.fold.text(one).some(({ text }) => hostsIn(text).some(isLocal))) : []
  return homes[0] && homes[0] !== at ? homeOf(program, homes[0], isLocal, depth + 1) : at
}
function hostsIn(text: string): readonly string[] {
  const authority = /^[a-z][\w+.-]*:\/\/([^/?#\s]*)/i.exec(text)?.[1]
  const hosts = (authority ?? text).replace(/^.*@/, '')
  return hosts.split(',').map((host) => host.replace(/:(\d+|\0)$/, '')).filter((host) => !/[\s/]/.test(host))
}

function remedyOf(program: JsProgram, { call, env: usual, kind }: Client, { node, host, env }: Local): Remedy {
  const manual = (reason: string): Remedy => ({ kind: 'manual', reason })
  if (env !== undefined) return manual(`Set ${env} on the host to the address of the database there.`)
  const module = program.moduleOf(node)
  if (host === undefined) return manual(`Give ${kind === 'pool' ? 'the pool' : 'the client'} the address from a variable of the host${usual === undefined ? '' : `, such as ${usual}`}; the host, user and password that the library takes from its own variables or defaults are this machine's.`)
  if (usual === undefined || module.brokenAt !== undefined || call.module.brokenAt !== undefined || !/^(StringLiteral|NoSubstitutionTemplateLiteral|TemplateExpression)$/.test(node.kind) || !/^.?[a-z][\w+.-]*:\/\//i.test(program.text(node))) return manual('Where host, user, password and database stand apart, take each of them from a variable.')
  return {
    kind: 'fix', safety: 'safe', title: `Take the address from ${usual}`,
    changes: [replaceNode(module, node, `process.env.${usual} || ${program.text(node)}`)],
    needs: [{ kind: 'env', name: usual, secret: isSecretName(usual), why: `the address of ${call.module.path}'s database` }],
  }
}
