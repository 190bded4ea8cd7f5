/** Management commands that the repo's own start scripts run on the server each time it boots. */
import type { Evidence, Path, Snapshot } from '../../../types.js'

export type BootCommand = { readonly name: string; readonly because: Evidence }

const scripts = /(^|\/)((docker-?)?entry-?point|docker-start|start|run|boot(strap)?|launch|serve|web|prod(uction)?)[\w-]*(\.(sh|bash))?$|(^|\/)Procfile$|(^|\/)(docker-)?compose[\w.-]*\.ya?ml$|(^|\/)supervisord?[\w-]*\.conf$|(^|\/)Dockerfile$/i
const command = /\bmanage\.py["',\s]+([a-z_]\w*)/g

/** Each command once, at the first line that runs it. A Procfile's release phase and a Dockerfile's RUN are builds, not boots. */
export function bootCommands(repo: Snapshot): readonly BootCommand[] {
  const found = new Map<string, BootCommand>()
  for (const { path, text } of candidates(repo)) {
    for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
      if (/^\s*(#|release\s*:|RUN\b)/.test(line)) continue
      for (const [, name] of line.matchAll(command)) if (name !== undefined && !found.has(name)) found.set(name, { name, because: { file: path, line: index + 1, note: `runs manage.py ${name} when the server boots` } })
    }
  }
  return [...found.values()]
}
function* candidates(repo: Snapshot): Generator<{ readonly path: Path; readonly text: string }> {
  for (const file of repo.files.values()) if (file.path.split('/').length <= 4 && scripts.test(file.path) && !file.path.endsWith('.py') && file.text.includes('manage.py')) yield file
}
