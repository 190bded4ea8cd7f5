import type { Target } from '../../src/types.js'
import { emit } from './emit.js'
import { facts, planFacts } from './limits.js'
import { lookup, nodeLookup } from './lookup.js'
import { prove } from './prove.js'
import { serves } from './serves.js'
import { carried } from './subscribers.js'

const bodies = { requestBodyMb: facts.requestBodyMb.value, responseBodyMb: facts.responseBodyMb.value }

/** Vercel, with Fluid compute: instances are reused and shared by requests, frozen in between, and read-only but for /tmp. */
export const vercel = {
  id: 'vercel',
  title: 'Vercel',
  offers: {
    'entry-by-convention': 'limited',
    'owns-process': 'no',
    'import-unbounded': 'no',
    'background-work': 'no',
    scheduler: 'no',
    'any-schedule': 'limited',
    'writable-disk': 'no',
    'persistent-disk': 'no',
    'shared-memory': 'no',
    'long-request': 'limited',
    'system-binaries': 'no',
    rooms: 'no',
    'large-bundle': 'limited',
    'any-payload': 'limited',
    'large-memory': 'limited',
    'install-anything': 'limited',
    'any-version': 'limited',
    'config-dialect': 'limited',
    'files-by-cwd': 'limited',
    'private-network': 'no',
    nothing: 'no',
  },
  hostEnv: {
    VERCEL: '1',
    VERCEL_ENV: 'production',
    VERCEL_TARGET_ENV: 'production',
    VERCEL_REGION: 'iad1',
    VERCEL_URL: 'deployment.vercel.app',
    VERCEL_DEPLOYMENT_ID: 'dpl_0',
    // Set for previews too (superset-sh/superset#6595, 2026).
    NODE_ENV: 'production',
  },
  guard: { python: 'os.environ.get("VERCEL")', javascript: 'process.env.VERCEL' },
  lookup,
  queues: carried,
  // The Python runtime takes the scheme from x-forwarded-proto (vercel-runtime 0.17.0, seen run); the build runs collectstatic and publishes STATIC_ROOT (@vercel/python 25.0.0).
  hosts: { names: ['.vercel.app'], variables: ['VERCEL_PROJECT_PRODUCTION_URL'], scheme: 'given' },
  collected: 'published',
  limits: {
    free: { cronGap: planFacts.cronGap.free.value, requestSeconds: planFacts.requestSeconds.free.value, bundleMb: planFacts.bundleMb.free.value, memoryMb: planFacts.memoryMb.free.value, ...bodies },
    paid: { cronGap: planFacts.cronGap.paid.value, requestSeconds: planFacts.requestSeconds.paid.value, bundleMb: planFacts.bundleMb.paid.value, memoryMb: planFacts.memoryMb.paid.value, ...bodies },
  },
  python: { versions: facts.pythonVersions.value, default: facts.pythonDefault.value },
  node: { versions: facts.nodeVersions.value, default: facts.nodeDefault.value, lookup: nodeLookup, bundleMb: facts.nodeBundleMb.value },
  serves,
  emit,
  prove,
} as const satisfies Target
