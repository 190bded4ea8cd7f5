/** Finds Flask apps: app objects and factories wherever they live, and which of them is the one that is served. */
import { indexModule, type ModuleIndex } from '../../lang/python/scope.js'
import { dirOf, join, locate, nameFrom } from '../../lang/python/modules.js'
import { ancestor, bare, field, parsePython, walk } from '../../lang/python/tree.js'
import type { PyBinding, PyNode } from '../../lang/python/types.js'
import type { App, Entry, Evidence, Framework, Path, Snapshot } from '../../types.js'
import { appRoot, isAside, packageManagerOf, platformFiles, runtimeOf, startCommands } from '../python-project.js'

type Candidate = Entry & { readonly line: number; readonly note: string; readonly score: number }

export const flask: Framework = {
  id: 'flask',
  *detect(repo) {
    const byRoot = new Map<Path, Candidate[]>()
    for (const candidate of candidates(repo)) {
      const root = appRoot(repo, candidate.file)
      byRoot.set(root, [...(byRoot.get(root) ?? []), candidate])
    }
    // A folder without a real app of its own (scripts with a manifest) does not become an app beside a bigger one above it.
    for (const [root, found] of [...byRoot].sort(([a], [b]) => (a < b ? -1 : 1))) yield appOf(repo, root, found)
  },
}

function appOf(repo: Snapshot, root: Path, found: readonly Candidate[]): App {
  const declared = declaredEntry(repo, root, found)
  const ranked = [...found].sort((a, b) => b.score - a.score || a.file.length - b.file.length || (a.file < b.file ? -1 : 1))
  const best = declared?.entry ?? ranked[0]
  if (!best) throw new Error('an app without a candidate')
  const entry: Entry = { file: best.file, symbol: best.symbol, kind: best.kind, ...(best.args === undefined ? {} : { args: best.args }) }
  const own = found.find((one) => one.file === best.file && one.symbol === best.symbol)
  const runtime = runtimeOf(repo, root)
  return {
    root, framework: 'flask', language: 'python', entry,
    rivals: ranked.filter((one) => one.file !== entry.file || one.symbol !== entry.symbol).map(({ file, symbol, kind }) => ({ file, symbol, kind })),
    packageManager: packageManagerOf(repo, root),
    ...(runtime === undefined ? {} : { runtime }),
    existing: platformFiles(repo, root),
    evidence: [...(own ? [{ file: own.file, line: own.line, note: own.note }] : []), ...(declared ? [declared.evidence] : [])],
  }
}

/** Entry named by the repo itself: an existing platform entry first, then a start command. */
function declaredEntry(repo: Snapshot, root: Path, found: readonly Candidate[]): { readonly entry: Entry; readonly evidence: Evidence } | undefined {
  const config = repo.text(join(root, 'vercel.json')) ?? repo.text('vercel.json')
  if (config !== undefined) {
    for (const file of ['api/index.py', 'api/app.py', 'api/main.py', 'index.py'].map((name) => join(root, name))) {
      const candidate = found.find((one) => one.file === file && one.kind === 'instance')
      if (candidate && config.includes(nameFrom(root, file).replaceAll('.', '/'))) return { entry: candidate, evidence: { file: 'vercel.json', line: 1, note: `names ${file}` } }
    }
    const built = /"src"\s*:\s*"\/?([\w./-]+\.py)"/.exec(config)?.[1]
    const candidate = found.find((one) => one.file === join(root, built ?? '') && one.kind === 'instance')
    if (candidate) return { entry: candidate, evidence: { file: 'vercel.json', line: 1, note: `builds ${candidate.file}` } }
  }
  for (const command of startCommands(repo, root)) {
    const located = locate(repo, [command.cwd, root, '.'], command.module)?.path ?? (repo.has(join(root, `${command.module}.py`)) ? join(root, `${command.module}.py`) : undefined)
    const same = found.find((one) => one.file === located && one.symbol === command.symbol)
    if (!located || !same) continue
    if (command.evidence.file.endsWith('.flaskenv') && same.score < 0) continue
    const args = command.args ?? ''
    return { entry: { file: same.file, symbol: same.symbol, kind: same.kind, ...(same.kind === 'factory' && args !== '' ? { args } : {}) }, evidence: command.evidence }
  }
  return undefined
}

/** Score: what a person would take for the app. */
function rank(repo: Snapshot, file: Path, kind: Entry['kind'], hidden: boolean): number {
  const name = file.split('/').at(-1) ?? ''
  const text = repo.text(file) ?? ''
  const routes = (text.match(/@\w+(\.\w+)?\.(route|get|post)\(/g) ?? []).length
  const depth = file.split('/').length - 1
  const usual = ['app.py', 'main.py', 'wsgi.py', 'application.py', 'server.py', 'index.py', 'run.py', '__init__.py', 'api.py'].indexOf(name)
  return (kind === 'instance' ? 30 : 10) + Math.min(routes, 40) + (usual < 0 ? 0 : 20 - usual) - depth * 4 - (hidden ? 15 : 0) - (/(old|backup|copy|bak|demo|example|sample|simple|test|temp|debug|https|dev|legacy|mock)/i.test(file) ? 40 : 0)
}

function* candidates(repo: Snapshot): Generator<Candidate> {
  const indexes = new Map<Path, ModuleIndex>()
  const files = [...repo.files.values()].filter((file) => file.path.endsWith('.py') && !isAside(file.path))
  const indexOf = (path: Path): ModuleIndex | undefined => {
    const known = indexes.get(path)
    if (known) return known
    const file = repo.files.get(path)
    if (!file) return undefined
    const index = indexModule(path, nameFrom('.', path), path.endsWith('__init__.py'), file.text, parsePython(file.text))
    indexes.set(path, index)
    return index
  }
  const factories = new Map<string, Path>()
  const direct: Candidate[] = []
  for (const file of files) {
    if (!/\bflask\b|\bFlask\b/i.test(file.text) || !/Flask|APIFlask|OpenAPI/.test(file.text)) continue
    const index = indexOf(file.path)
    if (!index) continue
    for (const node of walk(index.module.root)) {
      if (node.kind !== 'call' || !makesFlask(node, index)) continue
      const at = line(file.text, node.start)
      const home = ancestor(node, 'function_definition')
      const assigned = assignedName(node, file.text)
      const note = `${file.text.slice(node.start, node.end).split('\n')[0]?.slice(0, 80) ?? ''}`
      if (!home) {
        const hidden = ancestor(node, 'if_statement', 'try_statement', 'with_statement') !== undefined
        if (assigned !== undefined && !underMain(node, file.text)) direct.push({ file: file.path, symbol: assigned, kind: 'instance', line: at, note, score: rank(repo, file.path, 'instance', hidden) })
        continue
      }
      const name = field(home, 'name')
      if (!name || ancestor(home, 'function_definition', 'class_definition') || !returnsName(home, assigned, file.text)) continue
      const symbol = file.text.slice(name.start, name.end)
      factories.set(symbol, file.path)
      direct.push({ file: file.path, symbol, kind: 'factory', line: at, note: `${symbol}() returns ${note}`, score: rank(repo, file.path, 'factory', false) })
    }
  }
  yield* direct
  // Modules that call a factory or import the object: wsgi.py, run.py, api/index.py.
  for (const file of files) {
    if (![...factories.keys()].some((name) => file.text.includes(name)) && !/^\s*from\s+[\w.]+\s+import\s+.*\b(app|application|server|api)\b/m.test(file.text)) continue
    const index = indexOf(file.path)
    if (!index) continue
    for (const [symbol, bindings] of index.module.scope.bindings) {
      const binding = bindings.at(-1)
      if (!binding || direct.some((one) => one.file === file.path && one.symbol === symbol)) continue
      const made = factoryCall(binding, file.text, factories)
      const passed = importedApp(binding, repo, file.path, direct)
      if (made === undefined && !passed) continue
      if (made !== undefined && underMain(binding.node, file.text)) continue
      const hidden = ancestor(binding.node, 'if_statement', 'try_statement') !== undefined
      yield { file: file.path, symbol, kind: 'instance', line: line(file.text, binding.node.start), note: made ?? `imports ${symbol}`, score: rank(repo, file.path, 'instance', hidden) - (passed ? 25 : 6) }
    }
  }
}

function makesFlask(call: PyNode, index: ModuleIndex): boolean {
  const callee = field(call, 'function')
  if (!callee) return false
  const text = index.module.text.slice(callee.start, callee.end)
  const head = text.split('.')[0] ?? text
  for (const binding of index.module.scope.bindings.get(head) ?? []) {
    if (binding.kind === 'import' && binding.member !== undefined && /^(Flask|APIFlask|OpenAPI)$/.test(binding.member) && /^(flask|apiflask|flask_openapi3|flask\.app)$/.test(binding.module)) return true
    if (binding.kind === 'import' && binding.member === undefined && binding.module === 'flask' && text === `${head}.Flask`) return true
    if (binding.kind === 'class' && text === head && binding.cls.bases.some((base) => /^(flask\.)?Flask$/.test(index.module.text.slice(base.start, base.end)))) return true
  }
  return text === 'Flask' && index.module.scope.stars.includes('flask')
}
function assignedName(call: PyNode, text: string): string | undefined {
  let at: PyNode | undefined = call.parent
  while (at && (at.kind === 'parenthesized_expression' || at.kind === 'await' || at.kind === 'argument_list' || at.kind === 'call')) at = at.parent
  const left = at?.kind === 'assignment' ? field(at, 'left') : undefined
  return left?.kind === 'identifier' ? text.slice(left.start, left.end) : undefined
}
function returnsName(fn: PyNode, name: string | undefined, text: string): boolean {
  const body = field(fn, 'body')
  for (const node of body ? walk(body, (child) => child.kind !== 'function_definition' && child.kind !== 'class_definition') : []) {
    const value = node.kind === 'return_statement' && node.children[0] ? bare(node.children[0]) : undefined
    // A wrapped app (`return ProxyFix(app)`) counts when it holds the name.
    if (value && name === undefined) return true
    if (value?.kind === 'identifier' && text.slice(value.start, value.end) === name) return true
    if (value?.kind === 'call' && name !== undefined && new RegExp(`\\b${name}\\b`).test(text.slice(value.start, value.end))) return true
  }
  return false
}
function factoryCall(binding: PyBinding, text: string, factories: ReadonlyMap<string, Path>): string | undefined {
  if (binding.kind !== 'assign' || binding.index !== undefined || binding.scope.kind !== 'module') return undefined
  const value = bare(binding.value)
  const callee = value.kind === 'call' ? field(value, 'function') : undefined
  const name = callee && text.slice(callee.start, callee.end).split('.').at(-1)
  return name !== undefined && factories.has(name) ? text.slice(value.start, value.end).split('\n')[0] : undefined
}
function importedApp(binding: PyBinding, repo: Snapshot, file: Path, direct: readonly Candidate[]): boolean {
  if (binding.kind !== 'import' || binding.member === undefined) return false
  const dots = /^\.*/.exec(binding.module)?.[0].length ?? 0
  let base = dirOf(file)
  for (let up = 1; up < dots; up++) base = dirOf(base)
  const rest = binding.module.slice(dots)
  const roots = dots > 0 ? [base] : [dirOf(file), '.', appRoot(repo, file), 'src']
  const located = rest === '' ? join(base, '__init__.py') : roots.map((root) => locate(repo, [root], rest)?.path).find((path) => path !== undefined && path !== file)
  return direct.some((one) => one.kind === 'instance' && one.file === located && one.symbol === binding.member)
}
function underMain(node: PyNode, text: string): boolean {
  for (let at = ancestor(node, 'if_statement'); at; at = ancestor(at, 'if_statement')) {
    const condition = field(at, 'condition')
    if (condition && /__name__/.test(text.slice(condition.start, condition.end))) return true
  }
  return false
}
function line(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length
}
