/** The rules of JavaScript and TypeScript. A new one is a folder, an import and a line in its group. */
import type { RulesByGroup } from '../groups.js'
import { bgAfterResponse } from './bg-after-response/rule.js'
import { bgLongRequest } from './bg-long-request/rule.js'
import { bgMultiprocessing } from './bg-multiprocessing/rule.js'
import { bgPollingBot } from './bg-polling-bot/rule.js'
import { bgRearmedTimer } from './bg-rearmed-timer/rule.js'
import { bgScheduler } from './bg-scheduler/rule.js'
import { bgSubprocess } from './bg-subprocess/rule.js'
import { bgSystemBinary } from './bg-system-binary/rule.js'
import { bgThreadAtImport } from './bg-thread-at-import/rule.js'
import { bgWorkerQueue } from './bg-worker-queue/rule.js'
import { cfgBlanketTry } from './cfg-blanket-try/rule.js'
import { cfgCors } from './cfg-cors/rule.js'
import { cfgDebugOn } from './cfg-debug-on/rule.js'
import { cfgDefaultSecret } from './cfg-default-secret/rule.js'
import { cfgDotenv } from './cfg-dotenv/rule.js'
import { cfgErrorLeak } from './cfg-error-leak/rule.js'
import { cfgHealthLies } from './cfg-health-lies/rule.js'
import { cfgLocalhostUrl } from './cfg-localhost-url/rule.js'
import { cfgLogging } from './cfg-logging/rule.js'
import { cfgMultilineSecret } from './cfg-multiline-secret/rule.js'
import { cfgTrustProxy } from './cfg-trust-proxy/rule.js'
import { dbClosedByHandler } from './db-closed-by-handler/rule.js'
import { dbConnectNotCached } from './db-connect-not-cached/rule.js'
import { dbIpv6OnlyHost } from './db-ipv6-only-host/rule.js'
import { dbLocalhost } from './db-localhost/rule.js'
import { dbMigrateOnStart } from './db-migrate-on-start/rule.js'
import { dbNetworkAccess } from './db-network-access/rule.js'
import { dbPoolExhaustion } from './db-pool-exhaustion/rule.js'
import { dbPrismaClient } from './db-prisma-client/rule.js'
import { dbSqlite } from './db-sqlite/rule.js'
import { dbStaleConnection } from './db-stale-connection/rule.js'
import { depBundleSize } from './dep-bundle-size/rule.js'
import { depEsmCjs } from './dep-esm-cjs/rule.js'
import { depHeadlessBrowser } from './dep-headless-browser/rule.js'
import { depNativeNode } from './dep-native-node/rule.js'
import { depNotDeclared } from './dep-not-declared/rule.js'
import { depServerInDev } from './dep-server-in-dev/rule.js'
import { entryExpressLateListen } from './entry-express-late-listen/rule.js'
import { entryExpressNone } from './entry-express-none/rule.js'
import { entryMangumAdapter } from './entry-mangum-adapter/rule.js'
import { entryServerStartedAtImport } from './entry-server-started-at-import/rule.js'
import { entrySetupOnlyUnderMain } from './entry-setup-only-under-main/rule.js'
import { expressAsyncErrors } from './express-async-errors/rule.js'
import { expressHttpServerFeatures } from './express-http-server-features/rule.js'
import { express5WildcardPath } from './express5-wildcard-path/rule.js'
import { fsCaseMismatch } from './fs-case-mismatch/rule.js'
import { fsRelativePath } from './fs-relative-path/rule.js'
import { fsTmpAsStorage } from './fs-tmp-as-storage/rule.js'
import { fsUploadLocal } from './fs-upload-local/rule.js'
import { fsWriteInHandler } from './fs-write-in-handler/rule.js'
import { importCatchAllFallback } from './import-catch-all-fallback/rule.js'
import { importDbConnect } from './import-db-connect/rule.js'
import { importFsWrite } from './import-fs-write/rule.js'
import { importHeavyDeps } from './import-heavy-deps/rule.js'
import { importInfiniteLoop } from './import-infinite-loop/rule.js'
import { importNetworkCall } from './import-network-call/rule.js'
import { importRequiredEnv } from './import-required-env/rule.js'
import { importSwallowedSecurity } from './import-swallowed-security/rule.js'
import { importSysExit } from './import-sys-exit/rule.js'
import { importUnhandledRejection } from './import-unhandled-rejection/rule.js'
import { lifeShutdownHooks } from './life-shutdown-hooks/rule.js'
import { limitRequestBody } from './limit-request-body/rule.js'
import { sseUnbounded } from './sse-unbounded/rule.js'
import { stateFileDatabase } from './state-file-database/rule.js'
import { stateMemoryRateLimit } from './state-memory-rate-limit/rule.js'
import { stateMutableGlobal } from './state-mutable-global/rule.js'
import { stateProcessCache } from './state-process-cache/rule.js'
import { stateRandomSecret } from './state-random-secret/rule.js'
import { stateRequestDataInGlobal } from './state-request-data-in-global/rule.js'
import { stateSessionStore } from './state-session-store/rule.js'
import { staticExpress } from './static-express/rule.js'
import { staticSpaFallback } from './static-spa-fallback/rule.js'
import { staticSwaggerUi } from './static-swagger-ui/rule.js'
import { tmplNotFound } from './tmpl-not-found/rule.js'
import { wsNodeSocketio } from './ws-node-socketio/rule.js'

export const javascriptRules = {
  entry: [
    entryExpressNone,
    entryServerStartedAtImport,
    entryExpressLateListen,
    entrySetupOnlyUnderMain,
    entryMangumAdapter,
  ],
  imports: [
    importFsWrite,
    importCatchAllFallback,
    importSwallowedSecurity,
    importSysExit,
    importInfiniteLoop,
    importUnhandledRejection,
    importDbConnect,
    importRequiredEnv,
    importNetworkCall,
    importHeavyDeps,
  ],
  state: [
    stateFileDatabase,
    stateRandomSecret,
    stateMutableGlobal,
    stateRequestDataInGlobal,
    stateSessionStore,
    stateMemoryRateLimit,
    stateProcessCache,
  ],
  files: [
    fsUploadLocal,
    fsWriteInHandler,
    fsTmpAsStorage,
    fsRelativePath,
    fsCaseMismatch,
  ],
  databases: [
    dbSqlite,
    dbMigrateOnStart,
    dbLocalhost,
    dbConnectNotCached,
    dbPoolExhaustion,
    dbStaleConnection,
    dbPrismaClient,
    dbClosedByHandler,
    dbIpv6OnlyHost,
    dbNetworkAccess,
  ],
  background: [
    bgThreadAtImport,
    bgScheduler,
    bgRearmedTimer,
    bgAfterResponse,
    bgWorkerQueue,
    bgPollingBot,
    bgLongRequest,
    bgMultiprocessing,
    bgSubprocess,
    bgSystemBinary,
  ],
  connections: [
    wsNodeSocketio,
    sseUnbounded,
  ],
  statics: [
    staticExpress,
    tmplNotFound,
    staticSpaFallback,
    staticSwaggerUi,
  ],
  dependencies: [
    depServerInDev,
    depEsmCjs,
    depNativeNode,
    depNotDeclared,
    depBundleSize,
    depHeadlessBrowser,
  ],
  configuration: [
    cfgDefaultSecret,
    cfgLogging,
    cfgDebugOn,
    cfgErrorLeak,
    cfgBlanketTry,
    cfgHealthLies,
    cfgMultilineSecret,
    cfgLocalhostUrl,
    cfgDotenv,
    cfgCors,
    cfgTrustProxy,
  ],
  limits: [
    limitRequestBody,
  ],
  lifecycle: [
    lifeShutdownHooks,
  ],
  express: [
    express5WildcardPath,
    expressAsyncErrors,
    expressHttpServerFeatures,
  ],
} satisfies RulesByGroup
