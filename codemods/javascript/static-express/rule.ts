import { fromOwnPlace } from '../../../src/lang/javascript/express/own-place.js'
import { fallbacks, insideApp, isBuildOutput, servedFolders, type Place, type ServedFolder } from '../../../src/lang/javascript/express/served-folders.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Path, Problem, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { packageFiles } from './package-files.js'

export const staticExpress = {
  id: 'static-express',
  title: 'Static files served by the app itself',
  hazard: 'static-files',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: JsProgram, { app, repo }: RuleContext): Generator<Problem> {
    const told = new Set([...fallbacks(program)].flatMap(({ dir }) => dir ?? []))
    for (const folder of servedFolders(program)) {
      const place = folder.places.find(({ exact, path }) => exact && repo.hasDir(path)) ?? folder.places.find(({ exact }) => exact)
      if (!place) continue
      // The page that any path is answered with lies there: one finding is enough.
      if (told.has(place.path)) continue
      const inside = insideApp(app.root, place.path)
      const said = inside === '.' ? ofWholeApp() : /(^|\/)node_modules\//.test(place.path) ? ofPackage(place) : !repo.hasDir(place.path) ? ofMissing(place, isBuildOutput(program, place.path)) : runtimeNames.test(place.path) ? ofRuntime(place) : inside === 'public' ? ofPublic(program, folder) : ofFolder(program, folder, place, inside)
      if (!said) continue
      const run = program.first(folder.call)
      yield {
        path: folder.call.module.path,
        range: { start: folder.call.node.start, end: folder.call.node.end },
        when: 'request',
        trace: program.trace(folder.call, `serves ${place.path === '.' ? 'the app\'s own folder' : `${place.path}/`}`, run),
        severity: run.conditional ? severityFor(run, said.severity) : said.severity,
        message: said.message,
        remedy: said.remedy,
      }
    }
    yield* packageFiles(program)
  },
} satisfies Rule

type Said = { readonly severity: Severity; readonly message: string; readonly remedy: Remedy }

function ofWholeApp(): Said {
  return {
    severity: 'breaks',
    message: 'The folder of the app itself is served: anybody can read its source, package.json and data files. Serve a folder that holds nothing but what visitors may see, such as public/.',
    remedy: { kind: 'manual', reason: 'Move what visitors may see to public/, and serve that.' },
  }
}
function ofPackage({ path, base }: Place): Said {
  const own = path.slice(path.lastIndexOf('node_modules/'))
  return {
    severity: base === 'cwd' ? 'breaks' : 'degrades',
    message: `${own} is handed out to browsers. The host packs of node_modules what the code imports${base === 'cwd' ? ', and does not see this folder: its files answer 404' : ' and what it can see that it reads; each file runs the function'}. Copy the files to public/ at build time, or link to them on a CDN.`,
    remedy: { kind: 'manual', reason: `Let the build script copy ${own} to public/.` },
  }
}
function ofMissing({ path }: Place, isBuilt: boolean): Said {
  return isBuilt
    ? {
        severity: 'breaks',
        message: `The app serves ${path}/, which is not in the repo: it is built on a developer's machine, and the function does not have it, so its files answer 404. Build the front end in the deploy, and let the host serve what comes out.`,
        remedy: { kind: 'manual', reason: `Build ${path}/ in the deploy, as public files of this project or as a front end of its own.` },
      }
    : {
        severity: 'breaks',
        message: `The app serves ${path}/, which is not in the repo: the running app, or a step on somebody's machine, puts its files there. On the host the folder is read-only or belongs to one instance, so these files answer 404. Keep what the app writes in object storage and answer with its addresses; commit the rest, or build it in the deploy.`,
        remedy: { kind: 'manual', reason: `Keep what goes to ${path}/ in object storage, and link to it there.` },
      }
}
const runtimeNames = /(^|\/)(uploads?|tmp|temp|storage|cache)(\/|$)/i
function ofRuntime({ path }: Place): Said {
  return {
    severity: 'breaks',
    message: `The app serves ${path}/, which holds what the running app puts there. On the host the folder is read-only, so only what is committed is ever found. Keep the files in object storage, and answer with their addresses.`,
    remedy: { kind: 'manual', reason: `Keep what goes to ${path}/ in object storage, and link to it there.` },
  }
}
/** The host serves public/ at the root of the site, before the app is asked. */
function ofPublic(program: JsProgram, { call, mount, before }: ServedFolder): Said | undefined {
  if (mount === undefined) return undefined
  const guards = before.filter((node) => !/\b(compression|cors|helmet|express\.(json|urlencoded)|cookieParser|favicon)\b/.test(program.text(node)))
  if (guards.length > 0) {
    return {
      severity: 'breaks',
      message: `public/ stands behind ${program.text(guards[0] ?? call.node).slice(0, 40)}, and the host serves a folder of this name itself, to anybody and before the app is asked. Rename the folder, so that the app goes on to decide who sees it.`,
      remedy: { kind: 'manual', reason: 'Rename the folder to one that the host does not publish, such as private/, and change the code that names it.' },
    }
  }
  if (mount !== '/') {
    return {
      severity: 'degrades',
      message: `public/ is served under ${mount}, and the host serves the same files at /: under ${mount} each of them runs the function. Move them to public${mount}/, so that the host answers for ${mount} by itself.`,
      remedy: { kind: 'manual', reason: `Move the files of public/ to public${mount}/; let express.static serve public/ without a prefix for local use.` },
    }
  }
  const [, options] = call.args
  const lost = options ? ['maxAge', 'setHeaders', 'extensions', 'index', 'redirect', 'immutable', 'cacheControl'].filter((name) => new RegExp(`\\b${name}\\b`).test(program.text(options))) : []
  if (lost.length === 0) return undefined
  return {
    severity: 'degrades',
    message: `The host serves public/ itself, before the app is asked: the ${lost.length > 1 ? 'options' : 'option'} ${lost.join(', ')} of express.static ${lost.length > 1 ? 'have' : 'has'} no effect there. Say headers in the host's configuration; the line can stay for local use.`,
    remedy: { kind: 'manual', reason: `If ${lost.join(' and ')} matter, say the same in the host's configuration.` },
  }
}
function ofFolder(program: JsProgram, folder: ServedFolder, place: Place, inside: Path | undefined): Said {
  const mount = folder.mount ?? '/'
  const home = `public${mount === '/' ? '' : mount}/`
  const fix = place.base === 'cwd' && folder.places.length === 1 ? fromOwnPlace(program, folder.call.module, folder.call.args[0], place.path) : undefined
  if (fix) {
    return {
      severity: 'breaks',
      message: `${place.path}/ is named from the folder that the app is started in. The host packs the files that the code names from its own place, so these may be missing there and answer 404. Name the folder from the file's own place.`,
      remedy: fix,
    }
  }
  const behind = folder.before.length > 0
  return {
    severity: 'degrades',
    message: `The app serves ${place.path}/ itself: each picture, script and style sheet runs the function, which is slower and is billed${inside === undefined ? ', and the folder lies outside the app\'s own' : ''}. ${behind ? 'It stands behind other handlers, so leave it to the app.' : `Files in ${home} the host serves by itself, at the same addresses.`}`,
    remedy: { kind: 'manual', reason: behind ? 'Nothing has to be done: the files are shipped with the function.' : `Move the files to ${home}, or leave it: they are shipped with the function.` },
  }
}
