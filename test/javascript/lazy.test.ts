/**
 * The compiler and Babel's parser take longer to load than all the rest of the tool: only a repo that may hold JavaScript pays for them.
 * What a run of the bundle has loaded is told by V8 itself (NODE_V8_COVERAGE names every script), so a static import that sneaks in is seen.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, bundleDir, cleanUp, repo, small } from '../cli/repos.js'

/** Words that only the package's own code holds, whichever chunk the bundler has put it into. */
const marks = { compiler: 'JSDocTypedefTag', rewriter: 'BABEL_PARSER_SYNTAX_ERROR' }
const expressRepo = {
  'package.json': '{"name":"x","scripts":{"start":"node app.js"},"dependencies":{"express":"^4.18.2"}}',
  'app.js': "const express = require('express')\nconst app = express()\napp.get('/', (req, res) => res.send('hello'))\napp.listen(process.env.PORT || 3000)\n",
}

type Loaded = { readonly code: number | null; readonly stdout: string; readonly scripts: readonly string[] }
function loadedBy(...args: readonly string[]): Loaded {
  const coverage = mkdtempSync(join(tmpdir(), 'to-serverless-loaded-'))
  try {
    const { status, stdout } = spawnSync(process.execPath, [join(bundleDir, 'cli.js'), ...args], { encoding: 'utf8', input: '', env: { ...process.env, NODE_V8_COVERAGE: coverage } })
    const urls = readdirSync(coverage).flatMap((file) => (JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] }).result.map(({ url }) => url))
    return { code: status, stdout, scripts: [...new Set(urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url)))] }
  } finally {
    rmSync(coverage, { recursive: true, force: true })
  }
}
const holding = ({ scripts }: Loaded, mark: string): readonly string[] => scripts.filter((path) => readFileSync(path, 'utf8').includes(mark)).map((path) => path.slice(path.lastIndexOf('/') + 1))

describe('the JavaScript toolchain', () => {
  beforeAll(build)
  afterAll(cleanUp)

  it('is in the bundle, each in one chunk, so that the marks can be found', () => {
    const chunks = readdirSync(join(bundleDir, 'chunks')).map((name) => readFileSync(join(bundleDir, 'chunks', name), 'utf8'))
    expect(chunks.filter((text) => text.includes(marks.compiler))).toHaveLength(1)
    expect(chunks.filter((text) => text.includes(marks.rewriter))).toHaveLength(1)
  })
  it.each([
    ['--help', 'Commands', ['--help']],
    ['--version', '0.', ['--version']],
    ['explain', '## What to do', ['explain', 'dep-not-declared']],
    ['rules', 'dep-not-declared', ['rules']],
  ])('is not loaded for %s', (_, says, args) => {
    const run = loadedBy(...args)
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining(says) as string })
    expect(run.scripts).toContain(join(bundleDir, 'cli.js'))
    expect([holding(run, marks.compiler), holding(run, marks.rewriter)]).toEqual([[], []])
  })
  it('is not loaded for a Python repo, which may have scripts beside its app', () => {
    const run = loadedBy('inspect', repo({ ...small, 'static/site.js': 'document.title = "x"\n', 'package.json': '{"devDependencies":{"prettier":"3"}}' }), '--json')
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('"framework": "flask"') as string })
    expect([holding(run, marks.compiler), holding(run, marks.rewriter)]).toEqual([[], []])
  })
  it('is loaded for an Express repo', () => {
    const run = loadedBy('inspect', repo(expressRepo), '--json')
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('"framework": "express"') as string })
    expect(holding(run, marks.compiler)).toHaveLength(1)
    expect(holding(run, marks.rewriter)).toHaveLength(1)
  })
})
