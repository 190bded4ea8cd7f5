/** Route paths as Express 4 reads them, said so that Express 5 does (path-to-regexp 8). */

/** Does Express 5 refuse it when the route is added? */
export function isRefused(path: string): boolean {
  return /[?+()[\]!]/.test(path) || /\*(?![A-Za-z_$"])/.test(path) || /:(?![A-Za-z_$"])/.test(path)
}

/** The same path for Express 5; undefined where that needs a person: regular expressions, optional letters, several wildcards. */
export function translated(path: string): string | undefined {
  if (/[\\{}]/.test(path) || (path.match(/\*/g) ?? []).length > 1) return undefined
  const text = path
    .replace(/\/:(\w+)\(\*\)(?![?*+])/g, '/{*$1}')
    .replace(/\/:(\w+)[*+]/g, '/*$1')
    .replace(/\/:(\w+)\?/g, '{/:$1}')
    .replace(/(?<!\()\*(?![A-Za-z_$"])/g, '{*splat}')
  return isRefused(text) ? undefined : text.startsWith('{*') ? `/${text}` : text
}
