import { beforeAll, describe, expect, it } from 'vitest'
import { calls, programOf, ready } from './program-of.js'

beforeAll(ready)
const flask = 'import os\nfrom flask import Flask, Blueprint\napp = Flask(__name__)\n'
const when = (source: string, more: Readonly<Record<string, string>> = {}, entry = {}): readonly string[] => calls(programOf({ 'app.py': flask + source, ...more }, entry), 'os.remove')

describe('import time', () => {
  it.each([
    ['module level', 'os.remove("a")\n'],
    ['class body', 'class A:\n    os.remove("a")\n'],
    ['default argument', 'def f(a=os.remove("a")):\n    pass\n'],
    ['decorator expression', '@app.route(os.remove("a"))\ndef f():\n    pass\n'],
    ['comprehension', 'x = [os.remove(p) for p in ()]\n'],
    ['with at module level', 'with app.app_context():\n    os.remove("a")\n'],
    ['function called there', 'def f():\n    os.remove("a")\nf()\n'],
    ['two calls deep', 'def g():\n    os.remove("a")\ndef f():\n    g()\nf()\n'],
    ['constructor', 'class A:\n    def __init__(self):\n        os.remove("a")\nA()\n'],
    ['method of an instance', 'class A:\n    def go(self):\n        os.remove("a")\na = A()\na.go()\n'],
    ['property', 'class A:\n    @property\n    def x(self):\n        return os.remove("a")\ny = A().x\n'],
    ['lambda called at once', 'x = list(map(lambda p: os.remove(p), ()))\n'],
  ])('%s', (_title, source) => {
    expect(when(source)).toEqual([expect.stringMatching(/ import$/)])
  })

  it('follows imports, function-level imports with their caller, and packages above', () => {
    const program = programOf({
      'app.py': `${flask}import a.b\n@app.route("/")\ndef index():\n    import late\n    return ""\n`,
      'a/__init__.py': 'import os\nos.remove("init")\n',
      'a/b.py': 'import os\nos.remove("b")\n',
      'late.py': 'import os\nos.remove("late")\n',
      'unused.py': 'import os\nos.remove("unused")\n',
    })
    expect(calls(program, 'os.remove')).toEqual(['a/__init__.py:2 import', 'a/b.py:2 import', 'late.py:2 request'])
    expect([...program.modules.keys()]).not.toContain('unused.py')
  })

  it('loads a submodule that the package takes from itself', () => {
    const program = programOf({ 'app.py': `${flask}from pkg import bp\n`, 'pkg/__init__.py': 'bp = 1\nfrom pkg import routes\n', 'pkg/routes.py': 'import os\nos.remove("r")\n' })
    expect(calls(program, 'os.remove')).toEqual(['pkg/routes.py:2 import'])
  })

  it('calls the factory, and gives the trace from the entry to the place', () => {
    const program = programOf({ 'app.py': 'import os\nfrom flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    setup()\n    return app\ndef setup():\n    os.remove("a")\n' }, { symbol: 'create_app', kind: 'factory' })
    const [call] = [...program.calls('os.remove')]
    expect(call && program.trace(call, 'here').map((step) => `${step.line} ${step.note}`)).toEqual(['1 the entry', '3 the entry calls create_app()', '5 calls setup()', '8 here'])
  })
})

describe('request time', () => {
  it.each([
    ['view', '@app.route("/")\ndef v():\n    os.remove("a")\n'],
    ['view by method', '@app.post("/")\ndef v():\n    os.remove("a")\n'],
    ['function called from a view', 'def f():\n    os.remove("a")\n@app.route("/")\ndef v():\n    f()\n'],
    ['before_request', '@app.before_request\ndef v():\n    os.remove("a")\n'],
    ['error handler', '@app.errorhandler(404)\ndef v(e):\n    os.remove("a")\n'],
    ['add_url_rule', 'def v():\n    os.remove("a")\napp.add_url_rule("/", view_func=v)\n'],
    ['blueprint', 'bp = Blueprint("b", __name__)\n@bp.route("/")\ndef v():\n    os.remove("a")\napp.register_blueprint(bp)\n'],
    ['class-based view', 'from flask.views import MethodView\nclass V(MethodView):\n    def get(self):\n        os.remove("a")\napp.add_url_rule("/", view_func=V.as_view("v"))\n'],
    ['decorated view', 'from functools import wraps\ndef login(f):\n    @wraps(f)\n    def w(*a):\n        return f(*a)\n    return w\n@app.route("/")\n@login\ndef v():\n    os.remove("a")\n'],
    ['code in a decorator of the repo', 'def login(f):\n    def w(*a):\n        os.remove("a")\n        return f(*a)\n    return w\n@app.route("/")\n@login\ndef v():\n    pass\n'],
    ['extension hook', 'from flask_login import LoginManager\nlm = LoginManager(app)\n@lm.user_loader\ndef v(i):\n    os.remove("a")\n'],
  ])('%s', (_title, source) => {
    expect(when(source)).toEqual([expect.stringMatching(/ request$/)])
  })
})

describe('beside the requests, from a command line, or not at all', () => {
  it('a thread started at import runs in the background', () => {
    expect(when('import threading\ndef loop():\n    os.remove("a")\nthreading.Thread(target=loop, daemon=True).start()\n')).toEqual(['app.py:6 startup/bg'])
  })
  it('a thread subclass too', () => {
    expect(when('import threading\nclass T(threading.Thread):\n    def run(self):\n        os.remove("a")\nT().start()\n')).toEqual(['app.py:7 startup/bg'])
  })
  it('a scheduled job too', () => {
    expect(when('from apscheduler.schedulers.background import BackgroundScheduler\ns = BackgroundScheduler()\n@s.scheduled_job("interval", minutes=5)\ndef j():\n    os.remove("a")\n')).toEqual([expect.stringMatching(/startup\/bg$/)])
  })
  it.each([
    ['__main__ guard', 'if __name__ == "__main__":\n    os.remove("a")\n', 'main'],
    ['function called only there', 'def f():\n    os.remove("a")\nif "__main__" == __name__:\n    f()\n', 'main'],
    ['CLI command', '@app.cli.command("x")\ndef c():\n    os.remove("a")\n', 'main'],
    ['click command', 'import click\n@click.command()\ndef c():\n    os.remove("a")\n', 'main'],
  ])('%s is main', (_title, source, reach) => {
    expect(when(source)).toEqual([expect.stringMatching(new RegExp(` ${reach}$`))])
  })
  it.each([
    ['function nobody calls', 'def f():\n    os.remove("a")\n'],
    ['TYPE_CHECKING', 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    os.remove("a")\n'],
    ['main block of an imported module', 'import other\n'],
  ])('%s is not reached', (_title, source) => {
    expect(when(source, { 'other.py': 'import os\nif __name__ == "__main__":\n    os.remove("x")\n' })).toEqual([])
  })
})

describe('a function kept in a container', () => {
  it.each([
    ['a list', 'handlers = []\nhandlers.append(t)\n'],
    ['a table of lists', 'from collections import defaultdict\nhandlers = defaultdict(list)\nhandlers["a"].append(t)\n'],
  ])('%s: is called later, if at all', (_title, source) => {
    expect(when(`def t():\n    os.remove("a")\n${source}`)).toEqual([expect.stringMatching(/ request\/weak$/)])
  })
})

describe('a task of a worker', () => {
  it('runs beside the requests: it has to run somewhere', () => {
    expect(when('from celery import Celery\nc = Celery()\n@c.task\ndef t():\n    os.remove("a")\n')).toEqual(['app.py:8 request/bg'])
  })
})

describe('guards on the host', () => {
  it.each([
    ['if not VERCEL', 'if not os.environ.get("VERCEL"):\n    os.remove("a")\n'],
    ['else of VERCEL', 'if os.getenv("VERCEL"):\n    pass\nelse:\n    os.remove("a")\n'],
    ['a constant', 'ON = bool(os.getenv("VERCEL"))\nif not ON:\n    os.remove("a")\n'],
    ['a function', 'def serverless():\n    return os.getenv("VERCEL") == "1"\nif not serverless():\n    os.remove("a")\n'],
    ['membership', 'if "VERCEL" not in os.environ:\n    os.remove("a")\n'],
    ['another host', 'if os.getenv("RENDER"):\n    os.remove("a")\n'],
    ['any() of several hosts', 'ON = any([\n    os.getenv("VERCEL") == "1",\n    os.getenv("FUNCTIONS_WORKER_RUNTIME"),  # elsewhere\n])\nif not ON:\n    os.remove("a")\n'],
    ['all() that one host settles', 'if all((os.getenv("RENDER"), os.getenv("WITH_JOBS"))):\n    os.remove("a")\n'],
    ['early return', 'def f():\n    if os.getenv("VERCEL"):\n        return\n    os.remove("a")\nf()\n'],
    ['conditional expression', 'x = None if os.getenv("VERCEL") else os.remove("a")\n'],
  ])('%s clears the code there', (_title, source) => {
    expect(when(source)).toEqual([])
  })
  it.each([
    ['if VERCEL', 'if os.environ.get("VERCEL"):\n    os.remove("a")\n', 'import'],
    ['a user flag', 'if os.getenv("JOBS") == "1":\n    os.remove("a")\n', 'import/cond'],
    ['any() of flags', 'if any([os.getenv("JOBS"), os.getenv("RENDER")]):\n    os.remove("a")\n', 'import/cond'],
    ['debug', 'if app.debug:\n    os.remove("a")\n', 'import/cond'],
    ['an ordinary test', 'if not os.path.exists("a"):\n    os.remove("a")\n', 'import'],
  ])('%s keeps it', (_title, source, reach) => {
    expect(when(source)).toEqual([expect.stringMatching(new RegExp(` ${reach}$`))])
  })
  it('reads the guard in a module of the repo', () => {
    expect(when('from conf import ON\nif not ON:\n    os.remove("a")\n', { 'conf.py': 'import os\nON = "VERCEL" in os.environ\n' })).toEqual([])
  })
})

describe('bad input', () => {
  it('names the line of a file that does not parse, and goes on', () => {
    const program = programOf({ 'app.py': `${flask}import bad\nos.remove("a")\n`, 'bad.py': 'x = 1\ndef (:\n' })
    expect(program.notChecked).toEqual([{ file: 'bad.py', reason: expect.stringMatching(/does not parse \(line 2\)/) }])
    expect(calls(program, 'os.remove')).toEqual(['app.py:5 import'])
  })
  it('has no program without an entry file', () => {
    const program = programOf({ 'other.py': '' })
    expect([program.entry, program.modules.size, [...program.calls()].length]).toEqual([undefined, 0, 0])
  })
})

describe('programs the app starts', () => {
  it('a Python file of the repo run by a view is part of the request, its __main__ included', () => {
    const program = programOf({
      'app.py': `${flask}import subprocess, sys\nJOB = os.path.join(os.path.dirname(__file__), "job.py")\n@app.route("/")\ndef v():\n    subprocess.run([sys.executable, JOB, "--all"])\n    return ""\n`,
      'job.py': 'import os\ndef go():\n    os.remove("a")\nif __name__ == "__main__":\n    go()\n',
    })
    expect(calls(program, 'os.remove')).toEqual(['job.py:3 request'])
  })
  it('a file that is only named is not run', () => {
    const program = programOf({ 'app.py': `${flask}NAMES = ["job.py"]\n`, 'job.py': 'import os\nos.remove("a")\n' })
    expect(calls(program, 'os.remove')).toEqual([])
  })
})
