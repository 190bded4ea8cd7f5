import { findNodeAtLocation, getNodeValue, parseTree, type Node } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import type { Problem, Program, Rule, RuleContext } from '../../../src/types.js'
import { lineColumn } from '../../../src/edits.js'
import { removeProperty } from './property.js'

const installs = /\b(pip3?|uv|poetry|pipenv)\b[^&|;]*\b(install|sync)\b/

export const depCustomInstall = {
  id: 'dep-custom-install',
  title: 'Install command that replaces the host\'s own',
  hazard: 'platform-config',
  language: 'config',
  about: 'any',
  assumes: 'config-dialect',
  severity: 'degrades',
  *check(_program: Program, { app, repo }: RuleContext): Generator<Problem> {
    const prefix = app.root === '.' ? '' : `${app.root}/`
    for (const path of new Set(['vercel.json', `${prefix}vercel.json`])) {
      const text = repo.text(path)
      const tree = text === undefined ? undefined : parseTree(text)
      if (text === undefined || !tree) continue
      for (const key of ['installCommand', 'buildCommand']) {
        const node = findNodeAtLocation(tree, [key])
        const property = node?.parent
        if (!node || !property || node.type !== 'string') continue
        const command = String(getNodeValue(node))
        const script = /(?:^|[\s/])([\w.-]+\.sh)\b/.exec(command)?.[1]
        const runs = script === undefined ? command : `${command}\n${repo.text(prefix + script) ?? repo.text(script) ?? ''}`
        if (!installs.test(runs)) continue
        const line = lineColumn(text, property.offset).line
        // A build command may do more than install; only what does nothing else can go.
        const only = key === 'installCommand' && script === undefined && command.split(/&&|;/).every((part) => /^\s*(python3?(\.\d+)? -m )?(pip3?|uv pip) install (--upgrade |-U )?(-r \S+|pip)(\s+--[\w-]+(=\S+)?)*\s*$/.test(part))
        const base = { path, range: span(property), when: 'build', trace: [{ file: path, line, note: `${key} is set` }], message: `${key} installs Python packages itself, so the host skips its own install: bundles grow (nothing is left out or compiled ahead) and an old interpreter in the command breaks the build. Remove it; the manifest is enough.` } as const
        yield only
          ? { ...base, remedy: { kind: 'fix', safety: 'safe', title: `Remove ${key}`, changes: [{ kind: 'edit', path, ...removeProperty(text, property) }] } }
          : { ...base, remedy: { kind: 'manual', reason: `Take the install of Python packages out of ${script ?? key}; the manifest brings them.` } }
      }
    }
    yield* pyprojectScript(`${prefix}pyproject.toml`, repo.text(`${prefix}pyproject.toml`))
  },
} satisfies Rule

const span = (node: Node): Problem['range'] => ({ start: node.offset, end: node.offset + node.length })

function* pyprojectScript(path: string, text: string | undefined): Generator<Problem> {
  if (text === undefined || !/^\[tool\.vercel\.scripts\]/m.test(text)) return
  let install: unknown
  try {
    install = (parseToml(text) as { tool?: { vercel?: { scripts?: { install?: unknown } } } }).tool?.vercel?.scripts?.install
  } catch {
    return
  }
  if (typeof install !== 'string' || !installs.test(install)) return
  const match = /^\s*install\s*=/m.exec(text.slice(text.indexOf('[tool.vercel.scripts]')))
  const start = match ? text.indexOf('[tool.vercel.scripts]') + match.index + (/^\s*/.exec(match[0])?.[0].length ?? 0) : 0
  yield {
    path,
    range: { start, end: text.indexOf('\n', start) === -1 ? text.length : text.slice(0, text.indexOf('\n', start)).replace(/\r$/, '').length },
    when: 'build',
    trace: [{ file: path, line: lineColumn(text, start).line, note: 'an install script is set' }],
    message: 'The install script replaces the host\'s own install: bundles grow, and what the manifest declares counts no more. Remove it; the manifest is enough.',
    remedy: { kind: 'manual', reason: 'Remove the install script; declare what it installs in [project] dependencies.' },
  }
}
