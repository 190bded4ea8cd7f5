/** The lint rules that keep the rooms apart: each border refuses what it must and lets the rest through. */
import { join } from 'node:path'
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'
import { packageRoot } from './cases.js'

const eslint = new ESLint({ cwd: packageRoot })
async function complaints(file: string, code: string): Promise<readonly string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(packageRoot, file) })
  return (result?.messages ?? []).map(({ ruleId }) => ruleId ?? 'syntax')
}

describe('borders', () => {
  it.each([
    ['codemods/python/x/rule.ts', "import { readFileSync } from 'node:fs'\nexport const a = readFileSync", 'no-restricted-imports'],
    ['codemods/python/x/rule.ts', "import { vercel } from '../../../templates/vercel/target.js'\nexport const a = vercel", 'no-restricted-imports'],
    ['codemods/python/x/rule.ts', "import { run } from '../../../src/io/process.js'\nexport const a = run", 'no-restricted-imports'],
    ['templates/vercel/x.ts', "import { rules } from '../../codemods/index.js'\nexport const a = rules", 'no-restricted-imports'],
    ['src/lang/python/x.ts', "import { pythonGrammar } from '../../io/wasm.js'\nexport const a = pythonGrammar", 'no-restricted-imports'],
    ['src/report/x.ts', "import { spawn } from 'child_process'\nexport const a = spawn", 'no-restricted-imports'],
    ['src/plan.ts', "import fs from 'fs-extra'\nexport const a = fs", 'no-restricted-imports'],
    ['src/cli/x.ts', 'export const a = process.env', 'no-restricted-globals'],
    ['src/x.ts', 'export const a: any = 1', 'ts/no-explicit-any'],
    ['src/x.ts', 'export default 1', 'no-restricted-syntax'],
    ['src/x.ts', 'export class Store {}', 'no-restricted-syntax'],
  ])('%s may not hold: %s', async (file, code, rule) => {
    expect(await complaints(file, code)).toContain(rule)
  })
  it('a file ends before 300 lines of code, comments aside', async () => {
    const lines = (count: number): string => Array.from({ length: count }, (_, at) => `export const a${at} = ${at}\n`).join('')
    expect(await complaints('src/x.ts', lines(301))).toEqual(['max-lines'])
    expect(await complaints('src/x.ts', lines(299) + '// why\n'.repeat(99))).toEqual([])
  })
  it.each([
    ['src/io/x.ts', "import { readFileSync } from 'node:fs'\nexport const a = [readFileSync, process.env]"],
    ['src/dev/x.ts', "import { readFileSync } from 'node:fs'\nexport const a = readFileSync"],
    ['codemods/python/x/rule.ts', "import { eolOf } from '../../../src/edits.js'\nexport const a = eolOf"],
    ['src/errors2.ts', 'export class Refused extends Error {}'],
  ])('%s may', async (file, code) => {
    expect(await complaints(file, code)).toEqual([])
  })
})
