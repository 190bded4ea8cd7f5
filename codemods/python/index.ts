/** The rules of Python. A new one is a folder, an import and a line in its group. */
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
import { cfgPlatformSniffing } from './cfg-platform-sniffing/rule.js'
import { cfgTimezone } from './cfg-timezone/rule.js'
import { cfgTrustProxy } from './cfg-trust-proxy/rule.js'
import { dbAsyncLoopPerRequest } from './db-async-loop-per-request/rule.js'
import { dbClosedByHandler } from './db-closed-by-handler/rule.js'
import { dbConnectNotCached } from './db-connect-not-cached/rule.js'
import { dbFlaskSqlalchemyInstanceDir } from './db-flask-sqlalchemy-instance-dir/rule.js'
import { dbIpv6OnlyHost } from './db-ipv6-only-host/rule.js'
import { dbLocalhost } from './db-localhost/rule.js'
import { dbMigrateOnStart } from './db-migrate-on-start/rule.js'
import { dbNetworkAccess } from './db-network-access/rule.js'
import { dbPoolExhaustion } from './db-pool-exhaustion/rule.js'
import { dbSqlite } from './db-sqlite/rule.js'
import { dbStaleConnection } from './db-stale-connection/rule.js'
import { dbThreadAffinity } from './db-thread-affinity/rule.js'
import { dbUrlDialect } from './db-url-dialect/rule.js'
import { depHeadlessBrowser } from './dep-headless-browser/rule.js'
import { depNotDeclared } from './dep-not-declared/rule.js'
import { depUnpinnedBreak } from './dep-unpinned-break/rule.js'
import { djAppRegistry } from './dj-app-registry/rule.js'
import { djAuthConsistency } from './dj-auth-consistency/rule.js'
import { djSessionDb } from './dj-session-db/rule.js'
import { djSettingsBuildImport } from './dj-settings-build-import/rule.js'
import { djSettingsStdout } from './dj-settings-stdout/rule.js'
import { entryBindingHidden } from './entry-binding-hidden/rule.js'
import { entryMangumAdapter } from './entry-mangum-adapter/rule.js'
import { entryModuleShadowsPackage } from './entry-module-shadows-package/rule.js'
import { entryNotFound } from './entry-not-found/rule.js'
import { entryServerStartedAtImport } from './entry-server-started-at-import/rule.js'
import { entrySetupOnlyUnderMain } from './entry-setup-only-under-main/rule.js'
import { entrySiblingImport } from './entry-sibling-import/rule.js'
import { entryStubMasksApp } from './entry-stub-masks-app/rule.js'
import { entryWrongFilePicked } from './entry-wrong-file-picked/rule.js'
import { entryWrongInterface } from './entry-wrong-interface/rule.js'
import { faBlockingInAsync } from './fa-blocking-in-async/rule.js'
import { faMiddlewareOrder } from './fa-middleware-order/rule.js'
import { faMultipartMissing } from './fa-multipart-missing/rule.js'
import { faRootPath } from './fa-root-path/rule.js'
import { flaskAppContext } from './flask-app-context/rule.js'
import { flaskFactory } from './flask-factory/rule.js'
import { flaskFstringMarkup } from './flask-fstring-markup/rule.js'
import { fsCaseMismatch } from './fs-case-mismatch/rule.js'
import { fsHomeCache } from './fs-home-cache/rule.js'
import { fsPublicRead } from './fs-public-read/rule.js'
import { fsRelativePath } from './fs-relative-path/rule.js'
import { fsTmpAsStorage } from './fs-tmp-as-storage/rule.js'
import { fsUploadLocal } from './fs-upload-local/rule.js'
import { fsWriteInHandler } from './fs-write-in-handler/rule.js'
import { importAsyncioRun } from './import-asyncio-run/rule.js'
import { importCatchAllFallback } from './import-catch-all-fallback/rule.js'
import { importCircular } from './import-circular/rule.js'
import { importDbConnect } from './import-db-connect/rule.js'
import { importFsWrite } from './import-fs-write/rule.js'
import { importHeavyDeps } from './import-heavy-deps/rule.js'
import { importHeavyModel } from './import-heavy-model/rule.js'
import { importInfiniteLoop } from './import-infinite-loop/rule.js'
import { importNetworkCall } from './import-network-call/rule.js'
import { importRequiredEnv } from './import-required-env/rule.js'
import { importSwallowedSecurity } from './import-swallowed-security/rule.js'
import { importSysExit } from './import-sys-exit/rule.js'
import { lifeFlaskRemovedApi } from './life-flask-removed-api/rule.js'
import { lifeLazyAppProxy } from './life-lazy-app-proxy/rule.js'
import { lifeLifespanFails } from './life-lifespan-fails/rule.js'
import { lifeOnEvent } from './life-on-event/rule.js'
import { lifeShutdownHooks } from './life-shutdown-hooks/rule.js'
import { lifeWarmupFunction } from './life-warmup-function/rule.js'
import { limitMemory } from './limit-memory/rule.js'
import { limitRequestBody } from './limit-request-body/rule.js'
import { sseUnbounded } from './sse-unbounded/rule.js'
import { stateFileDatabase } from './state-file-database/rule.js'
import { stateMemoryRateLimit } from './state-memory-rate-limit/rule.js'
import { stateMutableGlobal } from './state-mutable-global/rule.js'
import { stateProcessCache } from './state-process-cache/rule.js'
import { stateQueueInSqlite } from './state-queue-in-sqlite/rule.js'
import { stateRandomSecret } from './state-random-secret/rule.js'
import { stateRequestDataInGlobal } from './state-request-data-in-global/rule.js'
import { stateSessionStore } from './state-session-store/rule.js'
import { staticFastapiDir } from './static-fastapi-dir/rule.js'
import { staticFlask } from './static-flask/rule.js'
import { staticSpaFallback } from './static-spa-fallback/rule.js'
import { threadMainOnlyApi } from './thread-main-only-api/rule.js'
import { tmplNotFound } from './tmpl-not-found/rule.js'
import { wsFlaskSocketio } from './ws-flask-socketio/rule.js'

export const pythonRules = {
  entry: [
    entryNotFound,
    entryBindingHidden,
    entryWrongInterface,
    entryWrongFilePicked,
    entryStubMasksApp,
    entrySiblingImport,
    entryModuleShadowsPackage,
    entryServerStartedAtImport,
    entrySetupOnlyUnderMain,
    entryMangumAdapter,
  ],
  imports: [
    importFsWrite,
    importCatchAllFallback,
    importSwallowedSecurity,
    importSysExit,
    importInfiniteLoop,
    importAsyncioRun,
    importCircular,
    importDbConnect,
    importRequiredEnv,
    importNetworkCall,
    importHeavyModel,
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
    stateQueueInSqlite,
  ],
  files: [
    fsUploadLocal,
    fsWriteInHandler,
    fsTmpAsStorage,
    fsRelativePath,
    fsPublicRead,
    fsHomeCache,
    fsCaseMismatch,
  ],
  databases: [
    dbSqlite,
    dbFlaskSqlalchemyInstanceDir,
    dbMigrateOnStart,
    dbLocalhost,
    dbUrlDialect,
    dbConnectNotCached,
    dbPoolExhaustion,
    dbStaleConnection,
    dbAsyncLoopPerRequest,
    dbThreadAffinity,
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
    wsFlaskSocketio,
    threadMainOnlyApi,
    sseUnbounded,
  ],
  statics: [
    staticFastapiDir,
    staticFlask,
    tmplNotFound,
    staticSpaFallback,
  ],
  dependencies: [
    depNotDeclared,
    depUnpinnedBreak,
    depHeadlessBrowser,
  ],
  configuration: [
    cfgDefaultSecret,
    cfgLogging,
    cfgDebugOn,
    cfgErrorLeak,
    cfgBlanketTry,
    cfgHealthLies,
    cfgPlatformSniffing,
    cfgMultilineSecret,
    cfgLocalhostUrl,
    cfgTimezone,
    cfgDotenv,
    cfgCors,
    cfgTrustProxy,
  ],
  limits: [
    limitRequestBody,
    limitMemory,
  ],
  lifecycle: [
    lifeOnEvent,
    lifeLifespanFails,
    lifeShutdownHooks,
    lifeWarmupFunction,
    lifeLazyAppProxy,
    lifeFlaskRemovedApi,
  ],
  django: [
    djSettingsStdout,
    djSettingsBuildImport,
    djAppRegistry,
    djAuthConsistency,
    djSessionDb,
  ],
  flask: [
    flaskFactory,
    flaskAppContext,
    flaskFstringMarkup,
  ],
  fastapi: [
    faBlockingInAsync,
    faMiddlewareOrder,
    faMultipartMissing,
    faRootPath,
  ],
} satisfies RulesByGroup
