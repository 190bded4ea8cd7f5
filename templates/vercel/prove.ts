import type { Check, EmitContext, Snapshot } from '../../src/types.js'
import { placeOf, type Place } from './place.js'
import { presets } from './presets.js'
import { folder, folderOf } from './project.js'
import type { Proof } from './proof.js'
import { proveNode } from './prove-node.js'
import { provePython } from './prove-python.js'
import { publicFile } from './public-folder.js'
import { configErrors } from './schema.js'

type Prover = (repo: Snapshot, context: EmitContext, place: Place) => Promise<Proof> | Proof
const provers: Readonly<Record<string, Prover>> = { Python: provePython, Node: proveNode }

/**
 * The builder's own word on the files as they are after the plan. What is served is worked out from vercel.json again, not taken
 * from what `emit` meant.
 */
export async function prove(repo: Snapshot, context: EmitContext): Promise<readonly Check[]> {
  const place = placeOf(repo, { app: context.app })
  const proof = await provers[presets[context.app.framework].builder.language]?.(repo, context, place)
  return [configCheck(place), ...(proof?.entry ?? []), ...(proof?.way === 'null' ? [sourceCheck(place)] : []), ...(proof?.rest ?? []), secretCheck(repo, place)]
}

function configCheck({ file, config }: Place): Check {
  const errors = configErrors(config)
  return { title: `${file} has the form that Vercel takes`, ok: errors.length === 0, detail: errors.join('; ') || 'No error.' }
}

function sourceCheck({ home }: Place): Check {
  const file = publicFile(home)
  const ok = file !== undefined && !file.create
  return { title: 'No source file is published', ok, detail: ok ? `public/ holds ${file.path}, so only that folder is served as files.` : 'public/ holds no file that is uploaded, so Vercel would publish the source.' }
}

function secretCheck(repo: Snapshot, place: Place): Check {
  const top = folder(repo, folderOf(place.file))
  const lines = (top.text('.vercelignore') ?? '').split(/\r\n|\r|\n/).map(line => line.trim().replace(/^\//, ''))
  const ok = lines.includes('.env')
  return { title: '.env is not uploaded', ok, detail: ok ? '.vercelignore names it.' : '.vercelignore does not name it, and Vercel uploads it otherwise.' }
}
