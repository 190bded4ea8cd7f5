/** What the name of an environment variable says of its value. */

const secretName = /SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PRIVATE|CREDENTIAL|API_?KEY|ACCESS_?KEY|_KEY$|^KEY$|_PASS$|_PWD$|DSN|DATABASE_URL|DB_URL|MONGO(DB)?_(URI|URL)|REDIS_URL|CONNECTION_STRING|SALT|_URI$/i

/** How long a token lives is no token. */
const measureName = /(^|_)(EXPIRE[SD]?|EXPIRY|EXPIRATION|LIFETIME|TTL|TIMEOUT|MAX_AGE)(_(IN|AT|SECONDS?|MINUTES?|HOURS?|DAYS?|MS))*$|_(SECONDS|MINUTES|HOURS|DAYS)$/i

/** Does a variable of this name hold what nobody else may know? */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !measureName.test(name)
}
