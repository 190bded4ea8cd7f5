/** The files of a new rule, framework or target, as text. Pure. */
import type { HazardFacts } from './main.js'
import { ruleHeader } from './docs.js'
import type { Rule, RuleFacts } from '../types.js'

export type Scaffold = { readonly files: readonly { readonly path: string; readonly text: string }[]; readonly next: readonly string[] } | { readonly refused: string }

/** What `npm run new <kind> <name>` writes, and what to do next. */
export function scaffold(kind: string | undefined, name: string | undefined, hazards: Readonly<Record<string, HazardFacts>>): Scaffold {
  if (!name) return { refused: 'Say what to make and its name.' }
  if (kind === 'rule') return rule(name, hazards)
  if (!/^[a-z][a-z0-9]*$/.test(name)) return { refused: `${name} is no id: lower-case letters and digits only.` }
  if (kind === 'framework') return framework(name)
  if (kind === 'target') return target(name)
  return { refused: `There is nothing called ${String(kind)} to make.` }
}

const camel = (id: string): string => id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

function rule(name: string, hazards: Readonly<Record<string, HazardFacts>>): Scaffold {
  const [language, id] = name.split('/')
  if ((language !== 'python' && language !== 'javascript' && language !== 'config') || !id || !/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(id)) {
    return { refused: `${name} is no rule: write python/<id>, javascript/<id> or config/<id>, the id in words joined by dashes.` }
  }
  const facts = hazards[id]
  const made: Made = { id, title: 'Say the pattern in five words', hazard: facts?.kind ?? 'latent-bug', language, assumes: 'nothing', severity: (facts?.severity[0] ?? 'degrades') as Rule['severity'] }
  const dir = `codemods/${language}/${id}`
  const files = [
    { path: `${dir}/rule.ts`, text: ruleSource(made, facts?.fix ?? 'manual') },
    { path: `${dir}/README.md`, text: readme(made) },
    ...cases[language].flatMap(({ name, expect, files: own }) => [{ path: `${dir}/fixtures/${name}/expect.json`, text: expect }, ...own.map(({ path, text }) => ({ path: `${dir}/fixtures/${name}/repo/${path}`, text }))]),
  ]
  const next = [
    ...(facts ? [] : [`${id} is not in test/catalogue/hazards.json: add it with its hazard kind, severity and fix class.`]),
    `1. Add to codemods/${language}/index.ts: import { ${camel(id)} } from './${id}/rule.js' and one line in its group.`,
    '2. Write the cases first, then check() in rule.ts.',
    `3. npm run docs && npx vitest run test/catalogue.test.ts -t ${id}`,
  ]
  return { files, next }
}

const flaskApp = `from flask import Flask

app = Flask(__name__)


@app.get("/")
def home():
    return "ok"
`
const expressApp = `const express = require('express')

const app = express()

app.get('/', (req, res) => {
  res.send('ok')
})

module.exports = app
`
const flaskFiles = [{ path: 'app.py', text: flaskApp }, { path: 'requirements.txt', text: 'flask==3.1.3\n' }]
const expressFiles = [{ path: 'app.js', text: expressApp }, { path: 'package.json', text: '{ "name": "shop", "main": "app.js", "dependencies": { "express": "^5.1.0" } }\n' }]
/** A hit and a look-alike to begin with. */
const casesOf = (hit: string, files: readonly { readonly path: string; readonly text: string }[]) => [
  { name: 'a-plain-case', expect: `{"hits": ["${hit}"]}\n`, files },
  { name: 'ok-looks-alike', expect: '{}\n', files },
]
const cases = { python: casesOf('app.py:3 import', flaskFiles), javascript: casesOf('app.js:3 import', expressFiles), config: casesOf('app.py:3 import', flaskFiles) } as const

/** A rule before it is written. */
type Made = RuleFacts & { readonly language: Rule['language'] }

function ruleSource(made: Made, fix: string): string {
  return `import type { ${programType[made.language]}, Problem, Rule, RuleContext } from '../../../src/types.js'

/** Allowed remedy: ${fix} or more careful. */
export const ${camel(made.id)} = {
  id: '${made.id}',
  title: '${made.title}',
  hazard: '${made.hazard}',
  language: '${made.language}',${made.language === 'config' ? "\n  about: 'any'," : ''}
  assumes: '${made.assumes}',
  severity: '${made.severity}',
  *check(program: ${programType[made.language]}, { app, repo, target }: RuleContext): Generator<Problem> {
    void [program, app, repo, target]
    yield* []
  },
} satisfies Rule
`
}

const programType = { python: 'PythonProgram', javascript: 'JsProgram', config: 'Program' } as const

function readme(made: Made): string {
  return `${ruleHeader(made)}
TODO one sentence: what the code does and what the person sees.

## Why it breaks

TODO the platform fact, with its source.

## What to do

TODO before and after, in a few lines of code.

## Not reported

TODO the look-alikes that stay silent, and why.
`
}

function framework(id: string): Scaffold {
  const name = camel(id)
  const title = (name[0] ?? '').toUpperCase() + name.slice(1)
  const at = `src/frameworks/${id}`
  return {
    files: [
      { path: `${at}/index.ts`, text: `import { pythonFramework } from '../python-framework.js'\nimport { detect${title} } from './detect.js'\nimport { ${name}Knowledge } from './knowledge.js'\n\nexport const ${name} = pythonFramework('${id}', detect${title}, ${name}Knowledge)\n` },
      {
        path: `${at}/detect.ts`,
        text: `import type { App, Snapshot } from '../../types.js'

/** Finds the ${id} apps of a repo, with the evidence for each. */
export function* detect${title}(repo: Snapshot): Generator<App> {
  void repo
  yield* []
}
`,
      },
      {
        path: `${at}/knowledge.ts`,
        text: `import type { PythonFramework } from '../../lang/python/program.js'

/** What ${id} does with the functions and classes it is given. A framework in JavaScript has a JsFramework; see express/. */
export const ${name}Knowledge: PythonFramework = {
  decorator: () => undefined,
  callback: () => undefined,
  base: () => undefined,
  route: () => undefined,
  routes: () => [],
}
`,
      },
    ],
    next: [`1. Give '${id}' its title in src/framework-titles.ts, which makes it a FrameworkId.`, '2. Register it in src/frameworks/index.ts.', `3. Add whole apps under fixtures/${id}-*/ with a fixture.json written by hand.`],
  }
}

function target(id: string): Scaffold {
  return {
    files: [
      {
        path: `templates/${id}/target.ts`,
        text: `import { UserError } from '../../src/errors.js'
import type { Target } from '../../src/types.js'
import { limits, offers } from './limits.js'

export const ${id} = {
  id: '${id}',
  title: '${id}',
  offers,
  hostEnv: {},
  guard: { python: 'False', javascript: 'false' },
  lookup: { candidates: [], names: [] },
  hosts: { names: [], variables: [], scheme: 'forwarded' },
  collected: 'app',
  limits,
  python: { versions: ['3.12'], default: '3.12' },
  emit() {
    throw new UserError('The target ${id} is not written yet.', 2)
  },
  prove: () => Promise.resolve([]),
} satisfies Target
`,
      },
      {
        path: `templates/${id}/limits.ts`,
        text: `/** Facts of the platform. Each has the date it was read and its source; see README.md. */
import type { Target } from '../../src/types.js'

export const limits: Target['limits'] = { free: { cronGap: 86_400, requestSeconds: 60, bundleMb: 250 }, paid: { cronGap: 60, requestSeconds: 60, bundleMb: 250 } }

export const offers: Target['offers'] = {
${['entry-by-convention', 'owns-process', 'import-unbounded', 'background-work', 'scheduler', 'any-schedule', 'writable-disk', 'persistent-disk', 'shared-memory', 'long-request', 'system-binaries', 'rooms', 'large-bundle', 'any-payload', 'large-memory', 'install-anything', 'any-version', 'config-dialect', 'files-by-cwd', 'private-network', 'nothing'].map((capability) => `  '${capability}': 'no',`).join('\n')}
}
`,
      },
      { path: `templates/${id}/README.md`, text: `# ${id}\n\nWhat the platform offers, what it limits, and which files it wants; each fact with its date and source.\n` },
    ],
    next: [`1. Add '${id}' to TargetId in src/target.ts.`, '2. Register it in templates/index.ts.', '3. Write the facts in limits.ts, then emit(), then its tests in test/.'],
  }
}
