/** How a Node app is started, as the repo writes it down: package scripts, Procfile, Dockerfile, platform files, package.json's main. */
import { isList, isObject } from '../json-text.js'
import { dirOf, join } from '../lang/paths.js'
import type { Evidence, Path, Snapshot } from '../types.js'
import { scriptRuns, shellRuns, type NodeRun } from './node-command.js'
import { lenient, lineOfKey, manifestAt, manifestsFrom, type Manifest } from '../lang/javascript/manifest/manifest.js'
import { fileAt, sourceOf } from './node-sources.js'
import { commandFiles } from './platform-files.js'

export type NodeStart = {
  /** The source file; for 'dist/index.js' what it is built from. */
  readonly file: Path
  /** As the command has it, repo-relative. */
  readonly runs: Path
  /** A build has to come first. */
  readonly built: boolean
  readonly runner: string
  /** The package script, if it is one. */
  readonly script: string | undefined
  /** Where the program is started. */
  readonly cwd: Path
  readonly env: Readonly<Record<string, string>>
  readonly evidence: Evidence
}

/** Scripts that start what is served, in the order in which they speak for it. */
const production = ['start', 'start:prod', 'start:production', 'prod', 'production', 'serve', 'server', 'start:server', 'server:start', 'start-server', 'start:api', 'api', 'backend']
const development = ['dev', 'start:dev', 'dev:server', 'server:dev', 'dev:api', 'dev:backend', 'develop', 'development', 'devstart', 'watch', 'start:watch', 'nodemon', 'debug', 'local', 'start:local']
const others = /start|serve|dev|run|watch|prod/
const never = /test|lint|seed|migrat|e2e|cypress|worker|cron|queue|format|typecheck|script|generate|build|docs?\b|client|frontend|web\b|storybook|^pre|^post/

/** Files below the root that a command starts, the best witness first; files that are not in the repo are left out. */
export function* nodeStarts(repo: Snapshot, root: Path): Generator<NodeStart> {
  const own = manifestAt(repo, root)
  if (own) yield* byScripts(repo, root, own, production)
  yield* byFiles(repo, root)
  if (own) {
    yield* byScripts(repo, root, own, [...development, ...Object.keys(own.scripts).filter((name) => others.test(name) && !never.test(name) && !production.includes(name) && !development.includes(name))])
    if (own.main !== undefined) yield* started(repo, root, { runner: 'node', file: own.main, cwd: root, env: {} }, undefined, { file: own.path, line: lineOfKey(repo.text(own.path) ?? '', ['main']), note: `"main": "${own.main}"` })
  }
  for (const outer of root === '.' ? [] : manifestsFrom(repo, dirOf(root))) yield* byScripts(repo, root, outer, [...production, ...development, ...Object.keys(outer.scripts).filter((name) => others.test(name) && !never.test(name))])
  yield* byVercel(repo, root)
}

function* byScripts(repo: Snapshot, root: Path, manifest: Manifest, names: readonly string[]): Generator<NodeStart> {
  for (const name of new Set(names)) {
    const command = manifest.scripts[name]
    if (command === undefined) continue
    const evidence: Evidence = { file: manifest.path, line: lineOfKey(repo.text(manifest.path) ?? '', ['scripts', name]), note: `"${name}": "${command.slice(0, 90)}"` }
    for (const run of scriptRuns(repo, manifest, name)) yield* started(repo, root, run, name, evidence)
  }
}

/** Procfile, Dockerfile, compose, render.yaml and the like; each line that holds a command. */
function* byFiles(repo: Snapshot, root: Path): Generator<NodeStart> {
  for (const name of [...commandFiles, 'ecosystem.config.js', 'ecosystem.config.cjs', 'ecosystem.json'])
    for (const path of new Set([join(root, name), name])) {
      const text = repo.text(path)
      if (text === undefined) continue
      if (name.startsWith('ecosystem')) {
        for (const run of shellRuns(repo, `pm2 start ${name}`, dirOf(path))) yield* started(repo, root, run, undefined, { file: path, line: 1, note: `script: ${run.file}` })
        continue
      }
      for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
        const command = commandIn(line, name)
        if (command === undefined) continue
        const evidence: Evidence = { file: path, line: index + 1, note: line.trim().slice(0, 100) }
        // An image copies a folder to where its command starts.
        for (const cwd of new Set([dirOf(path), root])) for (const run of shellRuns(repo, command, cwd)) yield* started(repo, root, run, undefined, evidence)
      }
    }
}
function commandIn(line: string, name: string): string | undefined {
  if (/^\s*(#|\/\/)/.test(line)) return undefined
  const written = name === 'Dockerfile' ? /^\s*(?:CMD|ENTRYPOINT)\s+(.+)$/i.exec(line)?.[1] : name === 'Procfile' ? /^\s*web\s*:\s*(.+)$/.exec(line)?.[1] : name.endsWith('.sh') ? line : /^\s*-?\s*["']?(?:startCommand|dockerCommand|command|entrypoint|cmd|app|web|start)["']?\s*[:=]\s*(.+?),?\s*$/.exec(line)?.[1]
  if (written === undefined) return undefined
  const list = /^\[(.*)\]$/.exec(written.trim())?.[1]
  if (list === undefined) return written.trim().replace(/^(["'])(.*)\1$/, '$2')
  return [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? '').map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ')
}

/** vercel.json of an older form names the file that it serves. */
function* byVercel(repo: Snapshot, root: Path): Generator<NodeStart> {
  for (const path of new Set([join(root, 'vercel.json'), 'vercel.json'])) {
    const text = repo.text(path)
    const builds = text === undefined ? undefined : lenient(text).data.builds
    for (const build of isList(builds) ? builds : []) {
      if (!isObject(build) || typeof build.src !== 'string' || !/node/.test(String(build.use))) continue
      yield* started(repo, root, { runner: 'node', file: build.src, cwd: dirOf(path), env: {} }, undefined, { file: path, line: lineOfKey(text ?? '', ['builds']), note: `builds ${build.src}` })
    }
  }
}

function* started(repo: Snapshot, root: Path, run: NodeRun, script: string | undefined, evidence: Evidence): Generator<NodeStart> {
  const runs = join(run.cwd, run.file)
  const source = sourceOf(repo, root, runs)
  const file = source ?? fileAt(repo, runs)
  if (file === undefined || (root !== '.' && !file.startsWith(`${root}/`))) return
  yield { file, runs, built: source !== undefined, runner: run.runner, script, cwd: run.cwd, env: run.env, evidence }
}
