import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { editManifest } from '../../../src/lang/javascript/manifest/package-json.js'
import { listsPackage, manifestAt, type Manifest } from '../../../src/lang/javascript/manifest/manifest.js'
import { prismaClients } from '../../../src/lang/javascript/storage/prisma.js'
import { lineAt } from '../../../src/text.js'
import { severityFor, surestRun } from '../../../src/lang/severity.js'

export const dbPrismaClient = {
  id: 'db-prisma-client',
  title: 'Prisma client that is not generated, or made too often',
  hazard: 'dependency-manifest',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: JsProgram, { repo, app }: RuleContext): Generator<Problem> {
    const clients = prismaClients(program)
    const [first] = clients
    const manifest = manifestAt(repo, app.root)
    if (!first) return
    const text = manifest && repo.text(manifest.path)
    if (manifest && text !== undefined && listsPackage(manifest, '@prisma/client') && !generates(manifest)) {
      const start = text.indexOf('"@prisma/client"')
      const run = surestRun(first)
      if (start >= 0 && run.when !== 'never' && run.when !== 'main')
        yield {
          path: manifest.path,
          range: { start, end: start + '"@prisma/client"'.length },
          when: run.when,
          trace: [...program.trace(first, 'makes the client', run), { file: manifest.path, line: lineAt(text, start), note: 'no script runs `prisma generate`' }],
          severity: severityFor(run, 'blocks'),
          message: 'Nothing runs `prisma generate` when the packages are installed. The host keeps node_modules between builds, so the client is an old one or none at all, and Prisma refuses to start ("did not initialize yet", "built on Vercel, which caches dependencies"). Run it after each install.',
          remedy: remedyOf(manifest, text),
        }
    }
    yield* madeOften(program)
  },
} satisfies Rule

const generate = /\bprisma\s+generate\b/
/** In a script that an install or a build runs, also through another script. */
function generates({ scripts, data }: Manifest): boolean {
  const runs = (name: string, depth = 0): boolean => {
    const command = scripts[name]
    if (command === undefined || depth > 3) return false
    return generate.test(command) || [...command.matchAll(/\b(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?([\w:.-]+)/g)].some(([, other]) => other !== undefined && other !== name && runs(other, depth + 1))
  }
  return ['preinstall', 'install', 'postinstall', 'prepare', 'prebuild', 'build', 'postbuild', 'vercel-build', 'now-build'].some((name) => runs(name)) || generate.test(JSON.stringify(data.prisma ?? ''))
}
function remedyOf(manifest: Manifest, text: string): Remedy {
  const before = manifest.scripts.postinstall
  const changes = listsPackage(manifest, 'prisma') && manifest.brokenAt === undefined ? editManifest(manifest.path, text, [{ kind: 'script', name: 'postinstall', command: before === undefined ? 'prisma generate' : `${before} && prisma generate`, ...(before === undefined ? {} : { replace: true as const }) }]) : undefined
  return changes && changes.length > 0
    ? { kind: 'fix', safety: 'safe', title: 'Generate the Prisma client after each install', changes }
    : { kind: 'manual', reason: 'Add `"postinstall": "prisma generate"` to the scripts, and the `prisma` package to those of the app.' }
}

function* madeOften(program: JsProgram): Generator<Problem> {
  const clients = prismaClients(program)
  const kept = clients.filter((call) => call.runs.some((run) => run.when === 'import' || run.when === 'startup'))
  for (const call of clients) {
    const run = surestRun(call)
    const perRequest = run.when === 'request' && !run.background
    if (run.when === 'never' || run.when === 'main' || run.when === 'build' || (!perRequest && (kept.length < 2 || call === kept[0]))) continue
    if (perRequest && call.node.parent?.kind === 'BinaryExpression') continue
    yield {
      path: call.module.path,
      range: { start: call.node.start, end: call.node.end },
      when: run.when,
      trace: program.trace(call, perRequest ? 'a client for each request' : `one of ${kept.length} clients`, run),
      severity: perRequest ? severityFor(run, 'breaks') : 'degrades',
      message: `new PrismaClient() ${perRequest ? 'runs for each request' : `stands in ${kept.length} files`}, and each client opens a pool of its own: with the instances of the host together they use up the connections that the database allows. Make one in a module and import it everywhere.`,
      remedy: { kind: 'manual', reason: 'Make the client once in a module of its own, export it, and import that in place of the others.' },
    }
  }
}
