/** Which calls write to a path, and which argument names it. Data, matched on resolved origins. */

/** upload: what a client sent · store: a database kept in a file · log: a log handler · mkdir: a folder · write: all other files. */
export type WriteKind = 'write' | 'mkdir' | 'upload' | 'log' | 'store'
export type WriteCall = {
  readonly match: RegExp
  readonly kind: WriteKind
  /** Position of the path among the arguments, or 'object' for methods of a path. */
  readonly path: number | 'object'
  /** Keyword names of the path. */
  readonly words: readonly string[]
  /** Position of a mode argument: only a mode with w, a, x or + writes. */
  readonly mode?: number
}

const row = (kind: WriteKind, match: RegExp, path: number | 'object', words: readonly string[] = [], mode?: number): WriteCall => ({ kind, match, path, words, ...(mode === undefined ? {} : { mode }) })

/** In order: the first that matches an origin counts. */
export const writeCalls: readonly WriteCall[] = [
  row('upload', /^(flask|quart)\.request\.files\b.*\.save$/, 0, ['dst']),
  row('upload', /^werkzeug\.datastructures\.(file_storage\.)?FileStorage\(\)\.save$/, 0, ['dst']),
  row('upload', /^(flask_wtf|wtforms)\..*(File|Image|Upload)\w*\(\)\.data(\[\])?\.save$/, 0, ['dst']),

  row('log', /^logging\.(handlers\.)?(FileHandler|RotatingFileHandler|TimedRotatingFileHandler|WatchedFileHandler)$/, 0, ['filename']),
  row('log', /^concurrent_log_handler\.ConcurrentRotatingFileHandler$/, 0, ['filename']),
  row('log', /^logging\.basicConfig$/, 99, ['filename']),
  row('log', /^loguru\.logger\.add$/, 0, ['sink']),

  row('store', /^tinydb\.TinyDB$/, 0, ['path']),
  row('store', /^(shelve|dbm|dbm\.\w+)\.open$/, 0, ['filename', 'file']),
  row('store', /^(pickledb\.(load|PickleDB)|diskcache\.(Cache|FanoutCache|Index|Deque)|sqlitedict\.SqliteDict|joblib\.Memory|plyvel\.DB|lmdb\.open|chromadb\.PersistentClient)$/, 0, ['location', 'directory', 'filename', 'path']),

  row('mkdir', /^os\.(makedirs|mkdir)$/, 0, ['name', 'path']),
  row('mkdir', /^pathlib\.Path\(\)\.mkdir$/, 'object'),
  row('mkdir', /^cachelib\.(file\.)?FileSystemCache$/, 0, ['cache_dir']),

  row('write', /^(builtins|io|codecs|gzip|bz2|lzma|aiofiles)\.open$/, 0, ['file', 'filename'], 1),
  row('write', /^pathlib\.Path\(\)\.open$/, 'object', [], 0),
  row('write', /^pathlib\.Path\(\)\.(write_text|write_bytes|touch|symlink_to)$/, 'object'),
  row('write', /^pathlib\.Path\(\)\.(rename|replace)$/, 0, ['target']),
  row('write', /^os\.(rename|replace|renames|symlink|link)$/, 1, ['dst']),
  row('write', /^shutil\.(copy|copy2|copyfile|move|copytree)$/, 1, ['dst']),
  row('write', /^shutil\.make_archive$/, 0, ['base_name']),
  row('write', /^shutil\.unpack_archive$/, 1, ['extract_dir']),
  row('write', /^zipfile\.ZipFile$/, 0, ['file'], 1),
  row('write', /^tarfile\.open$/, 0, ['name'], 1),
  row('write', /^(zipfile\.ZipFile|tarfile\.open)\(\)\.extractall$/, 0, ['path']),
  row('write', /^(zipfile\.ZipFile|tarfile\.open)\(\)\.extract$/, 1, ['path']),
  row('write', /^PIL\.Image\..*\.save$/, 0, ['fp']),
  row('write', /^(matplotlib|seaborn|pylab)\b.*\.savefig$/, 0, ['fname']),
  row('write', /^plotly\..*\.(write_html|write_image|write_json)$/, 0, ['file']),
  row('write', /^pandas\..*\.to_(csv|excel|json|html|pickle|parquet|feather|hdf|stata|xml|markdown|latex)$/, 0, ['path_or_buf', 'excel_writer', 'path', 'buf', 'fname']),
  row('write', /^pandas\.ExcelWriter$/, 0, ['path']),
  row('write', /^(openpyxl|docx|pptx|xlwt)\..*\.save$/, 0, ['filename', 'path_or_stream', 'file']),
  row('write', /^xlsxwriter\.Workbook$/, 0, ['filename']),
  row('write', /^(qrcode|segno)\..*\.save$/, 0, ['stream', 'out']),
  row('write', /^barcode\..*\.(save|write)$/, 0, ['filename']),
  row('write', /^fpdf\..*\.output$/, 0, ['name']),
  row('write', /^reportlab\.pdfgen\.canvas\.Canvas$/, 0, ['filename']),
  row('write', /^reportlab\.platypus\.(doctemplate\.)?(SimpleDocTemplate|BaseDocTemplate)$/, 0, ['filename']),
  row('write', /^pdfkit\.from_(string|url|file)$/, 1, ['output_path']),
  row('write', /^weasyprint\..*\.write_(pdf|png)$/, 0, ['target']),
  row('write', /^cv2\.(imwrite|VideoWriter)$/, 0, ['filename']),
  row('write', /^(imageio|skimage\.io)\..*\.?(imwrite|imsave|mimsave)$/, 0, ['uri', 'fname']),
  row('write', /^numpy\.(save|savez|savez_compressed|savetxt)$/, 0, ['file', 'fname']),
  row('write', /^(joblib\.dump|torch\.save)$/, 1, ['filename', 'f']),
  row('write', /^(soundfile\.write|scipy\.io\.wavfile\.write)$/, 0, ['file', 'filename']),
  row('write', /^gtts\..*\.save$/, 0, ['savefile']),
  row('write', /^pyttsx3\..*\.save_to_file$/, 1, ['filename']),
  row('write', /^moviepy\..*\.write_(videofile|audiofile|gif)$/, 0, ['filename']),
  row('write', /^(tensorflow\.)?keras\..*\.save$/, 0, ['filepath']),
  row('write', /^urllib\.request\.urlretrieve$/, 1, ['filename']),
  row('write', /^wget\.download$/, 1, ['out']),
  row('write', /^gdown\.download$/, 1, ['output']),
  row('write', /^boto3\..*\.download_file$/, 2, ['Filename']),
  row('write', /^dotenv\.(set_key|unset_key)$/, 0, ['dotenv_path']),
]

/** Calls that look at a path or read it: they tell where a written file is used again. */
export const readCalls: readonly { readonly match: RegExp; readonly path: number | 'object'; readonly words: readonly string[] }[] = [
  { match: /^(builtins|io|codecs|gzip|bz2|lzma|aiofiles)\.open$/, path: 0, words: ['file', 'filename'] },
  { match: /^pathlib\.Path\(\)\.(open|read_text|read_bytes|iterdir|glob|rglob)$/, path: 'object', words: [] },
  { match: /^flask\.(helpers\.)?send_file$/, path: 0, words: ['path_or_file', 'filename_or_fp'] },
  { match: /^flask\.(helpers\.)?send_from_directory$/, path: 0, words: ['directory'] },
  { match: /^os\.(listdir|scandir|walk)$/, path: 0, words: ['path', 'top'] },
  { match: /^glob\.i?glob$/, path: 0, words: ['pathname'] },
  { match: /^pandas\.read_\w+$/, path: 0, words: ['filepath_or_buffer', 'io', 'path'] },
  { match: /^(PIL\.Image\.open|cv2\.imread|openpyxl\.load_workbook|docx\.Document|numpy\.(load|loadtxt|genfromtxt)|joblib\.load|torch\.load|zipfile\.ZipFile|tarfile\.open|shutil\.(copy|copy2|copyfile|move))$/, path: 0, words: ['fp', 'filename', 'file', 'f', 'src'] },
]
