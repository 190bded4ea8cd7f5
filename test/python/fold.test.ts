import { beforeAll, describe, expect, it } from 'vitest'
import { programOf, ready } from './program-of.js'

beforeAll(ready)
/** Paths of the first argument of open(). */
function paths(source: string, file = 'pkg/app.py'): readonly string[] {
  const program = programOf({ [file]: source }, { file })
  const [call] = [...program.calls('builtins.open')]
  const [first] = call?.args ?? []
  return call && first ? program.fold.path(first, call.scope).map((at) => `${at.base}:${at.text.replaceAll('\0', '?')}${at.env === undefined ? '' : ` $${at.env}`}`) : ['no call']
}

describe('paths are folded without running', () => {
  it.each([
    ['literal', 'open("data/x.txt")', ['cwd:data/x.txt']],
    ['dot and backslash', 'open(".\\\\data\\\\x.txt")', ['cwd:data/x.txt']],
    ['absolute', 'open("/srv/x")', ['absolute:/srv/x']],
    ['/tmp', 'open("/tmp/x")', ['temp:x']],
    ['gettempdir', 'import os, tempfile\nopen(os.path.join(tempfile.gettempdir(), "x"))', ['temp:x']],
    ['dirname of __file__', 'import os\nopen(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "x"))', ['repo:x']],
    ['pathlib', 'from pathlib import Path\nopen(Path(__file__).resolve().parent / "data" / "x")', ['repo:pkg/data/x']],
    ['parents', 'from pathlib import Path\nopen(Path(__file__).parents[1] / "x")', ['repo:x']],
    ['constant and f-string', 'import os\nBASE = os.path.dirname(__file__)\nopen(f"{BASE}/x-{n}.txt")', ['repo:pkg/x-?.txt']],
    ['environment or default', 'import os\nopen(os.getenv("D", "data"))', ['env:? $D', 'cwd:data $D']],
    ['conditional expression on the host', 'import os\nopen("/tmp/x" if os.getenv("VERCEL") else "x")', ['temp:x']],
    ['branch on the host', 'import os\nif os.getenv("VERCEL"):\n    D = "/tmp/d"\nelse:\n    D = "d"\nopen(D)', ['temp:d']],
    ['setting', 'from flask import Flask\nimport os\napp = Flask(__name__)\napp.config["UP"] = "uploads"\nopen(os.path.join(app.config["UP"], name))', ['cwd:uploads/?']],
    ['parameter', 'def f(p):\n    open(p)\nf("a")\n', ['cwd:a']],
    ['function of the repo', 'def where():\n    return "a/b"\nopen(where())', ['cwd:a/b']],
    ['unknown', 'open(thing())', ['unknown:?']],
  ])('%s', (_title, source, expected) => {
    expect(paths(`${source}\n`)).toEqual(expected)
  })
})

describe('routes and variables', () => {
  it('adds blueprint prefixes, methods and rules given by call', () => {
    const program = programOf({
      'app.py': 'from flask import Flask\nfrom shop import bp\nfrom api import api\napp = Flask(__name__)\napp.register_blueprint(bp, url_prefix="/shop")\napp.register_blueprint(api)\ndef v():\n    return ""\napp.add_url_rule("/v", "v", v, methods=["POST"])\n',
      'shop.py': 'from flask import Blueprint\nbp = Blueprint("s", __name__)\n@bp.route("/<int:i>", methods=["GET", "POST"])\ndef one(i):\n    return ""\n',
      'api.py': 'from flask import Blueprint\napi = Blueprint("a", __name__, url_prefix="/api")\n@api.delete("/x")\ndef x():\n    return ""\n',
    })
    expect(program.routes.map((route) => `${route.methods.join(',')} ${route.path}`).sort()).toEqual(['DELETE /api/x', 'GET,POST /shop/<int:i>', 'POST /v'])
  })
  it('lists variables by name, with need and secrecy, and no host marks', () => {
    const program = programOf({ 'app.py': 'import os\na = os.environ["API_KEY"]\nb = os.getenv("REGION")\nc = int(os.getenv("LIMIT"))\nd = os.environ.get("VERCEL")\nos.environ["SET"] = "1"\nif __name__ == "__main__":\n    os.environ["ONLY_MAIN"]\n' })
    expect(program.env.map((one) => `${one.name}${one.required ? '!' : ''}${one.secret ? '*' : ''}`)).toEqual(['API_KEY!*', 'LIMIT!', 'REGION'])
  })
  it('tells variables without a default from those that the code does without', () => {
    const reads = ['A = os.getenv("A")', 'B = os.environ.get("B", "x")', 'C = os.getenv("C") or "x"', 'if os.getenv("D"): pass', 'E = 1 if os.getenv("E") else 2', 'F = os.getenv("F") == "1"', 'mail(os.getenv("G"))', 'I = bool(os.getenv("I"))', 'H = os.environ["H"]']
    const program = programOf({ 'app.py': ['import os', ...reads].join('\n') })
    expect(program.env.filter(({ bare }) => bare).map(({ name }) => name)).toEqual(['A', 'G'])
  })
})

it('app.root_path is the folder of the module that makes the app, not of the entry that hands it over', () => {
  const program = programOf(
    { 'api/index.py': 'from shop.app import app\n', 'shop/app.py': 'import os\nfrom flask import Flask\napp = Flask(__name__)\n@app.route("/")\ndef v():\n    open(os.path.join(app.root_path, "photos"))\n    return ""\n' },
    { file: 'api/index.py' },
  )
  const [call] = [...program.calls('builtins.open')]
  const [first] = call?.args ?? []
  expect(call && first ? program.fold.path(first, call.scope).map((at) => `${at.base}:${at.text}`) : []).toEqual(['repo:shop/photos'])
})
