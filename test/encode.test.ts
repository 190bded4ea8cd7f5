/** A change of encoding alone, from the snapshot to the diff that git applies. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encode } from '../src/encoding.js'
import { EditConflict } from '../src/errors.js'
import { diffBytes } from '../src/preview.js'
import { makeSnapshot } from '../src/snapshot.js'
import type { Change, Encoding, SourceFile } from '../src/types.js'

const file = (encoding: Encoding, text = 'flask==3.0.3\r\nrequests\r\n'): SourceFile => ({ path: 'requirements.txt', text, encoding, mode: 0o644, size: encode({ text, encoding }).length })
const repoOf = (encoding: Encoding) => makeSnapshot({ files: new Map([['requirements.txt', file(encoding)]]) })
const toUtf8: Change = { kind: 'encode', path: 'requirements.txt', encoding: 'utf-8' }

describe('saving a file in another encoding', () => {
  it('keeps the text, beside edits of it', () => {
    const after = repoOf('utf-16le').with([toUtf8, { kind: 'edit', path: 'requirements.txt', range: { start: 5, end: 12 }, text: '>=3' }, toUtf8])
    expect(after.files.get('requirements.txt')).toMatchObject({ text: 'flask>=3\r\nrequests\r\n', encoding: 'utf-8', size: 20 })
  })
  it('conflicts with another encoding, a deletion, and a file that is not there', () => {
    const repo = repoOf('utf-16le')
    for (const other of [{ ...toUtf8, encoding: 'latin-1' }, { kind: 'delete', path: 'requirements.txt' }, { ...toUtf8, path: 'gone.txt' }] satisfies Change[]) {
      expect(() => repo.with([toUtf8, other])).toThrow(EditConflict)
    }
  })
  it.each<[Encoding, Encoding]>([['utf-16le', 'utf-8'], ['utf-16be', 'utf-8'], ['utf-8-bom', 'utf-8']])('gives a diff from %s to %s that git applies', (from, to) => {
    const [before, after] = [file(from), file(to)]
    const dir = mkdtempSync(join(tmpdir(), 'encode-'))
    try {
      execFileSync('git', ['init', '-q'], { cwd: dir })
      writeFileSync(join(dir, 'requirements.txt'), encode(before))
      const diff = diffBytes([{ kind: 'edit', path: 'requirements.txt', rules: [], class: 'safe', before, after }])
      execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: dir, input: diff })
      expect(readFileSync(join(dir, 'requirements.txt'))).toEqual(Buffer.from(encode(after)))
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
