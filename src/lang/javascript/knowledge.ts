/** What calls outside the repo do with the functions they are given. Data: a framework adds its own. */

/** When a handed-over function runs. 'inherit': at once or soon, with the code that hands it over. */
export type Fate = 'inherit' | 'startup' | 'request' | 'background' | 'deferred' | 'shutdown' | 'none'

export type Knowledge = {
  /** What becomes of a function given to a call of this origin; `first` is the text of the call's first argument. */
  callback(origin: string, facts: { readonly first: string | undefined; readonly key: string | undefined }): Fate | undefined
  /** Origins of the parameters of a function given to that call. */
  params(origin: string, arity: number): readonly string[]
}

type Entry = readonly [RegExp, Fate]
const table: readonly Entry[] = [
  [/^(setTimeout|setImmediate|process\.nextTick|queueMicrotask)$/, 'deferred'],
  [/^setInterval$/, 'background'],
  [/^(node-cron|cron)\.(schedule|task|CronJob|job)$|^cron\.CronJob\.from$|^node-cron\.createTask$|^node-schedule\.(scheduleJob|Job)$|^croner(\.Cron)?$|^toad-scheduler\.|^later\.(setInterval|setTimeout)$/, 'background'],
  [/^(bull|bee-queue)\(\)\.(process|on)$|^bullmq\.(Worker|QueueEvents)(\(\)\.on)?$|^agenda(\.Agenda)?\(\)\.(define|every|on)$|^kue\.createQueue\(\)\.process$|^amqplib\..*\.consume$|^kafkajs\..*\.run$|^p-queue\(\)\.add$/, 'background'],
  [/^(redis\.createClient|ioredis(\.Redis)?|mqtt\.connect)\(\)(\.duplicate\(\))?\.([ps]?subscribe)$/i, 'background'],
  [/^process\.(on|once|addListener)$/, 'shutdown'],
  [/^(https?\.createServer\(\)(\.listen\(\))?|express\(\)\.listen\(\))\.close$/, 'shutdown'],
  [/^https?\.createServer$|^http2\.create(Secure)?Server$/, 'request'],
  [/\.listen$/, 'startup'],
  [/^socket\.io(\.Server)?(\(\))?\.|^ws(\.(WebSocketServer|Server))?(\(\))?\.|^engine\.io/, 'request'],
  [/^passport(\.|-|$)|^passport-/, 'request'],
  [/^multer(\.|\(|$)|^formidable|^busboy|^express-(session|rate-limit|validator|jwt|fileupload|async-handler|basic-auth|slow-down)|^cors$|^helmet$|^morgan$|^express-async-handler$|^http-proxy-middleware/, 'request'],
  [/^mongoose\.connection\.(on|once)$|^mongoose\.createConnection\(\)\.(on|once)$|^redis\.createClient\(\)\.(on|once)$|^ioredis(\.Redis)?\(\)\.(on|once)$|^(mysql2?|pg)\..*\.(on|once)$/, 'startup'],
  [/^mongoose\.Schema(\(\))?|^sequelize\..*\.(addHook|beforeCreate|afterCreate|beforeUpdate|beforeSave)$/, 'request'],
  [/^(fs|fs-extra|graceful-fs|child_process|crypto|zlib|dns|bcrypt|bcryptjs|jsonwebtoken|mongodb|mongoose|mysql2?|sqlite3|pg|nedb|redis|nodemailer|axios|request|got|async|lodash|util|ejs|pug)(\.|\(|$)/, 'inherit'],
  [/^(Promise|Array|Object|Map|Set|JSON|String|Number|Error)(\.|\(|$)/, 'inherit'],
]

export const nodeKnowledge: Knowledge = {
  callback: (origin) => table.find(([pattern]) => pattern.test(origin))?.[1],
  params: (origin, arity) => (/^https?\.createServer$/.test(origin) ? ['http.IncomingMessage', 'http.ServerResponse'].slice(0, arity) : /^(socket\.io(\.Server)?(\(\))?(\.of\(\))?\.(on|once))$/.test(origin) ? ['socket.io.Socket'] : /^ws(\.(WebSocketServer|Server))?\(\)\.on$/.test(origin) ? ['ws.WebSocket'] : []),
}

/** Methods of values that nobody here knows. 'inherit' for what arrays and promises do at once. */
export function methodFate(name: string): Fate | undefined {
  if (/^(forEach|map|filter|reduce|reduceRight|some|every|find|findIndex|findLast|flatMap|sort|then|catch|finally|exec|toArray|transaction|pipe|replace|from)$/.test(name)) return 'inherit'
  if (/^(on|once|addListener|addEventListener|subscribe|prependListener)$/.test(name)) return 'request'
  return undefined
}

export function combine(...all: readonly Knowledge[]): Knowledge {
  return {
    callback: (origin, facts) => all.map((one) => one.callback(origin, facts)).find((fate) => fate !== undefined),
    params: (origin, arity) => all.map((one) => one.params(origin, arity)).find((origins) => origins.length > 0) ?? [],
  }
}
