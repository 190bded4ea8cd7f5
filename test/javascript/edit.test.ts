import { beforeAll, describe, expect, it } from 'vitest'
import { applyEdits } from '../../src/edits.js'
import { append, insertAfter, insertBefore, removeStatement, wrapInIf, type Edit } from '../../src/lang/javascript/edit.js'
import { ensureImport, ensureMainExport, type WantedImport } from '../../src/lang/javascript/edit-imports.js'
import { styleOf } from '../../src/lang/javascript/style.js'
import { loadCompiler, moduleOf, nodeAt } from './module-of.js'

beforeAll(loadCompiler)

/** The text after the edits, which must still parse. */
function after(text: string, edits: readonly Edit[], path = 'app.js'): string {
  const result = applyEdits(text, edits)
  expect(moduleOf(result, path).brokenAt, result).toBe(undefined)
  return result
}
function imported(text: string, wanted: WantedImport, path = 'app.js', type?: 'module'): string {
  const module = moduleOf(text, path)
  const { name, changes } = ensureImport(module, wanted, styleOf(module, type ? { type } : {}))
  const result = after(text, changes, path)
  if (changes.length > 0) expect(ensureImport(moduleOf(result, path), wanted), 'a second run').toEqual({ name, changes: [] })
  return changes.length === 0 ? `= ${name}` : result
}

describe('an import', () => {
  it.each<[string, WantedImport, string]>([
    ["import fs from 'fs'\n", { from: 'fs' }, '= fs'],
    ["import * as files from 'node:fs'\n", { from: 'fs' }, '= files'],
    ["import { readFile as read } from 'fs'\n", { from: 'fs', member: 'readFile' }, '= read'],
    ["const fs = require('node:fs')\n", { from: 'fs' }, '= fs'],
    ["var a = 1, fs = require('fs')\n", { from: 'fs' }, '= fs'],
    ["const { join: j, ...rest } = require('path')\n", { from: 'path', member: 'join' }, '= j'],
    ["const join = require('path').join\n", { from: 'path', member: 'join' }, '= join'],
    ["import { default as express } from 'express'\n", { from: 'express' }, '= express'],
  ])('that is there is used: %j', (text, wanted, name) => {
    expect(imported(text, wanted)).toBe(name)
  })
  it.each<[string, string, WantedImport, string, string?]>([
    ['after the requires, as they are written', "'use strict'\nvar express = require('express')\nvar http = require('http')\n\nvar app = express()\n", { from: 'body-parser' }, "'use strict'\nvar express = require('express')\nvar http = require('http')\nvar bodyParser = require('body-parser')\n\nvar app = express()\n"],
    ['after dotenv, which must come first', "require('dotenv').config();\nconst app = require('express')();\napp.listen(3000);\n", { from: 'fs', member: 'readFileSync' }, "require('dotenv').config();\nconst app = require('express')();\nconst { readFileSync } = require('fs');\napp.listen(3000);\n"],
    ['after the imports, with node: where the file says so', 'import path from "node:path";\nimport express from "express";\n\nexpress();\n', { from: 'os', member: 'tmpdir' }, 'import path from "node:path";\nimport express from "express";\nimport { tmpdir } from "node:os";\n\nexpress();\n'],
    ['into the braces', "import express, { Router } from 'express'\n", { from: 'express', member: 'json' }, "import express, { Router, json } from 'express'\n"],
    ['into the braces of a require', "const {\n  join,\n} = require('path')\n", { from: 'path', member: 'resolve' }, "const {\n  join, resolve,\n} = require('path')\n"],
    ['behind a default import', "import express from 'express'\n", { from: 'express', member: 'json' }, "import express, { json } from 'express'\n"],
    ['beside a namespace', "import * as path from 'path'\n", { from: 'path', member: 'join' }, "import * as path from 'path'\nimport { join } from 'path'\n"],
    ['and is not only a type', "import type fs from 'fs'\nimport { type Stats } from 'fs'\n", { from: 'fs', member: 'Stats' }, "import type fs from 'fs'\nimport { type Stats, Stats as _Stats } from 'fs'\n", 'a.ts'],
    ['as a namespace, where TypeScript files do so', "import * as express from 'express'\nexpress()\n", { from: 'fs' }, "import * as express from 'express'\nimport * as fs from 'fs'\nexpress()\n", 'a.ts'],
    ['by another name, where the host\'s global is used', "const id = crypto.randomUUID()\nmodule.exports = id\n", { from: 'crypto' }, "const _crypto = require('crypto')\n\nconst id = crypto.randomUUID()\nmodule.exports = id\n"],
    ['but a member of that name is no variable', "import a from 'a'\na.fs({ fs: 1 })\n", { from: 'fs' }, "import a from 'a'\nimport fs from 'fs'\na.fs({ fs: 1 })\n"],
    ['from a line of several', "const a = require('a'); const b = require('b'); a(b)\n", { from: 'c' }, "const a = require('a'); const b = require('b');\nconst c = require('c'); a(b)\n"],
    ['in a file without a last line end', "import a from 'a'", { from: './db.js', member: 'pool' }, "import a from 'a'\nimport { pool } from './db.js'\n"],
    ['with CRLF', "const a = require('a');\r\na();\r\n", { from: '@vercel/blob', member: 'put' }, "const a = require('a');\r\nconst { put } = require('@vercel/blob');\r\na();\r\n"],
    ['before a semicolon that begins a line', "import a from 'a'\n;(() => a())()\n", { from: 'b' }, "import a from 'a'\nimport b from 'b'\n;(() => a())()\n"],
  ])('is added %s', (_, text, wanted, expected, path) => {
    expect(imported(text, wanted, path)).toBe(expected)
  })
  it.each<[string, string, string]>([
    ['shebang and directive', "#!/usr/bin/env node\n'use strict'\nstart()\n", "#!/usr/bin/env node\n'use strict'\nconst os = require('os')\n\nstart()\n"],
    ['licence', '/* Copyright 2020 */\nstart();\n', "/* Copyright 2020 */\nconst os = require('os');\n\nstart();\n"],
    ['comment about the file', '// the server\n\nstart();\n', "// the server\n\nconst os = require('os');\n\nstart();\n"],
    ['pragma, but before the comment of the first function', '// @ts-check\n/** Starts. */\nfunction start() {}\nstart();\n', "// @ts-check\nconst os = require('os');\n\n/** Starts. */\nfunction start() {}\nstart();\n"],
    ['directives after a comment', "// x\n'use strict';\n\nstart();\n", "// x\n'use strict';\n\nconst os = require('os');\n\nstart();\n"],
    ['nothing', '', "const os = require('os');\n"],
  ])('is the first code after %s', (_, text, expected) => {
    expect(imported(text, { from: 'os' })).toBe(expected)
  })
  it('follows the package where the file has neither imports nor exports', () => {
    expect(imported('start()\n', { from: 'os' }, 'app.js', 'module')).toBe("import os from 'os'\n\nstart()\n")
  })
})

describe('lines beside a statement', () => {
  const text = "const a = 1\n\n// about b\nfunction b() {\n    c()\n}\nb()"
  it('come before its comments, and after its line', () => {
    const module = moduleOf(text)
    expect(after(text, [insertBefore(module, nodeAt(module, 'function b'), ['x()'])])).toBe(text.replace('// about', 'x()\n// about'))
    expect(after(text, [insertAfter(module, nodeAt(module, 'const a'), ['x()', '', 'y()'])])).toBe(text.replace('= 1\n', '= 1\nx()\n\ny()\n'))
    expect(after(text, [insertAfter(module, nodeAt(module, 'b()', 'ExpressionStatement'), ['x()'])])).toBe(`${text}\nx()\n`)
    expect(after(text, [append(module, ['x()'])])).toBe(`${text}\nx()\n`)
  })
  it('are indented like it', () => {
    const module = moduleOf(text)
    expect(after(text, [insertBefore(module, nodeAt(module, 'c()'), ['x()'])])).toContain('{\n    x()\n    c()')
  })
  it('stand by themselves where the file has no semicolons', () => {
    const bare = 'const a = b\nconst c = d\n[1, 2].map(e)\n'.replace('d\n[', 'd\n;[')
    const module = moduleOf(bare)
    expect(after(bare, [insertAfter(module, nodeAt(module, 'const a'), ['(async () => {})()'])])).toBe(bare.replace('= b\n', '= b\n;(async () => {})()\n'))
    expect(after(bare, [insertAfter(module, nodeAt(module, 'const c'), ['x()'])])).toBe(bare.replace('= d\n', '= d\nx()\n'))

    const other = moduleOf(`h();\n(g)()\n`)
    expect(after(other.text, [insertBefore(other, nodeAt(other, '(g)'), ['x()'])])).toBe('h();\nx();\n(g)()\n')
  })
  it('split a line of several statements', () => {
    const one = 'function f() { a(); b() }\n'
    const module = moduleOf(one)
    expect(after(one, [insertBefore(module, nodeAt(module, 'b()'), ['x();'])])).toBe('function f() { a(); x();\nb() }\n')
    expect(after(one, [insertAfter(module, nodeAt(module, 'a()'), ['x();'])])).toBe('function f() { a();\nx(); b() }\n')
  })
})

describe('a statement that goes', () => {
  it.each([
    ['with its line', 'a()\r\nb() // why\r\nc()\r\n', 'b()', 'a()\r\nc()\r\n'],
    ['alone from its line', 'a(); b(); c();\n', 'b()', 'a(); c();\n'],
    ['and leaves a branch', 'if (x) b()\nelse c()\n', 'b()', 'if (x) {}\nelse c()\n'],
    ['and leaves the semicolon of the next line', 'a()\nb()\n;(c)()\n', 'b()', 'a()\n;(c)()\n'],
    ['and leaves the semicolon that kept its neighbours apart', 'a()\nb();\n(c)()\n', 'b()', 'a()\n;\n(c)()\n'],
    ['from the end of a file', 'a()\nb()', 'b()', 'a()\n'],
  ])('goes %s', (_, text, begin, expected) => {
    const module = moduleOf(text)
    expect(after(text, [removeStatement(module, nodeAt(module, begin, 'CallExpression'))])).toBe(expected)
  })
})

describe('a condition around statements', () => {
  const wrapped = (text: string, first: string, last = first): string | undefined => {
    const module = moduleOf(text)
    const edits = wrapInIf(module, nodeAt(module, first), nodeAt(module, last), 'local')
    return edits && after(text, edits)
  }
  it.each([
    ['keeps bytes and indents by the file', "const f = 1\r\nrun(() => {\r\n\tgo()\r\n\r\n})\r\n", 'run', undefined, "const f = 1\r\nif (local) {\r\n\trun(() => {\r\n\t\tgo()\r\n\r\n\t})\r\n}\r\n"],
    ['leaves lines of templates', 'x()\nrun(`a\nb ${c}\nd`, {\n  e\n})\n', 'run', undefined, 'x()\nif (local) {\n  run(`a\nb ${c}\nd`, {\n    e\n  })\n}\n'],
    ['takes several', 'a()\nb() // why\nc()\n', 'a()', 'b()', 'if (local) {\n  a()\n  b() // why\n}\nc()\n'],
    ['takes a part of a line', 'a(); b(); c()\n', 'b()', undefined, 'a(); if (local) { b(); } c()\n'],
    ['closes at the end of a file', 'b()', 'b()', undefined, 'if (local) {\n  b()\n}'],
    ['leaves the semicolon of the next line', 'b()\n;(c)()\n', 'b()', undefined, 'if (local) {\n  b()\n}\n;(c)()\n'],
    ['takes names that nothing else knows', 'const s = run()\ns.on(1)\nq({ s: 1 }).s\n', 'const s', 's.on', 'if (local) {\n  const s = run()\n  s.on(1)\n}\nq({ s: 1 }).s\n'],
    ['takes var', 'var s = run()\nmodule.exports = s\n', 'var s', undefined, 'if (local) {\n  var s = run()\n}\nmodule.exports = s\n'],
  ])('%s', (_, text, first, last, expected) => {
    expect(wrapped(text, first, last)).toBe(expected)
  })
  it.each([
    ['const s = run()\nmodule.exports = s\n', 'const s'],
    ['const { a: { s } } = run()\nmodule.exports = { s }\n', 'const {'],
    ['function s() {}\ns()\n', 'function s'],
    ['class S {}\nnew S()\n', 'class S'],
    ['export const s = 1\n', 'export'],
    ["import s from 's'\n", 'import'],
  ])('is refused around what others need: %j', (text, first) => {
    expect(wrapped(text, first)).toBe(undefined)
  })
})

describe('the main export', () => {
  const exported = (text: string, path = 'app.js', name = 'app'): string | undefined => {
    const module = moduleOf(text, path)
    const edits = ensureMainExport(module, name)
    if (!edits) return undefined
    const result = after(text, edits, path)
    expect(ensureMainExport(moduleOf(result, path), name), 'a second run').toEqual([])
    return result
  }
  it('comes last, as the file writes modules', () => {
    expect(exported("const app = require('express')();\r\napp.listen(1);\r\n")).toBe("const app = require('express')();\r\napp.listen(1);\r\n\r\nmodule.exports = app;\r\n")
    expect(exported("import e from 'e'\nconst app = e()")).toBe("import e from 'e'\nconst app = e()\n\nexport default app\n")
  })
  it.each(["const app = 1\nmodule.exports = app\n", "const app = 1\nexports = module.exports = app\nmodule.exports.x = 2\n", "const app = 1\nexport default app\nexport const x = 2\n", "const app = 1\nexport { app as default }\n", 'export default function app() {}\n'])('is there: %j', (text) => {
    expect(exported(text)).toBe(text)
  })
  it.each(["const app = 1\nmodule.exports = { app }\n", "const app = 1\nexports.app = app\n", "const app = 1, b = 2\nexport default b\n", 'export default class {}\n', "const app = 1\nexport { b as default } from './b'\n"])('is not put over another: %j', (text) => {
    expect(exported(text)).toBe(undefined)
  })
})
