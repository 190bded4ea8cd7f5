/** Which calls write to a path, and which argument names it. Data, matched on resolved origins. */

/** upload: what a client sent · store: a database kept in a file · log: a log file · mkdir: a folder · write: all other files. */
export type WriteKind = 'write' | 'mkdir' | 'upload' | 'log' | 'store'
export type WriteCall = {
  readonly match: RegExp
  readonly kind: WriteKind
  /** Position of the path among the arguments. */
  readonly path: number
  /** The path is in an object of options at that position, under one of these keys; without it the argument is the path. */
  readonly keys?: readonly string[]
  /** Position of flags: only 'w', 'a' and '+' write. */
  readonly flags?: number
}

const row = (kind: WriteKind, match: RegExp, path = 0, keys?: readonly string[]): WriteCall => ({ kind, match, path, ...(keys ? { keys } : {}) })
const fs = String.raw`^(fs|fs-extra|graceful-fs)(\.promises)?\.`

/** In order: the first that matches an origin counts. */
export const writeCalls: readonly WriteCall[] = [
  row('upload', /^multer$/, 0, ['dest']),
  row('upload', /^multer\.diskStorage$/, 0, ['destination']),
  row('upload', /^express-fileupload$/, 0, ['tempFileDir']),
  row('upload', /^(formidable(\.(formidable|IncomingForm|Formidable))?|express-formidable|koa-body|connect-multiparty|multiparty\.Form|connect-busboy)$/, 0, ['uploadDir']),
  row('upload', /^express\.request\.files?\b.*\.mv$/),

  row('log', /^winston\.transports\.File$/, 0, ['filename', 'dirname']),
  row('log', /^(winston-daily-rotate-file|winston\.transports\.DailyRotateFile)$/, 0, ['dirname', 'filename']),
  row('log', /^pino\.destination$/, 0),
  row('log', /^(rotating-file-stream|rotating-file-stream\.createStream)$/, 1, ['path']),
  row('log', /^file-stream-rotator\.(getStream|default\.getStream)$/, 0, ['filename']),
  row('log', /^simple-node-logger\.(createSimpleLogger|createSimpleFileLogger|createRollingFileLogger)$/, 0),

  row('store', /^lowdb(\.adapters|\/adapters)\/?\.?(FileSync|FileAsync)$/),
  row('store', /^lowdb\/node\.(JSONFile|JSONFileSync|JSONFilePreset|JSONFileSyncPreset)$/),
  row('store', /^(nedb|@seald-io\/nedb|nedb-promises(\.create)?)$/, 0, ['filename']),
  row('store', /^(node-json-db\.Config|simple-json-db|node-localstorage\.LocalStorage)$/),

  row('mkdir', new RegExp(`${fs}(mkdir|mkdirSync|mkdirs|mkdirsSync|mkdirp|mkdirpSync|ensureDir|ensureDirSync|emptyDir|emptyDirSync)$`)),
  row('mkdir', /^(mkdirp|make-dir)(\.(sync|mkdirp|mkdirpSync|makeDirectory|makeDirectorySync|manual|native))?$/),

  row('write', new RegExp(`${fs}(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputFileSync|outputJson|outputJsonSync|outputJSON|outputJSONSync|writeJson|writeJsonSync|writeJSON|writeJSONSync|ensureFile|ensureFileSync|truncate|truncateSync)$`)),
  { ...row('write', new RegExp(`${fs}(open|openSync)$`)), flags: 1 },
  row('write', new RegExp(`${fs}(copyFile|copyFileSync|cp|cpSync|copy|copySync|move|moveSync|rename|renameSync|symlink|symlinkSync|link|linkSync)$`), 1),
  row('write', /^(jsonfile|write-file-atomic|write-json-file)(\.(writeFile|writeFileSync|sync|writeJsonFile|writeJsonFileSync))?$/),
  row('write', /^sharp(\(\)|\.).*\.toFile$/),
  row('write', /^jimp\b.*\.(write|writeAsync)$/),
  row('write', /^exceljs\.Workbook\(\)\.(xlsx|csv)\.writeFile$/),
  row('write', /^(exceljs\.stream\.xlsx\.WorkbookWriter)$/, 0, ['filename']),
  row('write', /^xlsx\.(writeFile|writeFileXLSX|writeFileAsync)$/, 1),
  row('write', /^qrcode\.toFile$/),
  row('write', /^(html-pdf|html-pdf-node)\.create\(\)\.toFile$/),
  row('write', /^(puppeteer|puppeteer-core|playwright|playwright-core)\b.*\.(pdf|screenshot)$/, 0, ['path']),
  row('write', /^csv-writer\.create(Object|Array)CsvWriter$/, 0, ['path']),
  row('write', /^adm-zip\(\)\.(writeZip|extractAllTo|extractAllToAsync)$/),
  row('write', /^(extract-zip)$/, 1, ['dir']),
  row('write', /^(decompress|download)$/, 1),
]

/** Calls that read a path. */
export const readCalls: readonly { readonly match: RegExp; readonly path: number }[] = [
  { match: new RegExp(`${fs}(readFile|readFileSync|createReadStream|readJson|readJsonSync|readJSON|readJSONSync|readdir|readdirSync|opendir|opendirSync)$`), path: 0 },
  { match: /^express\.response(\.status\(\))?\.(sendFile|sendfile|download)$/, path: 0 },
  { match: /^(jsonfile)\.(readFile|readFileSync)$/, path: 0 },
  { match: /^(yamljs\.load|js-yaml\.loadFile|xlsx\.readFile|convert-excel-to-json|pdf-parse\.fromFile|load-json-file|load-json-file\.sync|read-json-file)$/, path: 0 },
  { match: /^exceljs\.Workbook\(\)\.(xlsx|csv)\.readFile$/, path: 0 },
  { match: /^csvtojson\(\)\.fromFile$/, path: 0 },
]
