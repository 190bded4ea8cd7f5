/** Packages with compiled code, as of 2026-11: their own READMEs and release notes. */

/** Compiled against parts of Node and V8 that are gone; no release for Node 22 or newer. */
export const dead: Readonly<Record<string, string>> = {
  'node-sass': 'Use sass, which compiles the same files and is JavaScript',
  fibers: 'Remove it: what used it (Meteor, old sass loaders) has newer versions without it',
  'node-expat': 'Use an XML parser in JavaScript, such as fast-xml-parser or sax',
  deasync: 'Use await in its place: blocking the event loop stops every other request too',
  bcryptnode: 'Use bcryptjs, which has the same calls',
  opencv4nodejs: 'Use @u4/opencv4nodejs or a service for images',
}
/** Come with binaries for Linux; the word after it is what is worth knowing. */
export const compiled: Readonly<Record<string, string>> = {
  bcrypt: 'bcryptjs has the same calls and needs no binary',
  argon2: 'Keep it at a version that has binaries for the Node that runs',
  canvas: '@napi-rs/canvas has no system libraries to miss',
  sqlite3: 'A file database does not outlive a request there',
  'better-sqlite3': 'A file database does not outlive a request there',
}
/** Packages whose binary is a package of its own for each system. */
export const byPlatform: Readonly<Record<string, { readonly linux: string; readonly others: RegExp }>> = {
  sharp: { linux: '@img/sharp-linux-x64', others: /^@img\/sharp-(darwin|win32)-/ },
  '@node-rs/bcrypt': { linux: '@node-rs/bcrypt-linux-x64-gnu', others: /^@node-rs\/bcrypt-(darwin|win32)-/ },
  '@node-rs/argon2': { linux: '@node-rs/argon2-linux-x64-gnu', others: /^@node-rs\/argon2-(darwin|win32)-/ },
  '@napi-rs/canvas': { linux: '@napi-rs/canvas-linux-x64-gnu', others: /^@napi-rs\/canvas-(darwin|win32)-/ },
  '@resvg/resvg-js': { linux: '@resvg/resvg-js-linux-x64-gnu', others: /^@resvg\/resvg-js-(darwin|win32)-/ },
  '@libsql/client': { linux: '@libsql/linux-x64-gnu', others: /^@libsql\/(darwin|win32)-/ },
  esbuild: { linux: '@esbuild/linux-x64', others: /^@esbuild\/(darwin|win32)-/ },
}
