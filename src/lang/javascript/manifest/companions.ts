/** What comes along with packages that very many apps declare, at the top of node_modules where an import finds it (npm and Yarn). */
const table: Readonly<Record<string, string>> = {
  express: 'accepts array-flatten body-parser bytes content-disposition content-type cookie cookie-signature debug depd encodeurl escape-html etag finalhandler forwarded fresh http-errors iconv-lite inherits ipaddr.js media-typer merge-descriptors mime-db mime-types ms negotiator on-finished parseurl path-to-regexp proxy-addr qs range-parser raw-body safe-buffer send serve-static setprototypeof side-channel statuses toidentifier type-is unpipe vary',
  mongoose: 'mongodb bson kareem mpath mquery ms sift debug',
  'socket.io': 'engine.io socket.io-adapter socket.io-parser debug ws cors accepts',
  multer: 'busboy append-field concat-stream type-is object-assign xtend mkdirp',
  sequelize: 'lodash moment moment-timezone uuid validator debug semver inflection',
  'body-parser': 'qs raw-body bytes iconv-lite http-errors debug type-is content-type depd on-finished unpipe',
  'express-session': 'cookie cookie-signature debug depd ms on-headers parseurl uid-safe',
  'express-validator': 'lodash validator',
  jsonwebtoken: 'jws ms semver',
  nodemon: 'chokidar debug semver minimatch',
  axios: 'follow-redirects form-data proxy-from-env',
  passport: 'passport-strategy pause utils-merge',
}

/** Names that are installed because of these, as far as is known here. */
export function companionsOf(declared: Iterable<string>): ReadonlySet<string> {
  return new Set([...declared].flatMap((name) => table[name]?.split(' ') ?? []))
}
