import { resolve } from 'node:path'
import { UserError, type ExitCode } from '../../errors.js'
import { applyPlan } from '../../io/apply.js'
import { packageVersion } from '../../io/assets.js'
import { readBytes } from '../../io/files.js'
import { readSnapshot } from '../../io/read.js'
import { cwd, print } from '../../io/terminal.js'
import { bindPlan, parsePlan } from '../../plan-file.js'
import { diffBytes, summary, unifiedDiff } from '../../preview.js'
import { plain } from '../../report/escape.js'
import { plural } from '../../text.js'
import { refuseDirty } from '../dirty.js'
import { recoverAndSay } from '../recovery.js'
import type { Session } from '../session.js'

/** Applies a plan file in the working directory; refused when a file is not as it was when the plan was made. */
export async function applyCommand(session: Session): Promise<ExitCode> {
  const name = session.invocation.operands[0] ?? ''
  const saved = parsePlan(readText(name), name)
  const dir = cwd()
  if (!session.has('dry-run')) recoverAndSay(session, dir)
  const files = bindPlan(saved, await readSnapshot(dir))
  const hard = saved.remaining.filter((item) => item.severity === 'blocks' || item.severity === 'breaks')
  if (session.has('dry-run')) {
    print(session.screen.tty ? unifiedDiff(files, { color: session.screen.color, forTerminal: true }) : diffBytes(files))
    return 0
  }
  refuseDirty(session, dir, files)
  const receipt = await applyPlan(dir, files, `to-serverless ${packageVersion()}`)
  if (session.has('json')) print(JSON.stringify({ schemaVersion: 1, receipt: { version: receipt.version, at: receipt.at, tool: receipt.tool, files: receipt.files.map((file) => file.path), dirs: receipt.dirs } }, null, 2) + '\n')
  else {
    print(files.length === 0 ? 'Nothing to change.\n' : `Changed ${plural(files.length, 'file')}:\n${summary(files, { color: session.screen.color })}`)
    if (hard.length > 0) print(`${plural(hard.length, 'hazard')} ${hard.length === 1 ? 'is left that blocks or breaks' : 'are left that block or break'}; \`npx to-serverless check --target ${plain(saved.target)}\` names ${hard.length === 1 ? 'it' : 'them'}.\n`)
  }
  return hard.length === 0 ? 0 : 1
}

function readText(name: string): string {
  try {
    return new TextDecoder().decode(readBytes(resolve(cwd(), name)))
  } catch {
    throw new UserError(`There is no plan file ${name}.`, 2, 'Write one with `to-serverless --dry-run --plan-out FILE`.')
  }
}
