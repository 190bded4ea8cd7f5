/** A project and a plan for it that does one of each: edits, creations, deletions, encodings, modes. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { PlannedFile } from '../../src/types.js'
import type { folder} from './sandbox.js';
import { created, deleted, edited, repository } from './sandbox.js'

export const isRoot = process.getuid?.() === 0
export const latin = (text: string): Buffer => Buffer.from(`# coding: latin-1\r\n${text}`, 'latin1')
export const before = { 'app.py': 'x = 1\r\n', 'run.sh': '#!/bin/sh\n', 'old/gone.py': 'bye\n', 'enc.py': latin('é'), 'wide.txt': Buffer.from('\ufeffa', 'utf16le'), 'other.txt': 'mine\n' }
export const plan: readonly PlannedFile[] = [
  edited('app.py', before['app.py'], 'x = 2\r\n'),
  edited('run.sh', before['run.sh'], '#!/bin/sh\nexec x\n'),
  deleted('old/gone.py', before['old/gone.py']),
  edited('enc.py', before['enc.py'], latin('éÿ')),
  edited('wide.txt', before['wide.txt'], Buffer.from('\ufeffab', 'utf16le')),
  created('api/deep/index.py', 'from app import app\n'),
  created('api/run', '#!/bin/sh\n', 0o755),
  created('MIGRATION.md', '# done\n'),
]
export function project(make: typeof folder = repository): string {
  const dir = make(before)
  chmodSync(join(dir, 'run.sh'), 0o750)
  // More than the umask would leave.
  chmodSync(join(dir, 'app.py'), 0o666)
  return dir
}
export const failure = async (work: Promise<unknown> | (() => unknown)): Promise<unknown> => {
  try {
    return await (typeof work === 'function' ? work() : work)
  } catch (error) {
    return error
  }
}
