import { beforeAll, describe, expect, it } from 'vitest'
import { endStatement, quoteJs, styleOf } from '../../src/lang/javascript/style.js'
import { loadCompiler, moduleOf } from './module-of.js'

beforeAll(loadCompiler)

const standard = `'use strict'

const path = require('path')
const express = require('express')

const app = express()

app.get('/', (req, res) => {
  res.json({
    ok: true,
    name: 'it\\'s'
  })
})

module.exports = app
`
const prettier = `import fs from "node:fs";
import express, { type Request } from "express";

const options = {
\tport: 3000,
\thost: "0.0.0.0",
};
export function start(req: Request) {
\tif (req) {
\t\treturn fs.existsSync("x");
\t}
}
`
const old = 'var express = require("express");\r\nvar app = express();\r\n\r\napp.listen(3000, function () {\r\n    console.log("up");\r\n});'

describe('the style of a file', () => {
  it('is what most of it does: standard', () => {
    expect(styleOf(moduleOf(standard))).toEqual({ quote: "'", semicolons: false, indent: '  ', eol: '\n', finalNewline: true, trailingCommas: false, system: 'cjs', nodePrefix: false, declare: 'const', mainImport: 'default' })
  })
  it('is what most of it does: Prettier over TypeScript, with tabs', () => {
    expect(styleOf(moduleOf(prettier, 'src/app.ts'))).toEqual({ quote: '"', semicolons: true, indent: '\t', eol: '\n', finalNewline: true, trailingCommas: true, system: 'esm', nodePrefix: true, declare: 'const', mainImport: 'default' })
  })
  it('is what most of it does: an old file from Windows', () => {
    expect(styleOf(moduleOf(old))).toEqual({ quote: '"', semicolons: true, indent: '    ', eol: '\r\n', finalNewline: false, trailingCommas: false, system: 'cjs', nodePrefix: false, declare: 'var', mainImport: 'default' })
  })
  it('takes a majority, not the first', () => {
    expect(styleOf(moduleOf("a(\"x\")\nb('y');\nc('z');\n"))).toMatchObject({ quote: "'", semicolons: true })
  })
  it('does not count quotes that had no choice, nor those of JSX', () => {
    expect(styleOf(moduleOf('a("it\'s")\nb("don\'t")\nc(\'z\')\n')).quote).toBe("'")
    expect(styleOf(moduleOf("const a = <A b=\"1\" c=\"2\" d='x' />\nuse('x')\n", 'app.jsx')).quote).toBe("'")
  })
  it('does not take the semicolon before a bracket for the end of the line above', () => {
    expect(styleOf(moduleOf('const a = 1\n;(function () {})()\n')).semicolons).toBe(false)
  })
  it('knows how TypeScript imports a main export', () => {
    expect(styleOf(moduleOf("import * as express from 'express'\nimport * as path from 'path'\nimport db from './db'\n", 'a.ts')).mainImport).toBe('namespace')
    expect(styleOf(moduleOf("import express = require('express')\nexport {}\n", 'a.ts')).mainImport).toBe('equals')
  })
  it('asks the other files what the file says nothing about', () => {
    const bare = moduleOf('start()', 'start.js')
    const modules = new Map([bare, moduleOf(old, 'old.js')].map((module) => [module.path, module]))
    expect(styleOf(bare)).toMatchObject({ quote: "'", indent: '  ', eol: '\n', declare: 'const' })
    expect(styleOf(bare, { modules })).toMatchObject({ quote: '"', semicolons: false, indent: '    ', eol: '\r\n', declare: 'var', system: 'cjs' })
  })
  it.each([
    ['a.mjs', {}, 'esm'],
    ['a.cjs', { type: 'module' as const }, 'cjs'],
    ['a.js', { type: 'module' as const }, 'esm'],
    ['a.js', {}, 'cjs'],
    ['a.ts', {}, 'esm'],
    ['a.ts', { type: 'commonjs' as const }, 'cjs'],
  ])('without imports or exports, %s in %j is %s', (path, around, system) => {
    expect(styleOf(moduleOf('start()\n', path), around).system).toBe(system)
  })
})

describe('writing', () => {
  it('ends a statement as the file does', () => {
    expect(endStatement(styleOf(moduleOf(standard)), 'a()')).toBe('a()')
    expect(endStatement(styleOf(moduleOf(old)), 'a()')).toBe('a();')
  })
  it.each(['plain', "it's", 'say "x"', 'back\\slash', 'line\nend\r\t', '${not} `a` template', '\u2028\u0000', '\\'])('quotes %j so that JavaScript reads it back', (text) => {
    for (const quote of ["'", '"'] as const) {
      const literal = quoteJs(text, { quote })
      expect((0, eval)(literal)).toBe(text)
      expect(literal[0]).toBe(quote)
    }
  })
})
