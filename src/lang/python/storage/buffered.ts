/** A file that is made and sent in one function needs no disk: the edits that put a buffer in its place. */
import type { Change, Target } from '../../../types.js'
import { eol, freeName, indentOf, insertAt, insertBefore, lineEnd, quotePython, replaceNode } from '../edit.js'
import { besideCode, fileWrites, type FileWrite } from './files.js'
import { guardedOff, importedAt } from '../settings/host-guard.js'
import { bare, field, isInside, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyNode } from '../types.js'

type Writer = { readonly match: RegExp; readonly kinds: RegExp; /** Says the format where the name no longer does. */ readonly format?: (extension: string) => string; readonly position?: number }
const writers: readonly Writer[] = [
  { match: /^(matplotlib|seaborn|pylab)\b.*\.savefig$/, kinds: /^(png|jpe?g|svg|pdf|webp)$/, format: (kind) => (kind === 'jpeg' ? 'jpg' : kind) },
  { match: /^PIL\.Image\..*\.save$/, kinds: /^(png|jpe?g|gif|webp|bmp|pdf|tiff?)$/, format: (kind) => ({ jpg: 'JPEG', tif: 'TIFF' })[kind] ?? kind.toUpperCase(), position: 1 },
  { match: /^qrcode\..*\.save$/, kinds: /^png$/ },
  { match: /^pandas\..*\.to_csv$/, kinds: /^(csv|tsv|txt)$/ },
  { match: /^pandas\..*\.to_excel$/, kinds: /^xlsx$/ },
  { match: /^pandas\.ExcelWriter$/, kinds: /^xlsx$/ },
  { match: /^openpyxl\..*\.save$/, kinds: /^xlsx$/ },
  { match: /^docx\..*\.save$/, kinds: /^docx$/ },
  { match: /^zipfile\.ZipFile$/, kinds: /^zip$/ },
]

/** Undefined where any use of the path could not be served from a buffer. */
export function bufferInstead(program: PythonProgram, write: FileWrite, target: Target): readonly Change[] | undefined {
  const { call } = write
  const { module, scope, fn } = call
  const writer = writers.find(({ match }) => call.names.some((name) => match.test(name)))
  if (!writer || !fn || write.appends || module.brokenAt !== undefined || call.kwargs.has('compression')) return undefined
  const kinds = [...new Set(write.places.map((place) => /\.(\w+)$/.exec(place.text)?.[1]?.toLowerCase()))]
  const [kind] = kinds
  if (kinds.length !== 1 || kind === undefined || !writer.kinds.test(kind)) return undefined

  const statement = statementOf(call.node)
  const direct = statement.kind === 'expression_statement' && bare(statement.children[0] ?? statement) === call.node
  const asBlock = statement.kind === 'with_statement' && [...walk(statement, (node) => node.kind !== 'block')].includes(call.node)
  const block = statement.parent
  if ((!direct && !asBlock) || !block || module.text.slice(lineStartOf(module.text, statement.start), statement.start).trim() !== '') return undefined

  const uses = usesOf(write, fn.body)
  const sends = [...program.calls('flask.send_file', 'flask.helpers.send_file')].filter((one) => one.fn === fn && one.args[0] !== undefined && uses?.includes(one.args[0]) === true)
  const [sent] = sends
  if (!uses || sends.length !== 1 || !sent?.args[0] || sent.node.start < statement.end || !isInside(sent.node, block)) return undefined
  const basename = write.target.kind === 'identifier' ? undefined : quotePython(write.places[0]?.text.split('/').at(-1) ?? '')
  if (basename !== undefined && write.places.some((place) => !place.exact)) return undefined
  const folders = foldersFor(program, write)
  const allowed = new Set<PyNode>([write.target, sent.args[0], ...folders.flatMap((one) => uses.filter((use) => isInside(use, one.call.node)))])
  if (uses.some((use) => !allowed.has(use) && !isDefinition(use) && !isNameOnly(program, use, call))) return undefined
  const guarded = folders.map((one) => guardedOff(target, module, one.call.scope, one.call.node))
  if (guarded.some((changes) => changes === undefined)) return undefined

  const io = importedAt(module, scope, statement, 'io')
  const buffer = freeName(module, 'buffer')
  const named = sent.kwargs.has('download_name') || sent.kwargs.has('attachment_filename')
  const os = named || basename !== undefined ? undefined : importedAt(module, scope, sent.node, 'os')
  const name = named ? '' : `, download_name=${basename ?? `${os?.name ?? 'os'}.path.basename(${module.text.slice(write.target.start, write.target.end)})`}`
  const says = writer.format && !call.kwargs.has('format') && !(writer.position !== undefined && call.args[writer.position]) ? `, format=${quotePython(writer.format(kind))}` : ''
  const indent = indentOf(module, statement)
  const after = lineEnd(module, statement.end)
  const open = after === module.text.length && !/[\r\n]$/.test(module.text) ? eol(module) : ''
  return [
    ...io.changes, ...(os?.changes ?? []), ...guarded.flatMap((changes) => changes ?? []),
    insertBefore(module, statement, [`${buffer} = ${io.name}.BytesIO()`]),
    replaceNode(module, write.target, buffer + says),
    insertAt(module, after, `${open}${indent}${buffer}.seek(0)${eol(module)}`),
    replaceNode(module, sent.args[0], buffer + name),
  ]
}

/** Folders that the function makes for this file alone. */
function foldersFor(program: PythonProgram, write: FileWrite): readonly FileWrite[] {
  // Callers hand in copies, so places are compared by their call.
  const inFunction = fileWrites(program).filter((one) => one.call.node !== write.call.node && one.call.fn === write.call.fn && besideCode(one.places).beside.length > 0)
  return inFunction.filter((one) => one.kind === 'mkdir' && inFunction.every((other) => other === one || !isBelow(other, one)) && isBelow(write, one))
}
function isBelow(file: FileWrite, folder: FileWrite): boolean {
  return folder.places.some((dir) => file.places.some((place) => place.base === dir.base && place.text.startsWith(`${dir.text}/`)))
}

/** The nodes that denote the path in the function: a variable bound once, or the same plain string. */
function usesOf(write: FileWrite, body: PyNode): readonly PyNode[] | undefined {
  const { scope, module } = write.call
  const text = (node: PyNode): string => module.text.slice(node.start, node.end)
  const own = text(write.target)
  if (write.target.kind === 'string') return [...walk(body)].filter((node) => node.kind === 'string' && text(node).slice(1, -1) === own.slice(1, -1))
  if (write.target.kind !== 'identifier') return undefined
  const bindings = scope.bindings.get(own)
  if (bindings?.length !== 1 || bindings[0]?.kind !== 'assign') return undefined
  return [...walk(body)].filter((node) => node.kind === 'identifier' && text(node) === own && node.field !== 'attribute' && !(node.field === 'name' && node.parent?.kind === 'keyword_argument'))
}
const isDefinition = (node: PyNode): boolean => node.parent?.kind === 'assignment' && node.field === 'left'
/** `os.path.basename(path)`: asks for the name, not the file. */
function isNameOnly(program: PythonProgram, node: PyNode, { scope }: PyCall): boolean {
  const call = node.parent?.kind === 'argument_list' ? node.parent.parent : undefined
  const callee = call && field(call, 'function')
  return callee !== undefined && program.origins(callee, scope).includes('os.path.basename')
}
function lineStartOf(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1
}
