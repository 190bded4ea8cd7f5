import { UserError } from '../../src/errors.js'
import type { Target } from '../../src/types.js'
import { vercel } from '../vercel/target.js'

/** The web app on Vercel, and what must stay awake in a worker on Render; so the work is offered, but it has to move. */
export const hybrid = {
  ...vercel,
  id: 'hybrid',
  title: 'Vercel and Render',
  offers: { ...vercel.offers, 'background-work': 'limited', scheduler: 'limited', 'any-schedule': 'yes' },
  emit() {
    throw new UserError('not written yet: the files for the hybrid of Vercel and Render', 2, 'Use --target vercel.')
  },
  prove() {
    return Promise.resolve([])
  },
} as const satisfies Target
