/** Programs that the code runs: which, as far as the code tells. */
import { basics, systems } from '../../system-programs.js'
import { ancestor, bare, field, type JsCall, type JsNode, type JsProgram } from '../program.js'

export type Command = {
  readonly call: JsCall
  /** node: Node itself or a package's command · python · system: a program that no package brings · basic: part of any Linux · own: a file of the repo · packaged: comes inside a package · unknown. */
  readonly kind: 'node' | 'python' | 'system' | 'basic' | 'own' | 'packaged' | 'unknown'
  readonly name: string | undefined
}

const runners = /^child_process\.(exec|execSync|execFile|execFileSync|spawn|spawnSync)$|^(cross-spawn(\.sync)?|execa(\.(execa|command|\$))?|shelljs\.exec)$/
const packaged = /^(ffmpeg-static|ffprobe-static|@ffmpeg-installer\/ffmpeg|@ffprobe-installer\/ffprobe|youtube-dl-exec|yt-dlp-exec|@sparticuz\/chromium|wkhtmltopdf-installer|pdftk-installer|gifsicle|mozjpeg|pngquant-bin)\b/

/** Every program that the served app may start; branches for other operating systems are left out. */
export function* commands(program: JsProgram): Generator<Command> {
  const isPromised = (call: JsCall): boolean => call.names.some((name) => runners.test(name))
  for (const call of program.callsMatching(runners)) if (isPromised(call) && !isForOtherSystem(program, call.node)) yield { call, ...identify(program, call) }
}
function isForOtherSystem(program: JsProgram, node: JsNode): boolean {
  for (let at = ancestor(node, 'IfStatement'); at; at = ancestor(at, 'IfStatement')) {
    const [condition, body] = [field(at, 'expression'), field(at, 'thenStatement')]
    if (condition && body && node.start >= body.start && node.end <= body.end && /platform\b.*===?\s*['"](win32|darwin)/.test(program.text(condition))) return true
  }
  return false
}
function identify(program: JsProgram, call: JsCall): Pick<Command, 'kind' | 'name'> {
  const [first] = call.args
  return first ? ofArgument(program, bare(first)) : { kind: 'unknown', name: undefined }
}
function ofArgument(program: JsProgram, node: JsNode): Pick<Command, 'kind' | 'name'> {
  const origins = [...program.origins(node), ...program.definitions(node).flatMap((one) => program.origins(one))]
  if (origins.some((origin) => packaged.test(origin))) return { kind: 'packaged', name: undefined }
  if (origins.includes('process.execPath') || origins.includes('process.argv0')) return { kind: 'node', name: 'node' }
  if (/^\$?\{?\w*(ffmpeg|ffprobe)(Path|Static|\.path)/i.test(program.text(node)) && origins.length === 0) return { kind: 'unknown', name: undefined }
  const texts = [...new Set(program.fold.text(node).map(({ text, base }) => (base === 'env' ? '' : text)))]
  const [text] = texts
  if (texts.length !== 1 || text === undefined) return { kind: 'unknown', name: undefined }
  return classify(text)
}
function classify(text: string): Pick<Command, 'kind' | 'name'> {
  // `cd x && FLAG=1 "tool" …`
  const plain = text.trim().replace(/^(cd\s+\S+\s*(&&|;)\s*)+/, '').replace(/^(\w+=\S*\s+)+/, '').replace(/^["']/, '')
  const head = /^[^\s"'|;&<>]+/.exec(plain)?.[0] ?? ''
  if (head === '' || head.includes('\0')) return { kind: 'unknown', name: undefined }
  const name = head.split('/').at(-1) ?? head
  if (/^(node|npm|npx|pnpm|yarn|bun|tsx|ts-node)$/.test(name)) return { kind: 'node', name }
  if (/^(python(\d(\.\d+)?)?|pip\d?)$/.test(name)) return { kind: 'python', name }
  if (systems.has(name) || /^(yt-dlp|youtube-dl|gm|pdfinfo|cwebp|latexmk|streamlink|piper|whisper)$/.test(name)) return { kind: 'system', name }
  if (basics.has(name)) return { kind: 'basic', name }
  return /^\.{0,2}\//.test(head) || /\.(sh|bin|exe)$/.test(name) ? { kind: 'own', name } : { kind: 'system', name }
}

/** Packages that run a program which they do not bring. */
export const drivers: readonly { readonly calls: RegExp; readonly program: string; readonly instead: string; /** Packages that bring it. */ readonly brought?: RegExp }[] = [
  { calls: /^fluent-ffmpeg(\.default)?$/, program: 'ffmpeg', instead: 'ffmpeg-static (setFfmpegPath), a media service', brought: /^(ffmpeg-static|@ffmpeg-installer\/)/ },
  { calls: /^gm(\.subClass\(\))?$/, program: 'GraphicsMagick or ImageMagick', instead: 'sharp' },
  { calls: /^imagemagick\.\w+$/, program: 'ImageMagick', instead: 'sharp' },
  { calls: /^simple-git(\.(simpleGit|default|gitP))?$/, program: 'git', instead: 'isomorphic-git or the API of the service that keeps the repository' },
  { calls: /^html-pdf\.create$/, program: 'PhantomJS', instead: 'pdf-lib, pdfkit or a service' },
  { calls: /^wkhtmltopdf$/, program: 'wkhtmltopdf', instead: 'pdf-lib, pdfkit or a service', brought: /^wkhtmltopdf-installer/ },
  { calls: /^node-tesseract-ocr\.recognize$/, program: 'tesseract', instead: 'tesseract.js' },
  { calls: /^libreoffice-convert\.\w+$/, program: 'LibreOffice', instead: 'a document service' },
  { calls: /^(pdf-poppler\.\w+|pdf2pic\.\w+|node-poppler\.Poppler)$/, program: 'Poppler or GraphicsMagick', instead: 'pdfjs-dist with a canvas' },
  { calls: /^node-pandoc$/, program: 'pandoc', instead: 'a package such as markdown-it' },
]
export function hasPackage(program: JsProgram, pattern: RegExp): boolean {
  return [...program.imports()].some(({ target }) => pattern.test(target))
}
