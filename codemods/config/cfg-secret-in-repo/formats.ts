/** What a credential looks like, and what only looks like one. */

/** Prefixed formats as their providers publish them (the lists of gitleaks and GitHub secret scanning, read 2026-11). */
const published: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{82})\b/ },
  { what: 'a GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{20,}\b/ },
  { what: 'a Stripe secret key', pattern: /\b[sr]k_live_[A-Za-z0-9]{20,247}\b/ },
  { what: 'a Stripe webhook secret', pattern: /\bwhsec_[A-Za-z0-9]{32,}\b/ },
  { what: 'a Slack token', pattern: /\bxox[abeprs]-[A-Za-z0-9-]{20,}\b/ },
  { what: 'a Slack webhook', pattern: /https:\/\/hooks\.slack\.com\/services\/T[A-Z0-9]{8,}\/B[A-Z0-9]{8,}\/[A-Za-z0-9]{20,}/ },
  { what: 'an OpenAI key', pattern: /\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}/ },
  { what: 'an Anthropic key', pattern: /\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,}/ },
  { what: 'an OpenRouter key', pattern: /\bsk-or-v1-[a-f0-9]{64}\b/ },
  { what: 'a Groq key', pattern: /\bgsk_[A-Za-z0-9]{52}\b/ },
  { what: 'an NVIDIA API key', pattern: /\bnvapi-[A-Za-z0-9_-]{60,}/ },
  { what: 'a Hugging Face token', pattern: /\bhf_[A-Za-z]{34}\b/ },
  { what: 'a SendGrid key', pattern: /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b/ },
  { what: 'a Mailgun key', pattern: /\bkey-[a-f0-9]{32}\b/ },
  { what: 'a Brevo key', pattern: /\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b/ },
  { what: 'a Resend key', pattern: /\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b/ },
  { what: 'a Telegram bot token', pattern: /\b\d{8,10}:AA[A-Za-z0-9_-]{32,34}\b/ },
  { what: 'a Discord webhook', pattern: /https:\/\/(?:ptb\.|canary\.)?discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,}/ },
  { what: 'a Discord bot token', pattern: /\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}\b/ },
  { what: 'a Vercel token', pattern: /\bvc[pikark]_[A-Za-z0-9]{24,}\b/ },
  { what: 'a Render key', pattern: /\brnd_[A-Za-z0-9]{28,}\b/ },
  { what: 'a Supabase secret key', pattern: /\bsb_secret_[A-Za-z0-9_-]{20,}/ },
  { what: 'a Cloudinary URL with its secret', pattern: /cloudinary:\/\/\d{12,}:[A-Za-z0-9_-]{20,}@[a-z0-9-]+/ },
  { what: 'a PyPI token', pattern: /\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}/ },
  { what: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  { what: 'a DigitalOcean token', pattern: /\bdo[oprv]_v1_[a-f0-9]{64}\b/ },
  { what: 'a Shopify token', pattern: /\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b/ },
  { what: 'a Square token', pattern: /\b(?:EAAA[A-Za-z0-9_-]{60}|sq0csp-[A-Za-z0-9_-]{43})\b/ },
  { what: 'an Azure storage key', pattern: /AccountKey=[A-Za-z0-9+/]{86}==/ },
  { what: 'a Razorpay live key', pattern: /\brzp_live_[A-Za-z0-9]{14}\b/ },
]
/** A browser needs these, so in a page they are public; in server code they are not. */
const serverOnly: readonly { readonly what: string; readonly pattern: RegExp }[] = [{ what: 'a Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}\b/ }]

const connection = /\b(postgres(?:ql)?(?:\+\w+)?|mysql(?:\+\w+)?|mariadb(?:\+\w+)?|mssql(?:\+\w+)?|mongodb(?:\+srv)?|rediss?|amqps?|smtps?):\/\/([^\s:/@'"`<>]*):([^\s@/'"`]+)@([A-Za-z0-9.-]+)/
const placeholder = /(?:x{4,}|\*{3,}|\.{3}|…|your|example|sample|dummy|placeholder|change[-_ ]?(?:me|this)|replace|insert|todo|fake|mock|redacted|secret[-_]?key|my[-_]?secret|super[-_]?secret|test(?!net)|demo|foo|bar|abc123|123456|abcdef|lorem|<|>|\$\{|\{\{|\$\(|%\(|\{[A-Za-z_][\w.\[\]'"()]*\})/i
const weakWords = /^(?:pass(?:word|wd)?\d*|postgres|mysql|root|admin|user(?:name)?|secret|guest|redis|mongo|changeme|none|null|true|false|undefined|dev(?:elopment)?|local(?:host)?|default|key|token|pwd|test)$/i

export type Hit = { readonly what: string; readonly index: number; readonly length: number; readonly name?: string }

/** A credential whose own form gives it away. `page`: the file is sent to browsers. */
export function publishedIn(line: string, page: boolean): Hit | undefined {
  for (const { what, pattern } of page ? published : [...published, ...serverOnly]) {
    const match = pattern.exec(line)
    if (match && real(match[0])) return { what, index: match.index, length: match[0].length }
  }
  return serviceRole(line)
}

/** Supabase's service key: a JWT whose payload names the role that passes over every policy. */
function serviceRole(line: string): Hit | undefined {
  const match = /\beyJ[A-Za-z0-9_-]{10,}\.(eyJ[A-Za-z0-9_-]{20,})\.[A-Za-z0-9_-]{20,}/.exec(line)
  if (!match) return undefined
  const payload = atob((match[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
  return payload.includes('"service_role"') ? { what: 'a Supabase service key', index: match.index, length: match[0].length } : undefined
}

/** A URL with a real password for a real host. */
export function connectionIn(line: string): Hit | undefined {
  const match = connection.exec(line)
  const [whole = '', scheme = '', , password = '', host = ''] = match ?? []
  // A host without a dot is a container or this machine.
  if (!match || !host.includes('.') || /^(127\.|0\.0\.0\.0|10\.|192\.168\.|localhost|host\.docker)|(^|\.)(example|test|local|internal)(\.|$)|^(host|server|hostname|db)\./i.test(host)) return undefined
  if (placeholder.test(password) || placeholder.test(host) || weakWords.test(password) || /^[A-Z_]+$/.test(password)) return undefined
  return { what: `a ${scheme.split('+')[0] ?? scheme} URL with its password`, index: match.index, length: whole.length }
}

const assignment = /^\s*(?:export\s+|set\s+|ENV\s+|-\s+)?["']?([A-Za-z][A-Za-z0-9_.-]*)["']?\s*[:=]\s*(["']?)([^\s"'#,;]+(?: [^\s"'#,;]+)*)\2\s*,?\s*$/
const secretName = /(?:secret|token|passw(?:or)?d|api[-_]?key|private[-_]?key|access[-_]?key|auth[-_]?key|signing[-_]?key|encryption[-_]?key)/i
/** Names that hold a word of secrecy and no secret. */
const harmlessName = /(?:public|publishable|expir|lifetime|algorithm|header|_?name$|_?file$|_?path$|_?url$|_?uri$|_?type$|_?id$|location|length|(?:^|_)(?:min|max)(?:_|$)|count|policy|hasher|csrf_token$)/i

/** `NAME=value` with a value that someone made to be secret. */
export function assignmentIn(line: string): Hit | undefined {
  const match = assignment.exec(line)
  const [, name = '', , value = ''] = match ?? []
  if (!match || !secretName.test(name) || harmlessName.test(name)) return undefined
  const password = /passw(?:or)?d/i.test(name)
  if (!random(value, password ? 8 : 16) || isSpentSession(value)) return undefined
  return { what: `the value of ${name}`, index: line.indexOf(value, match.index + name.length), length: value.length, name }
}

const literal = /(?:^|[\s,(])([A-Za-z_][A-Za-z0-9_]*)(?:["']\])?\s*[:=]\s*["']([A-Za-z0-9_\-+/=.]{20,})["']/
/** A long random literal under a name of secrecy in source code. */
export function literalIn(line: string): Hit | undefined {
  if (/^\s*#/.test(line)) return undefined
  const match = literal.exec(line)
  const [, name = '', value = ''] = match ?? []
  if (!match || !secretName.test(name) || harmlessName.test(name) || !random(value, 20) || entropy(value) < 3.3 || isSpentSession(value)) return undefined
  return { what: `the value of ${name}`, index: line.indexOf(value, match.index), length: value.length, name }
}

/** A signed token that was good for weeks at most: what a login answered once, shown as an example. Keys in that form are good for years. */
function isSpentSession(value: string): boolean {
  const payload = /^eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]+$/.exec(value)?.[1]
  if (payload === undefined) return false
  const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
  const [issued, expires] = ['iat', 'exp'].map((claim) => Number(new RegExp(`"${claim}"\\s*:\\s*(\\d+)`).exec(text)?.[1]))
  return issued !== undefined && expires !== undefined && expires - issued <= 90 * 24 * 3600
}

function real(value: string): boolean {
  const body = value.replace(/^[a-z]{2,8}[-_](?:[a-z0-9]+[-_])?/i, '')
  return !placeholder.test(value) && entropy(body) > 2.5
}

/** Long, mixed and not made of words. */
export function random(value: string, atLeast: number): boolean {
  // The password can not be read out of its hash.
  if (/^(\$2[abxy]\$|\$argon2|\$scrypt\$|\$pbkdf2|pbkdf2[_:]|scrypt:|\$[156]\$)/.test(value)) return false
  if (value.length < atLeast || placeholder.test(value) || weakWords.test(value)) return false
  // Sentences of other languages, in files of translations.
  if (/[^\x20-\x7e]/.test(value)) return false
  if (/^[a-z]+:\/\//i.test(value) || /^[./~]/.test(value) || /\s/.test(value.replace(/^(\w{4}) (\w{4}) (\w{4}) (\w{4})$/, '$1$2$3$4'))) return false
  if (/^(?:[a-z]+[-_.])*[a-z]+$/i.test(value) && value.length < 32) return false
  return /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= (atLeast < 16 ? 2.5 : 3)
}

/** Shannon entropy, bits a character. */
function entropy(value: string): number {
  const counts = new Map<string, number>()
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0)
}
