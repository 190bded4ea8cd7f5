import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quotePath } from '../src/diff-names.js'
import { diffBytes, lineCounts, summary, unifiedDiff } from '../src/preview.js'
import type { PlannedFile } from '../src/types.js'
import { created, deleted, edited, folder, gitIn, repository, tree, write } from './io/sandbox.js'

const utf16 = (text: string, be = false): Buffer => (be ? Buffer.from('\ufeff' + text, 'utf16le').swap16() : Buffer.from('\ufeff' + text, 'utf16le'))
const numbers = Array.from({ length: 40 }, (_, at) => `line ${at}`)
const swap = (text: string, ...pairs: [string, string][]): string => pairs.reduce((all, [from, to]) => all.replace(from, to), text)
const latin = (text: string): Buffer => Buffer.from(`# coding: latin-1\n${text}`, 'latin1')

const cases: Record<string, PlannedFile> = {
  LF: edited('a.py', numbers.join('\n') + '\n', swap(numbers.join('\n') + '\n', ['line 2\n', 'two\n'], ['line 30\n', ''])),
  CRLF: edited('a.py', numbers.join('\r\n') + '\r\n', swap(numbers.join('\r\n') + '\r\n', ['line 5\r\n', 'five\r\nfive\r\n'])),
  'mixed line ends': edited('a.py', 'a\r\nb\nc\rd\r\n', 'a\r\nB\nc\rd\n'),
  'CR only': edited('a.py', 'a\rb\rc', 'a\rB\rc'),
  BOM: edited('a.py', '\ufeffx = 1\ny = 2\n', '\ufeffimport os\nx = 1\ny = 2\n'),
  'a changed first line after a BOM': edited('a.py', '\ufeffx = 1\n', '\ufeffx = 2\n'),
  'UTF-16LE': edited('a.txt', utf16('one\r\ntwo\r\n'), utf16('one\r\n2\u0a0a\r\n')),
  'UTF-16BE': edited('a.txt', utf16('one\ntwo\n', true), utf16(numbers.join('\n'), true)),
  'Latin-1': edited('a.py', latin('café = 1\nx\n'), latin('café = 2 # ÿ\nx\n')),
  'no final newline': edited('a.py', 'a\nb', 'a\nc'),
  'final newline added': edited('a.py', 'a\nb', 'a\nb\n'),
  'final newline removed': edited('a.py', 'a\nb\n', 'a\nb'),
  'from empty': edited('a.py', '', 'a\n'),
  'to empty': edited('a.py', 'a\nb\n', ''),
  'form feed and separators': edited('a.py', 'a\u2028b\n\fc\x85\n', 'a\u2028B\n\fc\x85\n'),
  'lines that look like a diff': edited('a.py', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n', '--- a/x\n+++ b/y\n\\ No newline\n@@ -1 +1 @@\n'),
  'a total rewrite past the limit': edited('a.py', Array.from({ length: 1500 }, (_, at) => `old ${at}`).join('\n'), Array.from({ length: 1700 }, (_, at) => `new ${at}\n`).join('')),
  'new file': created('api/deep/index.py', 'from app import app\n'),
  'new executable': created('run.sh', '#!/bin/sh\n', 0o755),
  'new empty file': created('pkg/__init__.py', ''),
  'new file without final newline': created('a.txt', 'x'),
  'deleted file': deleted('old/a.py', 'a\nb\n'),
  'deleted empty file': deleted('a.py', ''),
  'deleted UTF-16': deleted('a.txt', utf16('x')),
  'new UTF-16': created('a.txt', utf16('x\n'.repeat(300))),
}
for (const name of ['with space.py', ' lead.py', 'dir with space/b.py', 'quo"te.py', 'back\\slash.py', 'new\nline.py', 'tab\tname.py', 'ünïcode-日本.py', '-dash.py', '--- a', "it's.py", '\x01\x7f.py', 'a/b/dev/null']) {
  cases[`edit of ${JSON.stringify(name)}`] = edited(name, 'a\n', 'b\n')
  cases[`creation of ${JSON.stringify(name)}`] = created(name, 'b\n')
  cases[`creation of empty ${JSON.stringify(name)}`] = created(name, '')
  cases[`deletion of ${JSON.stringify(name)}`] = deleted(name, 'b\n')
}

function written(files: readonly PlannedFile[], side: 'before' | 'after'): string {
  const dir = folder()
  for (const file of files) {
    const one = file[side]
    if (!one) continue
    write(dir, one.path, bytesOf(one))
    chmodSync(join(dir, one.path), one.mode)
  }
  return dir
}
function bytesOf(file: NonNullable<PlannedFile['after']>): Buffer {
  switch (file.encoding) {
    case 'utf-8': return Buffer.from(file.text)
    case 'utf-8-bom': return Buffer.from('\ufeff' + file.text)
    case 'latin-1': return Buffer.from(file.text, 'latin1')
    case 'utf-16le': return utf16(file.text)
    case 'utf-16be': return utf16(file.text, true)
  }
}
/** Only the files, for git leaves and makes folders as it likes. */
const filesOf = (dir: string): Record<string, string> => Object.fromEntries(Object.entries(tree(dir)).filter(([path]) => !path.endsWith('/') && path !== 'plan.diff'))

function gitApply(dir: string, patch: Uint8Array, ...args: string[]): void {
  write(dir, 'plan.diff', patch)
  gitIn(dir, 'apply', '--whitespace=nowarn', ...args, 'plan.diff')
}

describe('git apply takes the diff', () => {
  it.each(Object.entries(cases))('%s, there and back', (_, file) => {
    const dir = written([file], 'before')
    gitIn(dir, 'init', '-q')
    const patch = diffBytes([file])
    expect(patch.length).toBeGreaterThan(0)
    gitApply(dir, patch)
    expect(filesOf(dir)).toEqual(filesOf(written([file], 'after')))
    gitApply(dir, patch, '-R')
    expect(filesOf(dir)).toEqual(filesOf(written([file], 'before')))
  })
  it('takes all kinds in one patch, outside a repository too', () => {
    const all = Object.values(cases).flatMap((file, at) => {
      const path = `${at}/${file.path}`
      return [{ ...file, path, ...(file.before && { before: { ...file.before, path } }), ...(file.after && { after: { ...file.after, path } }) }]
    })
    const dir = written(all, 'before')
    gitApply(dir, diffBytes(all))
    expect(filesOf(dir)).toEqual(filesOf(written(all, 'after')))
  })
  it('takes CRLF where the repository converts line ends', () => {
    const dir = repository({ 'a.py': 'a\r\nb\r\n' })
    gitIn(dir, 'config', 'core.autocrlf', 'true')
    gitIn(dir, 'add', '.')
    gitIn(dir, 'commit', '-qm', 'x')
    gitApply(dir, diffBytes([edited('a.py', 'a\r\nb\r\n', 'a\r\nc\r\n')]))
    expect(readFileSync(join(dir, 'a.py'), 'latin1')).toBe('a\r\nc\r\n')
  })
  it('makes new scripts executable', () => {
    const dir = folder()
    gitApply(dir, diffBytes([created('run.sh', '#!/bin/sh\n', 0o755)]))
    expect(statSync(join(dir, 'run.sh')).mode & 0o111).toBe(0o111)
  })
})

describe('the form of the diff', () => {
  it.each(['plain.py', 'with space.py', 'quo"te.py', 'back\\slash.py', 'new\nline.py', 'tab\t.py', 'ünï 日本.py', '\x01\x7f\x1b.py'])('is what git itself writes for %j', (name) => {
    const before = numbers.join('\n') + '\n'
    const after = swap(before, ['line 4', 'four'], ['line 30\n', ''])
    const dir = repository({ [name]: before, 'gone.py': 'x\n' })
    gitIn(dir, 'add', '.')
    write(dir, name, after)
    execFileSync('rm', [join(dir, 'gone.py')])
    const theirs = gitIn(dir, '-c', 'diff.noprefix=false', 'diff', '--', name, 'gone.py')
    const ours = unifiedDiff([edited(name, before, after), deleted('gone.py', 'x\n')].sort((a, b) => (a.path < b.path ? -1 : 1)))
    // Without the object names, and what git guesses as the enclosing function.
    expect(ours).toBe(theirs.replace(/^index .*\n/gm, '').replace(/^(@@ .*? @@).*$/gm, '$1'))
  })
  it('is empty for an empty plan and for a file that stays the same', () => {
    expect(unifiedDiff([])).toBe('')
    expect(diffBytes([edited('a', 'x', 'x'), edited('b', utf16('x'), utf16('x'))]).length).toBe(0)
  })
  it('equals the bytes for UTF-8, and shows UTF-16 as text', () => {
    const file = edited('ü.py', '\ufeffä\r\n', '\ufeffö\r\n')
    expect(unifiedDiff([file])).toBe(Buffer.from(diffBytes([file])).toString('utf8'))
    expect(unifiedDiff([edited('a.txt', utf16('one\n'), utf16('two\n'))])).toContain('@@ -1 +1 @@\n-one\n+two\n')
  })
  it('colours for people and lets no control character of the repo reach the terminal', () => {
    const shown = unifiedDiff([edited('a.py', 'x\r\n', '\x1b[2Jpwned\u202e\n')], { color: true })
    expect(shown).toContain('\x1b[32m+^[[2Jpwned\\u202e\x1b[39m\n')
    expect(shown).toContain('\x1b[31m-x^M\x1b[39m\n')
    expect(unifiedDiff([edited('a.py', 'x\n', '\x1b[2J\n')])).toContain('+\x1b[2J\n')
  })
  it('quotes names as C does', () => {
    expect(quotePath('a b')).toBe('a b')
    expect(quotePath('a"\\\n\x07é')).toBe('"a\\"\\\\\\n\\a\\303\\251"')
  })
})

describe('summary', () => {
  it('counts lines, one line a file', () => {
    const files = [edited('app.py', 'a\nb\n', 'a\nc\nd\n'), created('api/index.py', 'x\n'), deleted('bad\nname', 'x\ny\n')]
    expect(summary(files)).toBe('edit    app.py        +2 -1\ncreate  api/index.py  +1 -0\ndelete  bad\\nname     +0 -2\n')
    expect(lineCounts(created('e', ''))).toEqual({ added: 0, removed: 0 })
    expect(summary([])).toBe('')
  })
})
