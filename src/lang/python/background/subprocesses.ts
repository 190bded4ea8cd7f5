/** Programs that the code runs: which, as far as the code tells. */
import { basics, systems } from '../../system-programs.js'
import { ancestor, bare, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyNode } from '../types.js'

export type Command = {
  readonly call: PyCall
  /** python: this interpreter or a Python package's command · system: a program that no Python package brings · basic: part of any Linux · own: a file of the repo · packaged: comes inside a Python package · unknown. */
  readonly kind: 'python' | 'system' | 'basic' | 'own' | 'packaged' | 'unknown'
  /** The program's name, where it is known. */
  readonly name: string | undefined
}

const runners = /^(subprocess\.(run|call|check_call|check_output|Popen|getoutput|getstatusoutput)|os\.(system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)|asyncio\.(subprocess\.)?create_subprocess_(exec|shell)|pexpect\.spawn|pty\.spawn|commands\.getoutput)$/
const pythons = /^(python(\d(\.\d+)?)?|py|pip\d?|uv|pipenv|poetry|flask|gunicorn|uvicorn|celery|rq|alembic|pybabel|yt-dlp|youtube-dl|scrapy|pytest|black|ruff|mypy|pylint|jupyter|streamlit|django-admin|spacy|huggingface-cli|playwright|whisper|demucs|edge-tts|gtts-cli|gallery-dl|httpie|http)$/

/** Every program that the served app may start; branches for other operating systems are left out. */
export function* commands(program: PythonProgram): Generator<Command> {
  for (const call of program.callsMatching(runners)) {
    if (call.runs.every((run) => run.when === 'main' || run.when === 'build') || isForOtherSystem(program, call)) continue
    yield { call, ...identify(program, call) }
  }
}
function isForOtherSystem(program: PythonProgram, call: PyCall): boolean {
  for (let at = ancestor(call.node, 'if_statement', 'elif_clause'); at; at = ancestor(at, 'if_statement', 'elif_clause')) {
    const condition = field(at, 'condition')
    const body = field(at, 'consequence')
    if (condition && body && call.node.start >= body.start && call.node.end <= body.end && /(os\.name|platform)\b.*==.*(nt|win|darwin)|platform\.startswith\(['"](win|darwin)/i.test(program.text(condition, call.module))) return true
  }
  return false
}

function identify(program: PythonProgram, call: PyCall): Pick<Command, 'kind' | 'name'> {
  const first = call.kwargs.get('args') ?? call.kwargs.get('cmd') ?? call.args[0]
  return first ? ofArgument(program, bare(first), call, 0) : { kind: 'unknown', name: undefined }
}
function ofArgument(program: PythonProgram, node: PyNode, call: PyCall, depth: number): Pick<Command, 'kind' | 'name'> {
  const unknown = { kind: 'unknown', name: undefined } as const
  if (depth > 4) return unknown
  if (node.kind === 'list' || node.kind === 'tuple') {
    const [head] = node.children.filter((child) => child.kind !== 'comment')
    return head ? ofArgument(program, bare(head), call, depth + 1) : unknown
  }
  if (node.kind === 'binary_operator') {
    const left = field(node, 'left')
    if (left && (left.kind === 'list' || left.kind === 'tuple')) return ofArgument(program, left, call, depth + 1)
  }
  const origins = program.origins(node, call.scope)
  if (origins.some((origin) => origin === 'sys.executable')) return { kind: 'python', name: 'python' }
  if (origins.some((origin) => /^(imageio_ffmpeg|static_ffmpeg|ffmpeg_downloader|playwright|chromedriver_binary)\b/.test(origin))) return { kind: 'packaged', name: undefined }
  if (origins.some((origin) => /^shutil\.which\(\)$/.test(origin))) {
    const [home] = node.kind === 'identifier' || node.kind === 'attribute' ? program.definitions(node, call.scope) : [{ node, scope: call.scope }]
    const which = home && [...walk(home.node)].find((at) => at.kind === 'call')
    const argument = which && field(which, 'arguments')?.children[0]
    return home && argument ? ofArgument(program, argument, { ...call, scope: home.scope }, depth + 1) : unknown
  }
  if (origins.some((origin) => /^shlex\.split\(\)$/.test(origin)) && node.kind === 'call') {
    const argument = field(node, 'arguments')?.children[0]
    return argument ? ofArgument(program, bare(argument), call, depth + 1) : unknown
  }
  if (node.kind === 'identifier' || node.kind === 'attribute') {
    const homes = program.definitions(node, call.scope)
    const [home] = homes
    if (home && homes.length === 1 && /^(list|tuple|call|binary_operator)$/.test(home.node.kind)) return ofArgument(program, bare(home.node), { ...call, scope: home.scope, module: home.scope.module }, depth + 1)
  }
  const known = program.fold.text(node, call.scope).filter((piece) => piece.base !== 'unknown' && piece.base !== 'env' && !piece.text.startsWith('\0'))
  for (const piece of known) {
    const word = piece.text.trim().replace(/^(sudo\s+)?/, (prefix) => prefix).split(/[\s|;&]+/)[0] ?? ''
    if (word === '' || word.includes('\0')) continue
    return ofWord(word, piece.base)
  }
  return unknown
}
function ofWord(word: string, base: string): Pick<Command, 'kind' | 'name'> {
  const name = word.split(/[\\/]/).at(-1) ?? word
  const bareName = name.replace(/\.exe$/i, '')
  if (pythons.test(bareName)) return { kind: 'python', name: bareName }
  if (systems.has(bareName) || systems.has(name)) return { kind: 'system', name: bareName }
  if (basics.has(name)) return { kind: 'basic', name }
  if (base === 'repo' || /^\.{1,2}\//.test(word) || /\.(sh|py|js|exe|bin|out)$/.test(word)) return { kind: 'own', name: word }
  return { kind: 'unknown', name }
}

/** Packages that only drive a program, which has to be installed apart; the call that needs it. */
export const drivers: readonly { readonly calls: RegExp; readonly program: string; readonly instead: string }[] = [
  { calls: /^pytesseract\.(pytesseract\.)?image_to_\w+$/, program: 'tesseract', instead: 'an OCR service' },
  { calls: /^pdfkit\.from_\w+$/, program: 'wkhtmltopdf', instead: 'a PDF library in pure Python, such as fpdf2 or reportlab' },
  { calls: /^imgkit\.from_\w+$/, program: 'wkhtmltoimage', instead: 'a rendering service' },
  { calls: /^pdf2image\.(pdf2image\.)?(convert_from_\w+|pdfinfo_from_\w+)$/, program: 'poppler (pdftoppm)', instead: 'pypdfium2 or PyMuPDF, which bring their own library' },
  { calls: /^pypandoc\.convert_\w+$/, program: 'pandoc', instead: 'pypandoc_binary, which brings it, if the size allows' },
  { calls: /^graphviz\.\w+\(\)\.(render|pipe|view)$|^pydot\.\w+.*\.(write_\w+|create_\w+)$/, program: 'graphviz (dot)', instead: 'rendering in the browser' },
  { calls: /^pydub\.AudioSegment\.from_(file|mp3|ogg|flv)$|^pydub\.AudioSegment\.from_\w+\(\)\.export$/, program: 'ffmpeg', instead: 'a package that brings it, such as static-ffmpeg, if the size allows' },
  { calls: /^ffmpeg\.(.*\.)?(run|run_async|probe)$/, program: 'ffmpeg', instead: 'a package that brings it, such as static-ffmpeg, if the size allows' },
  { calls: /^git\.(Repo|Repo\.clone_from|Git|Repo\.init)$/, program: 'git', instead: 'the hosting service\'s API, or dulwich' },
  { calls: /^weasyprint\.(HTML|CSS)$|^flask_weasyprint\.\w+$/, program: 'Pango (a system library)', instead: 'a PDF library in pure Python, such as fpdf2 or reportlab' },
  { calls: /^pyzbar\.(pyzbar\.)?decode$/, program: 'zbar (a system library)', instead: 'zxing-cpp, which brings its own library' },
  { calls: /^pyttsx3\.init$/, program: 'espeak', instead: 'a speech service' },
]
