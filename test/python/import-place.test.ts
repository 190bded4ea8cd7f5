import { beforeAll, describe, expect, it } from 'vitest'
import { ensureImport } from '../../src/lang/python/edit.js'
import { snapshotOf } from '../../src/snapshot.js'
import { programOf, ready } from './program-of.js'

beforeAll(ready)

function withImport(text: string, name: string, member?: string): string {
  const files = { 'app.py': `${text}app = Flask(__name__)\n` }
  const module = programOf(files).entry
  if (!module) throw new Error('no entry')
  return (snapshotOf(files).with(ensureImport(module, name, member).changes).text('app.py') ?? '').replace('app = Flask(__name__)\n', '')
}

describe('a new import', () => {
  it('joins its group, by name, and its form', () => {
    expect(withImport('import json\nimport sys\nfrom pathlib import Path\n\nfrom flask import Flask\n', 'os')).toBe('import json\nimport os\nimport sys\nfrom pathlib import Path\n\nfrom flask import Flask\n')
    expect(withImport('import json\n\nfrom flask import Flask\n\nfrom .models import db\n', 'functools', 'lru_cache')).toBe('import json\nfrom functools import lru_cache\n\nfrom flask import Flask\n\nfrom .models import db\n')
    expect(withImport('import os\n\nfrom flask import Flask\n\nfrom .models import db\n', 'werkzeug.exceptions', 'HTTPException')).toBe('import os\n\nfrom flask import Flask\nfrom werkzeug.exceptions import HTTPException\n\nfrom .models import db\n')
  })
  it('begins a group where there is none, parted as the file parts its own', () => {
    expect(withImport('from flask import Flask\nfrom .models import db\n', 'os')).toBe('import os\nfrom flask import Flask\nfrom .models import db\n')
    expect(withImport('from flask import Flask\n\nfrom .models import db\n', 'os')).toBe('import os\n\nfrom flask import Flask\n\nfrom .models import db\n')
    expect(withImport('from flask import Flask\r\nfrom .models import db\r\n', 'os')).toBe('import os\r\nfrom flask import Flask\r\nfrom .models import db\r\n')
  })
  it('is not put behind code that an import may depend on', () => {
    expect(withImport('import sys\nsys.path.append("lib")\nimport uuid\nfrom flask import Flask\n', 'tempfile')).toBe('import sys\nimport tempfile\nsys.path.append("lib")\nimport uuid\nfrom flask import Flask\n')
  })
})
