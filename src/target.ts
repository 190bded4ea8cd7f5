/** What the migrated app wants from a host, and what a host offers, in no platform's words. */
import type { App, Capability, Change, Check, Offer, Path, PlatformPlan, Snapshot } from './types.js'

/** What the migrated app wants from its host, in no platform's words. */
export type Need =
  | { readonly kind: 'entry' }
  /** `schedule`: five-field cron, UTC. `path`: the authenticated GET route that runs the job. `was`: the old trigger, for people. */
  | { readonly kind: 'cron'; readonly job: string; readonly path: string; readonly schedule: string; readonly was: string }
  | { readonly kind: 'worker'; readonly job: string; readonly command: string }
  /** Tasks of a queue library that the host's own queue could carry. `entrypoint`: module and name of the queue's object. */
  | { readonly kind: 'queue'; readonly library: string; readonly entrypoint: string }
  | { readonly kind: 'env'; readonly name: string; readonly secret: boolean; readonly why: string }
  | { readonly kind: 'dependency'; readonly name: string; readonly specifier?: string; readonly why: string }
  | { readonly kind: 'database'; readonly engine: 'postgres' | 'mongodb' | 'redis' }
  | { readonly kind: 'blob' }
  | { readonly kind: 'static'; readonly dir: Path; readonly url: string }
  /** Keep files out of the upload. */
  | { readonly kind: 'ignore'; readonly pattern: string }
  | { readonly kind: 'runtime'; readonly version: string }
  /** Longest request expected, seconds. */
  | { readonly kind: 'duration'; readonly seconds: number }

export type TargetId = 'vercel' | 'render' | 'hybrid'
export type EntryShape = 'auto' | 'api' | 'native'

/** How a target looks for the entry without being told; data for the entry rules. */
export type EntryLookup = {
  /** App-root-relative, in the order the platform tries them. */
  readonly candidates: readonly Path[]
  /** Names that count as the app object. */
  readonly names: readonly string[]
}
export type Target = {
  readonly id: TargetId
  readonly title: string
  readonly offers: Readonly<Record<Capability, Offer>>
  /** Environment variables that are always set there; other hosts' marks are absent. Used to evaluate guards. */
  readonly hostEnv: Readonly<Record<string, string>>
  /** Source text of an expression that is true only there. */
  readonly guard: { readonly python: string; readonly javascript: string }
  readonly lookup: EntryLookup
  /** Queue libraries whose tasks the platform's own queue carries, by the names of `Need` 'queue'. */
  readonly queues?: readonly string[]
  /** The app's address there before it has a domain of its own. */
  readonly hosts: {
    /** A leading dot stands for every name below it. */
    readonly names: readonly string[]
    /** Variables of the platform that hold the name under which people reach the app. */
    readonly variables: readonly string[]
    /** 'given': the app sees https, as the visitor does. 'forwarded': it sees http, and only X-Forwarded-Proto tells. */
    readonly scheme: 'given' | 'forwarded'
  }
  /** What becomes of Django's static files. 'published': the build collects them into STATIC_ROOT and the platform serves them. 'app': the app serves them itself. */
  readonly collected: 'published' | 'app'
  readonly limits: {
    readonly [P in PlatformPlan]: {
      /** Shortest gap between two runs of a cron, seconds. */
      readonly cronGap: number
      readonly requestSeconds: number
      readonly bundleMb: number
      /** Largest body of a request, and of an answer that is not streamed; absent where the platform has no such cap. */
      readonly requestBodyMb?: number
      readonly responseBodyMb?: number
      /** Memory of one instance; absent where a person picks it. */
      readonly memoryMb?: number
    }
  }
  /** Python minor versions offered, newest last, and the one taken when nothing is said. */
  readonly python: { readonly versions: readonly string[]; readonly default: string }
  /** The same of Node's major versions. `lookup`: where the entry of a Node app is looked for, without being told; absent where the start command names it. */
  readonly node?: { readonly versions: readonly string[]; readonly default: string; readonly lookup?: EntryLookup; /** Uncompressed, where it is not what `limits` says. */ readonly bundleMb?: number }
  /** The file that the platform would serve as the repo is now, nothing written; undefined when it would find none. Absent where the start command names the app. */
  serves?(repo: Snapshot, app: App): Path | undefined
  emit(repo: Snapshot, context: EmitContext): Emission
  /** The platform's own word on the result, asked without running the app. */
  prove(repo: Snapshot, context: EmitContext): Promise<readonly Check[]>
}
export type EmitContext = {
  readonly app: App
  readonly needs: readonly Need[]
  readonly plan: PlatformPlan
  readonly shape: EntryShape
  /** Repo-relative folders that the served code reads or serves at run time (templates, static, data). */
  readonly folders: readonly Path[]
}
export type Emission = {
  readonly changes: readonly Change[]
  /** Things to do outside the repo, in order: dashboard settings, CLI commands. */
  readonly steps: readonly string[]
  /** Which shape was taken and why, one sentence. */
  readonly entry: { readonly shape: 'api' | 'native' | 'services'; readonly file: Path; readonly why: string }
}
