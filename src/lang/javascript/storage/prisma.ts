/** Prisma: where its client is made, and its schema. */
import { join } from '../../paths.js'
import type { Path, Snapshot } from '../../../types.js'
import type { JsProgram } from '../program.js'
import type { JsCall } from '../types.js'

export const prismaClients = (program: JsProgram): readonly JsCall[] => [...program.callsMatching(/^@?prisma\/client\.PrismaClient$/)]

export function* prismaSchemas(repo: Snapshot, root: Path): Generator<{ readonly path: Path; readonly text: string }> {
  for (const path of repo.list(root)) if (path.endsWith('.prisma') && (path === join(root, 'schema.prisma') || path.startsWith(join(root, 'prisma/')))) yield { path, text: repo.text(path) ?? '' }
}
