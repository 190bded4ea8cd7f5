/** Which variables' values are to be hidden and entered as secrets: told from the name alone. */
import { describe, expect, it } from 'vitest'
import { isSecretName } from '../../src/lang/python/environment.js'

describe('a name of a secret', () => {
  it.each(['SECRET_KEY', 'ACCESS_TOKEN', 'STRIPE_API_KEY', 'DATABASE_URL', 'EXPIRE_TOKEN_SECRET'])('%s is one', (name) => expect(isSecretName(name)).toBe(true))
  it.each(['ACCESS_TOKEN_EXPIRE_MINUTES', 'REFRESH_TOKEN_EXPIRE_DAYS', 'JWT_SECRET_TTL', 'TOKEN_EXPIRES_IN', 'TOKEN_LIFETIME_HOURS', 'PORT_OF_CALL'])('%s is none', (name) => expect(isSecretName(name)).toBe(false))
})
