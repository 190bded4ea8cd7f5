import type { Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'
import { lazyGetter } from '../../../src/lang/python/state/lazy-getter.js'
import { atMost } from '../../../src/lang/python/severity.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { statementOf, type PyCall } from '../../../src/lang/python/program.js'

const verbs = '(get|post|put|patch|delete|head|options|request|send|stream)'
/** What goes out over the network at once. Making a client does not. */
const talks = new RegExp(
  [
    `^(requests|httpx)\\.${verbs}$`,
    `^(requests\\.(sessions\\.)?Session|requests\\.session|httpx\\.Client)\\(\\)\\.${verbs}$`,
    '^urllib\\.request\\.(urlopen|urlretrieve)$',
    '^urllib3\\.(PoolManager\\(\\)\\.request|request)$',
    '^(smtplib\\.(SMTP|SMTP_SSL)|imaplib\\.IMAP4(_SSL)?|ftplib\\.FTP(_TLS)?|poplib\\.POP3(_SSL)?)$',
    '^boto3\\.(session\\.Session\\(\\)\\.)?client\\(\\)\\.(?!meta|exceptions|get_paginator|get_waiter|generate_presigned)\\w+$',
    '^(redis\\.)(Redis|StrictRedis|from_url|Redis\\.from_url)(\\(\\))\\.(ping|get|set|info|keys|flushdb|flushall|config_set|delete|exists|hset|hget)$',
    '^(openai\\.(Azure)?OpenAI|groq\\.Groq|anthropic\\.Anthropic)\\(\\)\\..*\\.(create|list|retrieve)$',
    '^nltk\\.(downloader\\.)?download$',
    '^(huggingface_hub\\.(hf_hub_download|snapshot_download|login)|gdown\\.(download|cached_download)|wget\\.download|kagglehub\\.\\w+_download)$',
    '^(google\\.generativeai\\.list_models|gspread\\.(service_account|authorize)\\(\\)\\.open\\w*)$',
    '^elasticsearch\\.Elasticsearch\\(\\)\\.(info|ping|indices\\.\\w+)$',
  ].join('|'),
)

export const importNetworkCall = {
  id: 'import-network-call',
  title: 'Network used while the app is imported',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'import-unbounded',
  severity: 'degrades',
  *check(program: PythonProgram): Generator<Problem> {
    for (const call of program.calls()) {
      const name = call.names.find((one) => talks.test(one))
      if (name === undefined) continue
      const run = program.first(call)
      if ((run.when !== 'import' && run.when !== 'startup') || run.background || run.weak) continue
      const place = spotted(program, call, call.node, `${name}()`, 'degrades')
      if (!place) continue
      const fate = call.handled ? 'waits for the answer before it can serve' : 'waits for the answer, and does not start when there is none'
      const writes = /download/.test(name) ? ' What it downloads has no place on the host either, outside the temp folder.' : ''
      yield {
        ...place,
        severity: call.handled ? atMost(place.severity, 'degrades') : place.severity,
        message: `${name.replace(/\(\)/g, '')}() goes out to the network while the app is imported: every new instance ${fate}.${writes} Ask when the answer is first needed, and keep it.`,
        remedy: remedyOf(program, call),
      }
    }
  },
} satisfies Rule

function remedyOf(program: PythonProgram, call: PyCall): Remedy {
  const changes = lazyGetter(program, call)
  if ('refused' in changes) return { kind: 'manual', reason: `Move it into a function with functools.lru_cache that is called where the result is used; not done here because ${changes.refused}.` }
  const line = program.text(statementOf(call.node), call.module).split(/[\r\n]/)[0] ?? ''
  return { kind: 'fix', safety: 'review', title: `Ask when it is first needed: ${line.slice(0, 60)}`, changes }
}
