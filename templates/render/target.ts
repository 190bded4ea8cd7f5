import { UserError } from '../../src/errors.js'
import type { Target } from '../../src/types.js'

/**
 * Render's web service: one process that stays, told how to start, on a disk that is writable and lost with each deploy.
 * Sources: Render's docs as of 2026-08-18 and its blueprint schema; free services sleep after 15 minutes without traffic.
 */
export const render = {
  id: 'render',
  title: 'Render',
  offers: {
    // The start command names the app, and the target writes it.
    'entry-by-convention': 'yes',
    'owns-process': 'yes',
    'import-unbounded': 'yes',
    'background-work': 'yes',
    scheduler: 'yes',
    'any-schedule': 'yes',
    'writable-disk': 'yes',
    'persistent-disk': 'limited',
    'shared-memory': 'limited',
    'long-request': 'yes',
    'system-binaries': 'limited',
    rooms: 'yes',
    'large-bundle': 'yes',
    'any-payload': 'yes',
    'large-memory': 'limited',
    'install-anything': 'yes',
    'any-version': 'yes',
    'config-dialect': 'yes',
    'files-by-cwd': 'yes',
    'private-network': 'yes',
    nothing: 'no',
  },
  hostEnv: { RENDER: 'true', RENDER_SERVICE_TYPE: 'web', RENDER_EXTERNAL_HOSTNAME: 'app.onrender.com', RENDER_EXTERNAL_URL: 'https://app.onrender.com', PORT: '10000', NODE_ENV: 'production' },
  guard: { python: 'os.environ.get("RENDER")', javascript: 'process.env.RENDER' },
  lookup: { candidates: [], names: [] },
  // TLS ends at the edge; the service itself is spoken to over http.
  hosts: { names: ['.onrender.com'], variables: ['RENDER_EXTERNAL_HOSTNAME'], scheme: 'forwarded' },
  collected: 'app',
  limits: {
    // Its cron jobs are a paid service on either plan; a minute is the shortest gap.
    // Its free web service has 512 MB (render.com/free, read 2026-11-22); on the paid plan a person picks the size. No cap on bodies is documented.
    free: { cronGap: 60, requestSeconds: 6000, bundleMb: 10_000, memoryMb: 512 },
    paid: { cronGap: 60, requestSeconds: 6000, bundleMb: 10_000 },
  },
  python: { versions: ['3.10', '3.11', '3.12', '3.13', '3.14'], default: '3.14' },
  emit() {
    throw new UserError('not written yet: the files for Render', 2, 'Use --target vercel.')
  },
  prove() {
    return Promise.resolve([])
  },
} as const satisfies Target
