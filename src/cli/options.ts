/** Every command and option, once: parsing, help, prompts' flags and the README's table come from here. */

export type CommandId = 'migrate' | 'inspect' | 'check' | 'verify' | 'undo' | 'explain' | 'apply' | 'rules'

export type Command = {
  readonly id: CommandId
  /** What follows the command's name. */
  readonly usage: string
  readonly text: string
  readonly operands: { readonly min: number; readonly max: number }
}

export const commands = [
  { id: 'migrate', usage: '[dir]', text: 'inspect, recommend, choose, preview, apply, verify, report', operands: { min: 0, max: 1 } },
  { id: 'inspect', usage: '[dir]', text: 'say what the app is, what breaks and when, and where it fits best; writes nothing', operands: { min: 0, max: 1 } },
  { id: 'check', usage: '[dir] --target T', text: 'for CI: exit 1 while hazards that block or break remain; writes nothing', operands: { min: 0, max: 1 } },
  { id: 'verify', usage: '[dir]', text: 'boot the app in an emulated serverless cell and say what broke', operands: { min: 0, max: 1 } },
  { id: 'undo', usage: '[dir]', text: 'put back what the last run changed', operands: { min: 0, max: 1 } },
  { id: 'explain', usage: '<rule | error text | log file>', text: 'what it means, why, and what to do', operands: { min: 1, max: Infinity } },
  { id: 'apply', usage: 'PLAN', text: 'apply a plan file written by --plan-out', operands: { min: 1, max: 1 } },
  { id: 'rules', usage: '', text: 'list the catalogue', operands: { min: 0, max: 0 } },
] as const satisfies readonly Command[]

export type Option = {
  readonly name: string
  readonly short?: string
  /** What the value is called in help; absent for a flag. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** Comma-separated, may be repeated. */
  readonly list?: boolean
  readonly text: string
  /** Where it means something; elsewhere it is a usage error. */
  readonly for: readonly CommandId[] | 'all'
}

const reading = ['migrate', 'inspect', 'check', 'verify'] as const satisfies readonly CommandId[]
const judging = ['migrate', 'inspect', 'check'] as const satisfies readonly CommandId[]
const writing = ['migrate', 'apply'] as const satisfies readonly CommandId[]

export const options = [
  { name: 'target', short: 't', value: 'T', choices: ['vercel', 'render', 'hybrid'], text: 'where to go: vercel, render or hybrid; without it the recommended one, or a prompt', for: reading },
  { name: 'plan', value: 'P', choices: ['free', 'paid'], text: 'the platform plan whose limits to respect: free (default) or paid', for: reading },
  { name: 'dry-run', short: 'n', text: 'print the changes as a unified diff and write nothing', for: ['migrate', 'apply'] },
  { name: 'yes', short: 'y', text: 'take every default, ask nothing', for: ['migrate', 'verify', 'undo', 'apply'] },
  { name: 'app', value: 'DIR', text: 'which app of a monorepo, by its folder', for: reading },
  { name: 'only', value: 'RULE,…', list: true, text: 'only these rules', for: judging },
  { name: 'skip', value: 'RULE,…', list: true, text: 'all rules but these', for: judging },
  { name: 'unsafe', text: 'also take the fixes that want a review, each choice with its default or the answer in --answers', for: ['migrate'] },
  { name: 'entry', value: 'SHAPE', choices: ['auto', 'api', 'native'], text: 'how the platform enters the app: auto (default), api or native', for: ['migrate'] },
  { name: 'patch', value: 'FILE', text: 'write the diff to FILE', for: ['migrate'] },
  { name: 'plan-out', value: 'FILE', text: 'write the plan to FILE, for `apply`', for: ['migrate'] },
  { name: 'with-vercel-build', text: 'also run the real `vercel build` on a copy (not available yet)', for: ['verify'] },
  { name: 'probes', value: 'FILE', text: 'further requests for verify: a JSON list of {"method", "path", "body"?}', for: ['migrate', 'verify'] },
  { name: 'json', text: 'one JSON document on stdout and nothing else', for: ['migrate', 'inspect', 'check', 'verify', 'undo', 'apply', 'rules', 'explain'] },
  { name: 'format', value: 'F', choices: ['text', 'markdown', 'html', 'sarif', 'json'], text: 'form of the report: text, markdown, html, sarif or json', for: reading },
  { name: 'output', short: 'o', value: 'FILE', text: 'write the report to FILE instead of stdout', for: reading },
  { name: 'answers', value: 'FILE', text: 'write the choices made to FILE; when it exists, replay them', for: ['migrate'] },
  { name: 'allow-dirty', text: 'go on although git has uncommitted changes in files that the plan touches', for: writing },
  { name: 'force', text: 'undo also what was changed since; those changes are lost', for: ['undo'] },
  { name: 'no-color', text: 'no colours, like the NO_COLOR variable', for: 'all' },
  { name: 'help', short: 'h', text: 'this text', for: 'all' },
  { name: 'version', short: 'V', text: 'the version', for: 'all' },
] as const satisfies readonly Option[]

export type OptionName = (typeof options)[number]['name']
