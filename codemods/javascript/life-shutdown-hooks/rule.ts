import { literalText, type JsCall, type JsNode, type JsProgram } from '../../../src/lang/javascript/program.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { Problem, Rule } from '../../../src/types.js'

const endings = /^(SIGTERM|SIGINT|SIGHUP|SIGQUIT|SIGUSR2|exit|beforeExit)$/
/** Calls that put data where it is kept: files, databases, whatever is flushed. */
const keeps = /^(fs|fs\.promises|fs-extra|graceful-fs)\.(writeFile|writeFileSync|appendFile|appendFileSync|outputFile|outputFileSync|writeJson|writeJsonSync|outputJson)$|\.(save|insert|insertOne|insertMany|bulkWrite|bulkCreate|updateOne|updateMany|findOneAndUpdate|findByIdAndUpdate|replaceOne|upsert|flush|flushAll|flushAsync|forceFlush|shutdownAsync|hset|hSet|lpush|lPush|rpush|rPush)$/

export const lifeShutdownHooks = {
  id: 'life-shutdown-hooks',
  title: 'Data kept only when the app ends',
  hazard: 'process-signal',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    const seen = new Set<JsNode>()
    const hooks = [...program.calls('process.on', 'process.once', 'process.addListener')].filter((call) => endings.test(eventOf(call)))
    for (const kept of hooks.length === 0 ? [] : program.callsMatching(keeps)) {
      for (const { trace } of kept.runs) {
        const hook = hooks.find((call) => trace.some(({ file, line, note }) => file === call.module.path && line === program.line(call.node) && /\bto process\./.test(note)))
        if (!hook || seen.has(hook.node)) continue
        const place = spotted(program, hook, hook.node, `keeps data on ${eventOf(hook)}`, 'breaks')
        if (!place) continue
        seen.add(hook.node)
        const text = program.text(kept.node).split(/[\r\n(]/)[0] ?? ''
        yield {
          ...place,
          message: `${text}() in ${kept.module.path}:${program.line(kept.node)} keeps data only on ${eventOf(hook)}. An instance on the host may be stopped at any moment, with half a second for this or none, so what was gathered since the start is lost. Write it when it comes up, in the request that brings it.`,
          remedy: { kind: 'manual', reason: 'Only the author knows which requests bring the data; keep the hook for local starts.' },
        }
      }
    }
  },
} satisfies Rule

const eventOf = (call: JsCall): string => (call.args[0] && literalText(call.args[0], call.module.text)) ?? ''
