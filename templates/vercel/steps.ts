/** What is left to do outside the repo, in order. */
import { shell } from '../../src/report/escape.js'
import type { EmitContext } from '../../src/types.js'
import type { Place } from './place.js'

export function stepsFor({ needs, plan }: EmitContext, place: Place, repairs: readonly string[], once: readonly string[]): readonly string[] {
  const names = [...new Set(needs.flatMap(need => (need.kind === 'env' ? [need.name] : [])))]
  const crons = needs.some(need => need.kind === 'cron')
  if (crons && !names.includes('CRON_SECRET')) names.push('CRON_SECRET')
  const stores = needs.flatMap(need => (need.kind === 'database' ? [`Create a ${store[need.engine]} database in Vercel's Marketplace (or bring your own) and put its URL into the environment.`] : need.kind === 'blob' ? ['Create a Blob store in the project\'s Storage tab.'] : []))
  return [
    ...(place.rootDirectory === undefined ? [] : [`Set the project's Root Directory to ${place.rootDirectory} (Settings, Build and Deployment): vercel.json lies there.`]),
    ...repairs,
    'vercel link',
    ...new Set(stores),
    ...names.map(name => `vercel env add ${shell(name)} production`),
    ...once,
    ...needs.flatMap(need => (need.kind === 'worker' ? [`Run ${need.job} somewhere that stays awake (${need.command}): Vercel has no workers.`] : [])),
    'vercel deploy',
    'vercel deploy --prod',
    ...(crons ? [plan === 'free' ? 'Crons run in production only, and on the free plan up to 59 minutes late.' : 'Crons run in production only.'] : []),
    ...(place.services ? ['Only the service in vercel.json is deployed. Add a service for each other folder that should be, such as a front end.'] : []),
  ]
}

const store = { postgres: 'Postgres', mongodb: 'MongoDB', redis: 'Redis' } as const
