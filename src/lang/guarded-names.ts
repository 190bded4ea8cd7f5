/** Which variables let somebody in who knows their value, by name; for defaults that stand in the code. */

const secret = /SECRET|JWT|PASSWORD|PASSWD|PASSPHRASE|_PASS$|_PWD$|^PASS$|(^|_)SALT$|(API|ACCESS|PRIVATE|ENCRYPTION|SIGNING|ADMIN|AUTH|MASTER|SERVICE)_?(KEY|TOKEN)$|(^|_)TOKEN$/i
/** Names that only speak of one. */
const about = /EXPIR|TTL|LIFETIME|HEADER|LOCATION|ALGORITHM|COOKIE|_(URL|URI|ENDPOINT|NAME|ID|PATH|FILE|LENGTH|LEN|MIN|MAX|TYPE|FIELD|PREFIX|POLICY|ROUNDS|REGEX|HOURS|MINUTES|DAYS|SECONDS)$|PUBLIC|PUBLISHABLE|SITE_?KEY|RESET|REQUIRE|ENABLE/i
/** Signing keys. All values work, so whoever knows the one in use can forge a session. */
export const signing = /SECRET_?KEY|JWT|^SECRET$|SALT|SIGNING|SESSION_SECRET/i
const placeholder = /^$|^(none|null|false|true|todo|not[-_ ]?set|unset|undefined|missing|disabled|n\/a|\d+)$|^(sk|pk|key|token)?[-_. ]*(your|xxx|\*\*\*|<|\.\.\.|insert|replace|change|dummy|fake|placeholder|example)|[-_ ]here$|^https?:/i
/** The name of a file is none. */
const file = /^[\w ./-]+\.(jpe?g|png|gif|svg|webp|ico|html?|txt|json|ya?ml|pem|crt|key)$/i

export const isGuardedName = (name: string): boolean => secret.test(name) && !about.test(name)
/** Does it only stand for a value: a word for nothing, an instruction, an address, a file? */
export const isPlaceholder = (text: string): boolean => placeholder.test(text) || file.test(text)
