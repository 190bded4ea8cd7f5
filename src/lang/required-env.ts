/** How a missing variable is told of, whatever the language: one finding a place, and advice where the repo's own example names it. */
import type { App, Path, Problem, Severity, Snapshot } from '../types.js'
import type { Spotted } from './spotted.js'

export type Missing<Node, Site> = { readonly name: string; readonly node: Node; readonly site: Site; /** What happens, after "without it". */ readonly fails: string }
export type MissingPlace<Node, Site> = Omit<Missing<Node, Site>, 'name'> & { readonly names: string[] }
export type NeededProblem = Problem & { readonly names: readonly string[] }

/** A settings class or a schema asks for several at one place: one finding. */
export function byPlace<Node, Site>(all: readonly Missing<Node, Site>[]): readonly MissingPlace<Node, Site>[] {
  const places = new Map<Node, MissingPlace<Node, Site>>()
  for (const { name, node, site, fails } of all) {
    const known = places.get(node)
    if (known) known.names.push(name)
    else places.set(node, { names: [name], node, site, fails })
  }
  return [...places.values()]
}
export function listed(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

/** The example file of the repo that names the variable. */
export function documentedIn({ repo, app }: { readonly repo: Snapshot; readonly app: App }, name: string): Path | undefined {
  const names = ['.env.example', '.env.sample', '.env.template', '.env.dist', 'env.example', 'example.env', 'sample.env', '.flaskenv.example']
  const paths = [...new Set(names.flatMap((file) => (app.root === '.' ? [file] : [`${app.root}/${file}`, file])))]
  return paths.find((path) => new RegExp(`^\\s*#?\\s*(export\\s+)?${name}\\s*=`, 'm').test(repo.text(path) ?? ''))
}

/** `asker`: who asks for it when a request comes; undefined for what the start asks. `decided`: the code itself says that the host must set it. */
export function needed(place: Spotted, { names, fails }: { readonly names: readonly string[]; readonly fails: string }, context: { readonly repo: Snapshot; readonly app: App }, said: { readonly asker: string | undefined; readonly decided: boolean }): NeededProblem {
  const all = listed(names)
  const files = names.map((name) => documentedIn(context, name))
  const example = files.every((file) => file !== undefined) ? files[0] : undefined
  const [is, it, them] = names.length === 1 ? ['is', 'it', 'it'] : ['are', 'one of them', 'them']
  const what = said.asker === undefined
    ? `${all} ${is} read while the app is imported, and without ${it} ${fails}: the app does not start and every request fails.`
    : `${all} ${is} asked for by ${said.asker} when a request comes, and without ${it} ${fails}: the app starts and looks well, and the requests that come here fail.`
  return {
    ...place,
    names,
    // Whoever deploys is told by the repo itself: a gate that never opens for such an app would only be switched off.
    ...(example === undefined && !said.decided ? {} : { severity: 'advice' as Severity }),
    message: `${what} Set ${all} on the host, for previews too, before the first deployment.`,
    remedy: { kind: 'manual', reason: `Only you know the value of ${all}: set ${them} in the host's settings, for production and previews.${said.asker === undefined ? ` ${names.length === 1 ? 'It is' : 'They are'} listed among the steps.` : ''}${example === undefined ? ` Name ${them} in .env.example, without the value, so that whoever deploys next knows; \`check\` then lets it pass.` : ` ${example} names ${them}.`}` },
  }
}
