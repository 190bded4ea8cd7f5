/** Hosts of databases that say something about who may reach them, and what is said of it. One list for all languages. */
import type { Remedy, Snapshot } from '../types.js'

const neighbours = /^(db|database|postgres(ql)?|mysql|mariadb|mongo(db)?|redis|rabbitmq|elasticsearch|memcached|cache)$/

/** Is this machine meant, or a neighbour that a compose file of the repo names? */
export function localHosts({ repo }: { readonly repo: Snapshot }): (host: string) => boolean {
  const compose = repo.list().filter((path) => /(^|\/)(docker-)?compose[\w.-]*\.ya?ml$/.test(path)).map((path) => repo.text(path) ?? '').join('\n')
  return (host) => /^(localhost|127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)$/.test(host) || (neighbours.test(host) && new RegExp(`^\\s+${host}:\\s*$`, 'm').test(compose))
}

/** Databases that let in only addresses on a list of theirs, unless their owner opens it. */
export type GuardedDatabase = { readonly host: RegExp; readonly name: string; readonly list: string }
export const guardedDatabases: readonly GuardedDatabase[] = [
  { host: /\bmongodb(\+srv)?:\/\/.*\.mongodb\.net\b/i, name: 'MongoDB Atlas', list: 'Network Access' },
  { host: /\.rds\.amazonaws\.com\b/i, name: 'Amazon RDS', list: 'the security group' },
  { host: /\.(postgres|mysql|mariadb)\.database\.azure\.com\b|\.database\.windows\.net\b/i, name: 'a database on Azure', list: 'the firewall rules' },
  { host: /\b[\w-]+\.(redis-cloud|redislabs)\.com\b/i, name: 'Redis Cloud', list: 'the CIDR allow list' },
]
export const guardedMessage = (subject: string, { name, list }: GuardedDatabase): string =>
  `${subject} is one of ${name}, which answers only to addresses on its list (${list}). Instances of the host call from addresses that change, so the app waits for the database until it gives up ("server selection timed out", "connection timed out"). Let in all addresses with a strong password, or use the host's integration or fixed outgoing addresses where it sells them.`
export const guardedRemedy: Remedy = { kind: 'manual', reason: 'The list is kept at the database\'s provider: look there before the first deployment.' }

/** Supabase's direct address, which has no IPv4 record; the pooler's is another. */
export const ipv6Only = /\bdb\.[A-Za-z0-9_<>[\]{}$-]+\.supabase\.(co|com|net)\b/
export const ipv6Message = (subject: string): string => `${subject} is Supabase's direct one (db.….supabase.co), which has no IPv4 address unless the project pays for one. The host's network speaks IPv4: "Network is unreachable", "Cannot assign requested address". Use the address of the shared pooler.`
export const ipv6Remedy: Remedy = { kind: 'manual', reason: 'Copy the connection string of the shared pooler from the project\'s dashboard: its host and user name differ, and the number in the host cannot be guessed.' }
