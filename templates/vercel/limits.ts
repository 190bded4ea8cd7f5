/**
 * Vercel's limits as data: each with the day its source was written and what the source is. Numbers age;
 * change them here and nowhere else.
 */
import type { PlatformPlan } from '../../src/types.js'

export type Fact<T> = { readonly value: T; readonly at: string; readonly source: string }

const DAY = 24 * 60 * 60

/** Facts that do not depend on the plan. */
export const facts = {
  cli: { value: '64.0.2', at: '2026-10-13', source: 'npm vercel, the release every shape was tried with' },
  defaultRequestSeconds: { value: 300, at: '2025-12-18', source: 'vercel.com/docs/functions/limitations' },
  requestBodyMb: { value: 4.5, at: '2026-02-09', source: 'vercel.com/docs/errors/FUNCTION_PAYLOAD_TOO_LARGE; a later note speaks of 100 MB, not confirmed' },
  responseBodyMb: { value: 4.5, at: '2026-02-09', source: 'vercel.com/docs/errors/FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE; streamed answers are exempt' },
  temporaryDiskMb: { value: 500, at: '2026-08-03', source: 'vercel/vercel build-utils constants: /tmp, per instance' },
  functionPatterns: { value: 50, at: '2026-10-13', source: 'functions schema of CLI 64.0.2' },
  patternLength: { value: 256, at: '2026-10-13', source: 'functions schema of CLI 64.0.2' },
  cronJobs: { value: 100, at: '2026-01-28', source: 'vercel.com/docs/cron-jobs/usage-and-pricing' },
  cronScheduleLength: { value: [9, 256], at: '2026-10-13', source: 'crons schema of CLI 64.0.2; so @daily is refused' },
  pythonVersions: { value: ['3.12', '3.13', '3.14'], at: '2026-01-15', source: 'vercel.com/changelog/python-3-13-and-3-14' },
  pythonDefault: { value: '3.12', at: '2026-01-15', source: 'the same; it is announced to become 3.14, hence the pin' },
  nodeVersions: { value: ['22', '24'], at: '2026-10-13', source: 'build-utils 14.21.0 of CLI 64.0.2; 20 was discontinued on 2026-10-01, 18 before' },
  nodeBundleMb: { value: 250, at: '2025-12-18', source: 'vercel.com/docs/functions/limitations, uncompressed' },
  nodeDefault: { value: '24', at: '2026-10-13', source: 'the same' },
} as const satisfies Record<string, Fact<unknown>>

/** Facts that do: Hobby is `free`, Pro is `paid`. */
export const planFacts = {
  cronGap: {
    free: { value: DAY, at: '2026-01-28', source: 'vercel.com/docs/cron-jobs/usage-and-pricing: once a day, up to 59 minutes late' },
    paid: { value: 60, at: '2026-01-28', source: 'vercel.com/docs/cron-jobs/usage-and-pricing' },
  },
  requestSeconds: {
    free: { value: 300, at: '2025-12-18', source: 'vercel.com/docs/functions/limitations' },
    paid: { value: 800, at: '2025-12-18', source: 'vercel.com/docs/functions/limitations; 1800 is an extended beta' },
  },
  memoryMb: {
    free: { value: 2048, at: '2025-12-18', source: 'vercel.com/docs/functions/limitations: 2 GB, fixed' },
    paid: { value: 4096, at: '2025-12-18', source: 'vercel.com/docs/functions/limitations: the most that can be set' },
  },
  bundleMb: {
    free: { value: 500, at: '2026-09-10', source: 'Python functions, uncompressed; Node has 250' },
    paid: { value: 500, at: '2026-09-10', source: 'Python functions, uncompressed; 5 GB is a beta behind VERCEL_SUPPORT_LARGE_FUNCTIONS' },
  },
} as const satisfies Record<string, Record<PlatformPlan, Fact<number>>>
