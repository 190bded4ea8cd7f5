import { describe, expect, it } from 'vitest'
import { applyEdits } from '../../src/edits.js'
import { lockStep } from '../../src/lang/javascript/manifest/lock-step.js'
import { editManifest, type ManifestEdit } from '../../src/lang/javascript/manifest/package-json.js'

function edited(text: string, ...edits: readonly ManifestEdit[]): string | undefined {
  const changes = editManifest('package.json', text, edits)
  if (!changes) return undefined
  const after = applyEdits(text, changes)
  expect(editManifest('package.json', after, edits), 'a second run').toEqual([])
  return after
}
const need = (name: string, specifier = '^1.0.0'): ManifestEdit => ({ kind: 'dependency', name, specifier })

const usual = `{
  "name": "shop",
  "scripts": { "start": "node app.js" },
  "dependencies": {
    "cors": "^2.8.5",
    "express": "^4.18.2"
  },
  "devDependencies": {
    "nodemon": "^3.0.0"
  }
}
`

describe('a dependency', () => {
  it.each([
    ['between', 'dotenv', usual.replace('    "express"', '    "dotenv": "^1.0.0",\n    "express"')],
    ['first', '@vercel/blob', usual.replace('    "cors"', '    "@vercel/blob": "^1.0.0",\n    "cors"')],
    ['last', 'pg', usual.replace('"^4.18.2"\n', '"^4.18.2",\n    "pg": "^1.0.0"\n')],
  ])('is put in its place by name: %s', (_, name, expected) => {
    expect(edited(usual, need(name))).toBe(expected)
  })
  it('goes last where nothing is sorted', () => {
    const text = '{\n\t"dependencies": {\n\t\t"pg": "1",\n\t\t"express": "4"\n\t}\n}'
    expect(edited(text, need('cors'))).toBe(text.replace('"4"\n', '"4",\n\t\t"cors": "^1.0.0"\n'))
  })
  it('keeps CRLF, four spaces and what is in one line', () => {
    const text = '{\r\n    "name": "x",\r\n    "dependencies": { "express": "4" },\r\n    "files": [ "a" ]\r\n}\r\n'
    expect(edited(text, need('pg'), need('cors'))).toBe(text.replace('{ "express": "4" }', '{ "cors": "^1.0.0", "express": "4", "pg": "^1.0.0" }'))
  })
  it('that is there is left, whatever its version', () => {
    expect(edited(usual, need('express', '^5.0.0'))).toBe(usual)
    expect(edited('{"optionalDependencies":{"pg":"8"}}', need('pg'))).toBe('{"optionalDependencies":{"pg":"8"}}')
  })
  it('moves up from those for development, with its version and without its old block\'s comma', () => {
    expect(edited(usual, need('nodemon'))).toBe(usual.replace('"^4.18.2"\n', '"^4.18.2",\n    "nodemon": "^3.0.0"\n').replace('{\n    "nodemon": "^3.0.0"\n  }\n}', '{}\n}'))
  })
  it('gets its block, before that for development', () => {
    expect(edited('{\n  "name": "x",\n  "devDependencies": {\n    "a": "1"\n  }\n}\n', need('b'), need('c'))).toBe('{\n  "name": "x",\n  "dependencies": {\n    "b": "^1.0.0",\n    "c": "^1.0.0"\n  },\n  "devDependencies": {\n    "a": "1"\n  }\n}\n')
    expect(edited('{}', need('b'))).toBe('{\n  "dependencies": {\n    "b": "^1.0.0"\n  }\n}')
  })
  it('named by a stranger is data', () => {
    expect(JSON.parse(edited(usual, need('__proto__', '"1"\n')) ?? '')).toHaveProperty(['dependencies', 'express'], '^4.18.2')
    expect(edited(usual, need('a"b'))).toContain('"a\\"b": "^1.0.0"')
  })
})

describe('scripts and engines', () => {
  it('are added, and scripts kept', () => {
    expect(edited(usual, { kind: 'script', name: 'start', command: 'x' })).toBe(usual)
    expect(edited(usual, { kind: 'script', name: 'start', command: 'x', replace: true })).toBe(usual.replace('node app.js', 'x'))
    expect(edited(usual, { kind: 'script', name: 'build', command: 'tsc && echo "a"' })).toBe(usual.replace('"node app.js" }', '"node app.js", "build": "tsc && echo \\"a\\"" }'))
    expect(edited(usual, { kind: 'engine', node: '22.x' })).toBe(usual.replace('  }\n}\n', '  },\n  "engines": {\n    "node": "22.x"\n  }\n}\n'))
    expect(edited('{"engines":{"npm":"9","node":">=14"}}', { kind: 'engine', node: '22.x' })).toBe('{"engines":{"npm":"9","node":"22.x"}}')
  })
  it('touch no more than their own places, so that others can edit between them', () => {
    const changes = editManifest('package.json', usual, [need('dotenv'), { kind: 'engine', node: '22.x' }])
    expect(changes?.map(({ range }) => range.end - range.start)).toEqual([0, 0])
  })
})

describe('a package.json is left alone', () => {
  it.each(['{ "name": "x", }', '// x\n{}', '[]', '{"dependencies": []}', '{"dependencies": "x"}', ''])('that npm would not read: %j', (text) => {
    expect(editManifest('package.json', text, [need('pg')])).toBe(undefined)
  })
})

describe('the lock file', () => {
  it('has to be written by its package manager, and some refuse to install before', () => {
    expect(lockStep('npm', undefined)).toBe(undefined)
    expect(lockStep('npm', { path: 'package-lock.json', text: '{}' })).toEqual({ command: 'npm install --package-lock-only', blocksInstall: false, left: 'Run `npm install --package-lock-only` and commit package-lock.json: until then a frozen install (`npm ci`) fails, a plain one works.' })
    expect(lockStep('pnpm', { path: 'a/pnpm-lock.yaml', text: undefined })).toMatchObject({ blocksInstall: true, left: expect.stringContaining('commit a/pnpm-lock.yaml: until then the host refuses') as string })
    expect(lockStep('yarn', { path: 'yarn.lock', text: '# yarn lockfile v1\n' })).toMatchObject({ command: 'yarn install', blocksInstall: false })
    expect(lockStep('yarn', { path: 'yarn.lock', text: '\n__metadata:\n  version: 8\n' })).toMatchObject({ command: 'yarn install --mode=update-lockfile', blocksInstall: true })
    expect(lockStep('bun', { path: 'bun.lock', text: '' })).toMatchObject({ blocksInstall: false })
  })
})
