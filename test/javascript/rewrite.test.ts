import { beforeAll, describe, expect, it } from 'vitest'
import { applyEdits } from '../../src/edits.js'
import { loadRewriter, rewriteFile, type RewriteOptions, type Transform } from '../../src/lang/javascript/rewrite.js'
import type { Change } from '../../src/types.js'

beforeAll(loadRewriter)

const edits = (changes: readonly Change[] | undefined) => changes?.map((change) => (change.kind === 'edit' ? change : expect.fail('only edits are wanted')))
function rewritten(text: string, transform: Transform, path = 'app.js', options: RewriteOptions = {}): string | undefined {
  const changes = edits(rewriteFile(path, text, transform, options))
  return changes && applyEdits(text, changes)
}
const none: Transform = () => undefined
/** `x.listen(…)` becomes `x.start(…)`. */
const renameListen: Transform = (root, j) => {
  root.find(j.MemberExpression, { property: { name: 'listen' } }).forEach((path) => {
    path.node.property = j.identifier('start')
  })
}
const wrapListen: Transform = (root, j) => {
  root.find(j.ExpressionStatement, { expression: { callee: { property: { name: 'listen' } } } }).replaceWith((path) => j.ifStatement(j.identifier('local'), j.blockStatement([path.node])))
}
const addFirst: Transform = (root, j) => {
  root.get().node.program.body.unshift(j.expressionStatement(j.callExpression(j.identifier('require'), [j.stringLiteral('x')])))
}

/** What recast alone does not keep: CRLF, parentheses, odd spaces, both quotes, comments in odd places. */
const odd = [
  '#!/usr/bin/env node',
  '/* head */',
  "'use strict'",
  'var  a = require("a") , b=require(\'b\')   // both',
  '',
  '',
  'const get = async () => (await (a.b()))',
  'app.listen( 3000,function(){ console.log("up") } )  // why',
  'const t = `',
  '\tone',
  '   two ${ a }',
  '`',
  'module.exports={ a,',
  '      b }',
].join('\r\n')

describe('a rewrite', () => {
  it('of nothing changes nothing', () => {
    expect(rewriteFile('app.js', odd, none)).toEqual([])
  })
  it('touches only what differs as syntax', () => {
    const changes = edits(rewriteFile('app.js', odd, renameListen))
    expect(changes).toEqual([{ kind: 'edit', path: 'app.js', range: { start: odd.indexOf('listen'), end: odd.indexOf('listen') + 6 }, text: 'start' }])
  })
  it('writes new lines as the file ends its own', () => {
    const result = rewritten(odd, wrapListen, 'app.js', { quote: '"', indent: '  ' })
    expect(result?.replace(/if \(local\) \{[^]*?\r\n\}/, '<>')).toBe(odd.replace(/app\.listen.*?\} \) {2}\/\/ why/, '<>'))
    expect(result).not.toMatch(/[^\r]\n/)
    expect(result).toMatch(/if \(local\) \{\r\n {2}app\.listen\(/)
  })
  it('puts a statement before the first', () => {
    const text = "const a = 1\nb()\n"
    expect(rewritten(text, addFirst, 'app.js', { semicolons: false })).toBe("require('x')\nconst a = 1\nb()\n")
    expect(rewritten(text, addFirst, 'app.js', { quote: '"' })).toBe('require("x");\nconst a = 1\nb()\n')
  })
  it('puts statements between and after others, in order', () => {
    const text = 'a()\r\n\r\n// of b\r\nb()'
    const result = rewritten(text, (root, j) => {
      const call = (name: string) => j.expressionStatement(j.callExpression(j.identifier(name), []))
      root.get().node.program.body.splice(1, 0, call('x'), call('y'))
      root.get().node.program.body.push(call('z'))
    }, 'app.js', { semicolons: false })
    expect(result?.replace(/x\(\);?\r\n/, 'x()\r\n')).toBe('a()\r\nx()\r\n\r\ny()\r\n\r\n// of b\r\nb()\r\nz()'.replace('x()\r\n\r\ny', 'x()\r\ny'))
  })
  it('removes a statement with its line, and keeps its neighbours', () => {
    expect(rewritten('a()\nb() // why\n\n// of c\nc()\n', (root, j) => void root.find(j.ExpressionStatement, { expression: { callee: { name: 'b' } } }).remove())).toBe('a()\n\n// of c\nc()\n')
  })
  it('goes into functions and classes', () => {
    const text = 'class A {\n    go ( ) {\n\tone( )\n\tthis.s.listen ( 1 )\n    }\n}\n'
    expect(rewritten(text, renameListen)).toBe(text.replace('listen', 'start'))
  })
  it.each([
    ['a.ts', 'const x = <string>y; enum E { A }\nx.listen(1 as number)\n'],
    ['a.tsx', 'const x = <p>{y as string}</p>; x.listen()\n'],
    ['a.jsx', "const x = <p a='1'>{y}</p>; x.listen()\n"],
    ['a.mts', '@Dec() export class A { constructor(private readonly b: B) { b.listen() } }\n'],
    ['a.mjs', "import x from 'x' with { type: 'json' }\nawait x.listen()\n"],
    ['a.cjs', "with (a) { b.listen() }\nvar c = 010\nreturn\n"],
    ['a.js', '// @flow\nconst x = (y: string)\nx.listen()\n'],
  ])('reads %s', (path, text) => {
    expect(rewritten(text, renameListen, path)).toBe(text.replace('listen', 'start'))
  })
})

describe('comments', () => {
  it('move with the statement that is put under a condition, and are not there twice', () => {
    expect(rewritten('a()\n// of listen\napp.listen(1) // why\n// of b\nb()\n', wrapListen)).toBe('a()\nif (local) {\n  // of listen\n  app.listen(1) // why\n}\n// of b\nb()\n')
  })
  it('of a replaced statement stay', () => {
    const replace: Transform = (root, j) => void root.find(j.ExpressionStatement, { expression: { callee: { name: 'a' } } }).replaceWith(() => j.expressionStatement(j.callExpression(j.identifier('z'), [])))
    expect(rewritten('// of a\na(/* in */) // why\nb()\n', replace)).toMatch(/^\/\/ of a\nz\(.*\);? \/\/ why\nb\(\)\n$/)
  })
})

describe('a rewrite is refused', () => {
  it('where the printer would re-indent the text of a template', () => {
    expect(rewriteFile('a.js', 'app.listen(1, () => `\n\tone\n two`)\n', wrapListen)).toBe(undefined)
    expect(rewritten('const t = `\n\tone\n`\napp.listen(1)\n', wrapListen)).toBe('const t = `\n\tone\n`\nif (local) {\n  app.listen(1)\n}\n')
  })
  it.each([['a.js', 'const = 1\n'], ['a.js', 'let x: string\n'], ['a.ts', 'const x = <p>y</p>\n']])('where the file does not parse: %s %j', (path, text) => {
    expect(rewriteFile(path, text, renameListen)).toBe(undefined)
  })
  it('where more changes than was meant', () => {
    const text = 'a.listen()\nb.listen()\n'
    const place = { start: 0, end: 10 }
    expect(rewriteFile('a.js', text, renameListen, { meant: [place] })).toBe(undefined)
    expect(rewritten(text, renameListen, 'a.js', { meant: [place, { start: 11, end: 21 }] })).toBe('a.start()\nb.start()\n')
  })
  it('where a directive would have to change, which has no place of its own', () => {
    expect(rewriteFile('a.js', "'use strict'\na()\n", (root) => void root.get().node.program.directives.pop())).toBe(undefined)
  })
})
