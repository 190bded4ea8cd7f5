import { beforeAll, describe, expect, it } from 'vitest'
import { programOf, ready } from './program-of.js'

beforeAll(ready)
const head = "const path = require('path')\nconst os = require('os')\n"

/** What the argument of take() may be: 'base text', '$NAME' where a variable has a say, '…' for unknown parts. */
function folded(expression: string, file = 'src/app.js', before = ''): readonly string[] {
  const program = programOf({ [file]: `${head}${before}\ntake(${expression})\n` }, { file })
  const [call] = [...program.calls('take')]
  const arg = call?.args[0]
  if (!arg) throw new Error('take() was not found')
  return program.fold.path(arg).map(({ base, text, env }) => `${base} ${text.replaceAll('\0', '…')}${env === undefined ? '' : ` $${env}`}`)
}

describe('paths', () => {
  it.each([
    ["'uploads'", ['cwd uploads']],
    ["'./uploads/'", ['cwd uploads']],
    ["'/tmp/x'", ['temp x']],
    ["'/var/data'", ['absolute /var/data']],
    ["path.join(__dirname, 'views')", ['repo src/views']],
    ["path.join(__dirname, '..', '/public')", ['repo public']],
    ["path.resolve(__dirname, '../public')", ['repo public']],
    ["path.resolve('public')", ['cwd public']],
    ["__dirname + '/views'", ['repo src/views']],
    ['`${__dirname}/views/${name}.pug`', ['repo src/views/….pug']],
    ["path.join(process.cwd(), 'data', 'a.json')", ['cwd data/a.json']],
    ["path.join(os.tmpdir(), 'x')", ['temp x']],
    ["path.dirname(__filename) + '/a'", ['repo src/a']],
    ["process.env.DIR || 'uploads'", ['env … $DIR', 'cwd uploads $DIR']],
    ['dir()', ['repo src/data'], "const dir = () => path.join(__dirname, 'data')"],
    ['settings.dir', ['cwd store'], "const settings = { dir: './store' }"],
    ["['a', 'b'].join('/')", ['cwd a/b']],
    ['unknown', ['unknown …']],
  ])('%s', (expression: string, wanted: readonly string[], before = '') => {
    expect(folded(expression, 'src/app.js', before)).toEqual(wanted)
  })
  it('starts from the file in ES modules', () => {
    const before = "import { fileURLToPath } from 'url'\nconst here = path.dirname(fileURLToPath(import.meta.url))"
    expect(folded("path.join(here, 'views')", 'server/app.mjs', before)).toEqual(['repo server/views'])
    expect(folded("new URL('./views', import.meta.url)", 'server/app.mjs')).toEqual(['repo server/views'])
  })
})

describe('the environment', () => {
  it('names what is read, what has a default, what is only tested and what is required', () => {
    const source = "const { A, B = '1' } = process.env\nconst c = process.env.C || 'x'\nif (!process.env.D) throw new Error('D')\nconst list = process.env.E.split(',')\nif (process.env.F) start()\nprocess.env.G = '1'\nfor (const name of ['H', 'I']) if (!process.env[name]) process.exit(1)\n"
    const { env } = programOf({ 'app.js': `const express = require('express')\nconst app = express()\n${source}` })
    expect(env.map(({ name, required, bare }) => `${name}${required ? '!' : bare ? '?' : ''}`)).toEqual(['A?', 'B', 'C', 'D!', 'E!', 'F', 'H!', 'I!'])
  })
  it('sees through functions of the repo', () => {
    const source = "const need = (name) => { const value = process.env[name]; if (!value) throw new Error(name); return value }\nconst read = (name, usual) => process.env[name] ?? usual\nneed('KEY')\nread('SIZE', '1')\nread('MODE')\n"
    const { env } = programOf({ 'app.js': `const express = require('express')\nconst app = express()\n${source}` })
    expect(env.map(({ name, required, bare }) => `${name}${required ? '!' : bare ? '?' : ''}`)).toEqual(['KEY!', 'MODE?', 'SIZE'])
  })
  it('reads the schemas of checkers', () => {
    const source = "import { cleanEnv, str, port } from 'envalid'\nimport { z } from 'zod'\nexport const env = cleanEnv(process.env, { TOKEN: str(), SIZE: port({ default: 1 }) })\nconst schema = z.object({ URL: z.string().url(), MODE: z.string().optional() })\nschema.parse(process.env)\n"
    const { env } = programOf({ 'app.ts': source })
    expect(env.map(({ name, required }) => `${name}${required ? '!' : ''}`)).toEqual(['MODE', 'SIZE', 'TOKEN!', 'URL!'])
  })
})
