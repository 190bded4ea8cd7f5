/** `npm run new`, `npm run docs` and `npm run bench`: the tools of those who work on to-serverless. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rules } from '../../codemods/index.js'
import { catalogueTable, folderOf, ruleHeader, withHeader } from './docs.js'
import { scaffold } from './scaffold.js'

const usage = `usage:
  npm run new rule python/<id>     a hazard: rule.ts, README.md and two cases (also config/<id>)
  npm run new framework <id>       what an app is: src/frameworks/<id>/
  npm run new target <id>          what a platform offers: templates/<id>/
  npm run bench -- DIR [runs]      where an inspection's time goes
  npm run docs [-- --check]        write (or check) the generated parts of the docs
`

/** Runs one command and gives the exit code. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const [command, ...rest] = args
  if (command === 'bench') {
    const { bench } = await import('./bench.js')
    await bench(rest[0] ?? join(root, 'fixtures', 'flask-event-checker', 'app'), Number(rest[1] ?? 9))
    return 0
  }
  if (command === 'docs') return docs(root, rest.includes('--check'))
  if (command === 'new') return create(root, rest)
  process.stderr.write(usage)
  return 2
}

function create(root: string, [kind, name]: readonly string[]): number {
  const made = scaffold(kind, name, hazardsOf(root))
  if ('refused' in made) {
    process.stderr.write(`${made.refused}\n\n${usage}`)
    return 2
  }
  const taken = made.files.find(({ path }) => existsSync(join(root, path)))
  if (taken) {
    process.stderr.write(`${taken.path} exists already; nothing was written.\n`)
    return 3
  }
  for (const { path, text } of made.files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    process.stdout.write(`  ${path}\n`)
  }
  process.stdout.write(`\n${made.next.join('\n')}\n`)
  return 0
}

export type HazardFacts = { readonly kind: string; readonly severity: readonly string[]; readonly fix: string }

function hazardsOf(root: string): Readonly<Record<string, HazardFacts>> {
  return JSON.parse(readFileSync(join(root, 'test', 'catalogue', 'hazards.json'), 'utf8')) as Record<string, HazardFacts>
}

function docs(root: string, check: boolean): number {
  const stale: string[] = []
  const put = (path: string, make: (old: string) => string): void => {
    const file = join(root, path)
    const old = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const text = make(old)
    if (text === old) return
    stale.push(path)
    if (!check) writeFileSync(file, text)
  }
  for (const rule of rules) put(`codemods/${folderOf(rule)}/README.md`, (old) => withHeader(old, ruleHeader(rule)))
  put('codemods/README.md', () => catalogueTable(rules))
  for (const path of stale) process.stdout.write(`${check ? 'stale' : 'wrote'} ${path}\n`)
  if (check && stale.length > 0) process.stderr.write('Run `npm run docs` and commit the result.\n')
  return check && stale.length > 0 ? 1 : 0
}
