import { beforeAll, describe, expect, it } from 'vitest'
import { calls, programOf, ready } from './program-of.js'

beforeAll(ready)

describe('names resolve before anything is matched', () => {
  it.each([
    ['plain import', 'import threading\nthreading.Thread()\n'],
    ['alias', 'import threading as t\nt.Thread()\n'],
    ['from import', 'from threading import Thread\nThread()\n'],
    ['from import with alias', 'from threading import Thread as T\nT()\n'],
    ['star import', 'from threading import *\nThread()\n'],
    ['rebinding', 'import threading\nworker = threading.Thread\nworker()\n'],
    ['import in a branch', 'try:\n    import threading\nexcept ImportError:\n    threading = None\nthreading.Thread()\n'],
  ])('%s', (_title, source) => {
    expect(calls(programOf({ 'app.py': source }), 'threading.Thread')).toHaveLength(1)
  })

  it.each([
    ['a local function of the same name', 'def Thread():\n    pass\nThread()\n'],
    ['a parameter', 'from threading import Thread\ndef f(Thread):\n    Thread()\nf(1)\n'],
    ['text in a string', 's = "threading.Thread()"\n'],
    ['a comment', '# import threading; threading.Thread()\n'],
    ['an unknown bare name', 'Thread()\n'],
  ])('not %s', (_title, source) => {
    expect(calls(programOf({ 'app.py': source }), 'threading.Thread')).toEqual([])
  })

  it('follows re-exports, relative imports and star exports of the repo', () => {
    const program = programOf({
      'app.py': 'from pkg import Worker\nfrom pkg.extra import start\nWorker()\nstart()\n',
      'pkg/__init__.py': 'from .inner import *\n',
      'pkg/inner.py': 'from threading import Thread as Worker\n',
      'pkg/extra.py': 'from .inner import Worker\nfrom . import inner\ndef start():\n    Worker()\n    inner.Worker()\n',
    })
    expect(calls(program, 'threading.Thread')).toEqual(['app.py:3 import', 'pkg/extra.py:4 import', 'pkg/extra.py:5 import'])
  })

  it('knows what methods are called on: instances, factories, attributes, with and for', () => {
    const program = programOf({
      'app.py': [
        'import sqlite3, flask, pathlib',
        'def connect():',
        '    return sqlite3.connect("x.db")',
        'connect().cursor()',
        'class Store:',
        '    def __init__(self):',
        '        self.db = connect()',
        '    def save(self):',
        '        self.db.commit()',
        'Store().save()',
        'with connect() as c:',
        '    c.execute("x")',
        'for f in flask.request.files.getlist("a"):',
        '    f.save("x")',
        '(pathlib.Path(__file__).parent / "data").mkdir()',
      ].join('\n'),
    })
    expect(calls(program, 'sqlite3.connect().cursor', 'sqlite3.connect().commit', 'sqlite3.connect().execute', 'flask.request.files.getlist()[].save', 'pathlib.Path().mkdir')).toEqual([
      'app.py:4 import', 'app.py:9 import', 'app.py:12 import', 'app.py:14 import', 'app.py:15 import',
    ])
  })

  it('binds parameters to what callers pass', () => {
    const program = programOf({
      'app.py': 'from flask import Flask\nfrom views import register\napp = Flask(__name__)\nregister(app)\n',
      'views.py': 'import os\ndef register(app):\n    @app.route("/x")\n    def x():\n        os.remove("a")\n        return "x"\n',
    })
    expect(calls(program, 'os.remove')).toEqual(['views.py:5 request'])
    expect(program.routes.map((route) => route.path)).toEqual(['/x'])
  })

  it('stays quick where definitions go in circles', () => {
    const many = Array.from({ length: 60 }, (_, n) => `def f${n}(x=None):\n    y = f${(n + 1) % 60}(x) or f${(n + 7) % 60}(y) or x\n    return y or f${(n + 13) % 60}(y)\n`).join('')
    expect(calls(programOf({ 'app.py': `import os\n${many}f0()\nos.remove(f0())\n` }), 'os.remove')).toEqual(['app.py:183 import'])
  })
})
