/** The catalogue of hazards. One line a rule, in the order of HAZARDS' groups; the order is the report's order. */
import type { Rule } from '../src/types.js'
import { cfgSecretInRepo } from './config/cfg-secret-in-repo/rule.js'
import { cronEndpointOpen } from './config/cron-endpoint-open/rule.js'
import { cronMethodMismatch } from './config/cron-method-mismatch/rule.js'
import { cronPlanLimit } from './config/cron-plan-limit/rule.js'
import { dbDriverSourceBuild } from './config/db-driver-source-build/rule.js'
import { depBundleSize } from './config/dep-bundle-size/rule.js'
import { jsDepBundleSize } from './javascript/dep-bundle-size/rule.js'
import { depCustomInstall } from './config/dep-custom-install/rule.js'
import { depNearestManifest } from './config/dep-nearest-manifest/rule.js'
import { depPythonVersion } from './config/dep-python-version/rule.js'
import { depNodeVersion } from './config/dep-node-version/rule.js'
import { depRequirementsFileBroken } from './config/dep-requirements-file-broken/rule.js'
import { depVendoredEnv } from './config/dep-vendored-env/rule.js'
import { entryFunctionsPattern } from './config/entry-functions-pattern/rule.js'
import { entryFunctionsRuntime } from './config/entry-functions-runtime/rule.js'
import { entryLegacyBuildsRoutes } from './config/entry-legacy-builds-routes/rule.js'
import { importFsWrite } from './python/import-fs-write/rule.js'
import { bgThreadAtImport as jsBgThreadAtImport } from './javascript/bg-thread-at-import/rule.js'
import { bgThreadAtImport } from './python/bg-thread-at-import/rule.js'
import { bgScheduler as jsBgScheduler } from './javascript/bg-scheduler/rule.js'
import { bgScheduler } from './python/bg-scheduler/rule.js'
import { bgRearmedTimer as jsBgRearmedTimer } from './javascript/bg-rearmed-timer/rule.js'
import { bgRearmedTimer } from './python/bg-rearmed-timer/rule.js'
import { bgAfterResponse as jsBgAfterResponse } from './javascript/bg-after-response/rule.js'
import { bgAfterResponse } from './python/bg-after-response/rule.js'
import { bgWorkerQueue as jsBgWorkerQueue } from './javascript/bg-worker-queue/rule.js'
import { bgWorkerQueue } from './python/bg-worker-queue/rule.js'
import { bgPollingBot as jsBgPollingBot } from './javascript/bg-polling-bot/rule.js'
import { bgPollingBot } from './python/bg-polling-bot/rule.js'
import { bgLongRequest as jsBgLongRequest } from './javascript/bg-long-request/rule.js'
import { bgLongRequest } from './python/bg-long-request/rule.js'
import { bgMultiprocessing as jsBgMultiprocessing } from './javascript/bg-multiprocessing/rule.js'
import { bgMultiprocessing } from './python/bg-multiprocessing/rule.js'
import { bgSubprocess as jsBgSubprocess } from './javascript/bg-subprocess/rule.js'
import { bgSubprocess } from './python/bg-subprocess/rule.js'
import { bgSystemBinary as jsBgSystemBinary } from './javascript/bg-system-binary/rule.js'
import { bgSystemBinary } from './python/bg-system-binary/rule.js'
import { wsNodeSocketio as jsWsNodeSocketio } from './javascript/ws-node-socketio/rule.js'
import { wsFlaskSocketio } from './python/ws-flask-socketio/rule.js'
import { fsUploadLocal } from './python/fs-upload-local/rule.js'
import { fsUploadLocal as jsFsUploadLocal } from './javascript/fs-upload-local/rule.js'
import { fsWriteInHandler } from './python/fs-write-in-handler/rule.js'
import { fsWriteInHandler as jsFsWriteInHandler } from './javascript/fs-write-in-handler/rule.js'
import { stateFileDatabase } from './python/state-file-database/rule.js'
import { cfgLogging } from './python/cfg-logging/rule.js'
import { cfgLogging as jsCfgLogging } from './javascript/cfg-logging/rule.js'
import { dbSqlite } from './python/db-sqlite/rule.js'
import { dbFlaskSqlalchemyInstanceDir } from './python/db-flask-sqlalchemy-instance-dir/rule.js'
import { dbMigrateOnStart } from './python/db-migrate-on-start/rule.js'
import { importDbConnect } from './python/import-db-connect/rule.js'
import { dbLocalhost } from './python/db-localhost/rule.js'
import { dbUrlDialect } from './python/db-url-dialect/rule.js'
import { fsTmpAsStorage } from './python/fs-tmp-as-storage/rule.js'
import { fsTmpAsStorage as jsFsTmpAsStorage } from './javascript/fs-tmp-as-storage/rule.js'
import { fsRelativePath } from './python/fs-relative-path/rule.js'
import { jsFsRelativePath } from './javascript/fs-relative-path/rule.js'
import { fsPublicRead } from './python/fs-public-read/rule.js'
import { fsHomeCache } from './python/fs-home-cache/rule.js'
import { fsCaseMismatch } from './python/fs-case-mismatch/rule.js'
import { jsFsCaseMismatch } from './javascript/fs-case-mismatch/rule.js'
import { faBlockingInAsync } from './python/fa-blocking-in-async/rule.js'
import { faMiddlewareOrder } from './python/fa-middleware-order/rule.js'
import { faMultipartMissing } from './python/fa-multipart-missing/rule.js'
import { faRootPath } from './python/fa-root-path/rule.js'
import { depNotDeclared } from './python/dep-not-declared/rule.js'
import { depServerInDev } from './javascript/dep-server-in-dev/rule.js'
import { depEsmCjs } from './javascript/dep-esm-cjs/rule.js'
import { depNativeNode } from './javascript/dep-native-node/rule.js'
import { jsDepNotDeclared } from './javascript/dep-not-declared/rule.js'
import { entryNotFound } from './python/entry-not-found/rule.js'
import { jsEntryExpressNone } from './javascript/entry-express-none/rule.js'
import { entryBindingHidden } from './python/entry-binding-hidden/rule.js'
import { entryWrongInterface } from './python/entry-wrong-interface/rule.js'
import { entryWrongFilePicked } from './python/entry-wrong-file-picked/rule.js'
import { entryStubMasksApp } from './python/entry-stub-masks-app/rule.js'
import { flaskFactory } from './python/flask-factory/rule.js'
import { stateRandomSecret } from './python/state-random-secret/rule.js'
import { jsStateRandomSecret } from './javascript/state-random-secret/rule.js'
import { entrySiblingImport } from './python/entry-sibling-import/rule.js'
import { entryModuleShadowsPackage } from './python/entry-module-shadows-package/rule.js'
import { entryServerStartedAtImport } from './python/entry-server-started-at-import/rule.js'
import { jsEntryServerStartedAtImport } from './javascript/entry-server-started-at-import/rule.js'
import { jsEntryExpressLateListen } from './javascript/entry-express-late-listen/rule.js'
import { cfgDefaultSecret } from './python/cfg-default-secret/rule.js'
import { jsCfgDefaultSecret } from './javascript/cfg-default-secret/rule.js'
import { entrySetupOnlyUnderMain } from './python/entry-setup-only-under-main/rule.js'
import { jsEntrySetupOnlyUnderMain } from './javascript/entry-setup-only-under-main/rule.js'
import { entryMangumAdapter } from './python/entry-mangum-adapter/rule.js'
import { jsEntryMangumAdapter } from './javascript/entry-mangum-adapter/rule.js'
import { stateMutableGlobal } from './python/state-mutable-global/rule.js'
import { jsStateMutableGlobal } from './javascript/state-mutable-global/rule.js'
import { stateRequestDataInGlobal } from './python/state-request-data-in-global/rule.js'
import { jsStateRequestDataInGlobal } from './javascript/state-request-data-in-global/rule.js'
import { importCatchAllFallback } from './python/import-catch-all-fallback/rule.js'
import { jsImportCatchAllFallback } from './javascript/import-catch-all-fallback/rule.js'
import { importSwallowedSecurity } from './python/import-swallowed-security/rule.js'
import { jsImportSwallowedSecurity } from './javascript/import-swallowed-security/rule.js'
import { importSysExit } from './python/import-sys-exit/rule.js'
import { jsImportSysExit } from './javascript/import-sys-exit/rule.js'
import { importInfiniteLoop } from './python/import-infinite-loop/rule.js'
import { jsImportInfiniteLoop } from './javascript/import-infinite-loop/rule.js'
import { jsImportUnhandledRejection } from './javascript/import-unhandled-rejection/rule.js'
import { importAsyncioRun } from './python/import-asyncio-run/rule.js'
import { importCircular } from './python/import-circular/rule.js'
import { threadMainOnlyApi } from './python/thread-main-only-api/rule.js'
import { importRequiredEnv } from './python/import-required-env/rule.js'
import { cfgDebugOn } from './python/cfg-debug-on/rule.js'
import { jsCfgDebugOn } from './javascript/cfg-debug-on/rule.js'
import { cfgErrorLeak } from './python/cfg-error-leak/rule.js'
import { jsCfgErrorLeak } from './javascript/cfg-error-leak/rule.js'
import { sseUnbounded as jsSseUnbounded } from './javascript/sse-unbounded/rule.js'
import { sseUnbounded } from './python/sse-unbounded/rule.js'
import { staticFastapiDir } from './python/static-fastapi-dir/rule.js'
import { staticFlask } from './python/static-flask/rule.js'
import { staticExpress } from './javascript/static-express/rule.js'
import { tmplNotFound } from './python/tmpl-not-found/rule.js'
import { jsTmplNotFound } from './javascript/tmpl-not-found/rule.js'
import { staticSpaFallback } from './python/static-spa-fallback/rule.js'
import { jsStaticSpaFallback } from './javascript/static-spa-fallback/rule.js'
import { lifeLifespanFails } from './python/life-lifespan-fails/rule.js'
import { lifeShutdownHooks } from './python/life-shutdown-hooks/rule.js'
import { jsLifeShutdownHooks } from './javascript/life-shutdown-hooks/rule.js'
import { lifeLazyAppProxy } from './python/life-lazy-app-proxy/rule.js'
import { lifeWarmupFunction } from './python/life-warmup-function/rule.js'
import { lifeOnEvent } from './python/life-on-event/rule.js'
import { lifeFlaskRemovedApi } from './python/life-flask-removed-api/rule.js'
import { jsExpress5WildcardPath } from './javascript/express5-wildcard-path/rule.js'
import { jsExpressAsyncErrors } from './javascript/express-async-errors/rule.js'
import { jsExpressHttpServerFeatures } from './javascript/express-http-server-features/rule.js'
import { expressTsBuild } from './config/express-ts-build/rule.js'
import { flaskAppContext } from './python/flask-app-context/rule.js'
import { flaskFstringMarkup } from './python/flask-fstring-markup/rule.js'
import { stateSessionStore } from './python/state-session-store/rule.js'
import { jsStateSessionStore } from './javascript/state-session-store/rule.js'
import { stateMemoryRateLimit } from './python/state-memory-rate-limit/rule.js'
import { jsStateMemoryRateLimit } from './javascript/state-memory-rate-limit/rule.js'
import { stateProcessCache } from './python/state-process-cache/rule.js'
import { jsStateProcessCache } from './javascript/state-process-cache/rule.js'
import { stateQueueInSqlite } from './python/state-queue-in-sqlite/rule.js'
import { importNetworkCall } from './python/import-network-call/rule.js'
import { importHeavyModel } from './python/import-heavy-model/rule.js'
import { cfgPlatformSniffing } from './python/cfg-platform-sniffing/rule.js'
import { importHeavyDeps } from './python/import-heavy-deps/rule.js'
import { cfgMultilineSecret } from './python/cfg-multiline-secret/rule.js'
import { cfgLocalhostUrl } from './python/cfg-localhost-url/rule.js'
import { cfgTimezone } from './python/cfg-timezone/rule.js'
import { dbConnectNotCached } from './python/db-connect-not-cached/rule.js'
import { dbPoolExhaustion } from './python/db-pool-exhaustion/rule.js'
import { dbStaleConnection } from './python/db-stale-connection/rule.js'
import { dbThreadAffinity } from './python/db-thread-affinity/rule.js'
import { dbAsyncLoopPerRequest } from './python/db-async-loop-per-request/rule.js'
import { dbClosedByHandler } from './python/db-closed-by-handler/rule.js'
import { cfgAllowedHosts } from './config/cfg-allowed-hosts/rule.js'
import { djAllauthConfig } from './config/dj-allauth-config/rule.js'
import { djAllauthMiddleware } from './config/dj-allauth-middleware/rule.js'
import { depUnpinnedBreak } from './python/dep-unpinned-break/rule.js'
import { depHeadlessBrowser } from './python/dep-headless-browser/rule.js'
import { jsDepHeadlessBrowser } from './javascript/dep-headless-browser/rule.js'
import { cfgDotenv } from './python/cfg-dotenv/rule.js'
import { staticDjango } from './config/static-django/rule.js'
import { dbNetworkAccess } from './python/db-network-access/rule.js'
import { dbIpv6OnlyHost } from './python/db-ipv6-only-host/rule.js'
import { cfgBlanketTry } from './python/cfg-blanket-try/rule.js'
import { jsCfgBlanketTry } from './javascript/cfg-blanket-try/rule.js'
import { cfgHealthLies } from './python/cfg-health-lies/rule.js'
import { jsCfgHealthLies } from './javascript/cfg-health-lies/rule.js'
import { limitDurationConfig } from './config/limit-duration-config/rule.js'
import { limitRequestBody } from './python/limit-request-body/rule.js'
import { jsLimitRequestBody } from './javascript/limit-request-body/rule.js'
import { limitMemory } from './python/limit-memory/rule.js'
import { djAsgiPreferred } from './config/dj-asgi-preferred/rule.js'
import { djEntrySettingMissing } from './config/dj-entry-setting-missing/rule.js'
import { djSessionDb } from './python/dj-session-db/rule.js'
import { djSettingsStdout } from './python/dj-settings-stdout/rule.js'
import { entryDjangoInSubfolder } from './config/entry-django-in-subfolder/rule.js'
import { cfgCsrfOrigins } from './config/cfg-csrf-origins/rule.js'
import { cfgTrustProxy } from './python/cfg-trust-proxy/rule.js'
import { jsCfgTrustProxy } from './javascript/cfg-trust-proxy/rule.js'
import { cfgCors } from './python/cfg-cors/rule.js'
import { jsCfgCors } from './javascript/cfg-cors/rule.js'
import { djAuthConsistency } from './python/dj-auth-consistency/rule.js'
import { djSettingsBuildImport } from './python/dj-settings-build-import/rule.js'
import { djAppRegistry } from './python/dj-app-registry/rule.js'
import { importRequiredEnv as jsImportRequiredEnv } from './javascript/import-required-env/rule.js'
import { importDbConnect as jsImportDbConnect } from './javascript/import-db-connect/rule.js'
import { dbConnectNotCached as jsDbConnectNotCached } from './javascript/db-connect-not-cached/rule.js'
import { importNetworkCall as jsImportNetworkCall } from './javascript/import-network-call/rule.js'
import { importFsWrite as jsImportFsWrite } from './javascript/import-fs-write/rule.js'
import { importHeavyDeps as jsImportHeavyDeps } from './javascript/import-heavy-deps/rule.js'
import { dbSqlite as jsDbSqlite } from './javascript/db-sqlite/rule.js'
import { stateFileDatabase as jsStateFileDatabase } from './javascript/state-file-database/rule.js'
import { dbLocalhost as jsDbLocalhost } from './javascript/db-localhost/rule.js'
import { dbPoolExhaustion as jsDbPoolExhaustion } from './javascript/db-pool-exhaustion/rule.js'
import { dbNetworkAccess as jsDbNetworkAccess } from './javascript/db-network-access/rule.js'
import { dbIpv6OnlyHost as jsDbIpv6OnlyHost } from './javascript/db-ipv6-only-host/rule.js'
import { dbMigrateOnStart as jsDbMigrateOnStart } from './javascript/db-migrate-on-start/rule.js'
import { dbStaleConnection as jsDbStaleConnection } from './javascript/db-stale-connection/rule.js'
import { dbClosedByHandler as jsDbClosedByHandler } from './javascript/db-closed-by-handler/rule.js'
import { dbPrismaClient as jsDbPrismaClient } from './javascript/db-prisma-client/rule.js'
import { cfgMultilineSecret as jsCfgMultilineSecret } from './javascript/cfg-multiline-secret/rule.js'
import { cfgDotenv as jsCfgDotenv } from './javascript/cfg-dotenv/rule.js'
import { cfgLocalhostUrl as jsCfgLocalhostUrl } from './javascript/cfg-localhost-url/rule.js'

export const rules: readonly Rule[] = [
  // entry and start
  entryLegacyBuildsRoutes,
  entryFunctionsPattern,
  entryFunctionsRuntime,
  entryNotFound,
  jsEntryExpressNone,
  entryBindingHidden,
  entryWrongInterface,
  entryWrongFilePicked,
  entryStubMasksApp,
  entrySiblingImport,
  entryDjangoInSubfolder,
  entryModuleShadowsPackage,
  entryServerStartedAtImport,
  jsEntryServerStartedAtImport,
  jsEntryExpressLateListen,
  entrySetupOnlyUnderMain,
  jsEntrySetupOnlyUnderMain,
  entryMangumAdapter,
  jsEntryMangumAdapter,
  // import time
  importFsWrite,
  jsImportFsWrite,
  importCatchAllFallback,
  jsImportCatchAllFallback,
  importSwallowedSecurity,
  jsImportSwallowedSecurity,
  importSysExit,
  jsImportSysExit,
  importInfiniteLoop,
  jsImportInfiniteLoop,
  jsImportUnhandledRejection,
  importAsyncioRun,
  importCircular,
  importDbConnect,
  jsImportDbConnect,
  importRequiredEnv,
  jsImportRequiredEnv,
  importNetworkCall,
  jsImportNetworkCall,
  importHeavyModel,
  importHeavyDeps,
  jsImportHeavyDeps,
  // state
  stateFileDatabase,
  jsStateFileDatabase,
  stateRandomSecret,
  jsStateRandomSecret,
  stateMutableGlobal,
  jsStateMutableGlobal,
  stateRequestDataInGlobal,
  jsStateRequestDataInGlobal,
  stateSessionStore,
  jsStateSessionStore,
  stateMemoryRateLimit,
  jsStateMemoryRateLimit,
  stateProcessCache,
  jsStateProcessCache,
  stateQueueInSqlite,
  // filesystem
  fsUploadLocal,
  jsFsUploadLocal,
  fsWriteInHandler,
  jsFsWriteInHandler,
  fsTmpAsStorage,
  jsFsTmpAsStorage,
  fsRelativePath,
  jsFsRelativePath,
  fsPublicRead,
  fsHomeCache,
  fsCaseMismatch,
  jsFsCaseMismatch,
  // databases
  dbDriverSourceBuild,
  dbSqlite,
  jsDbSqlite,
  dbFlaskSqlalchemyInstanceDir,
  dbMigrateOnStart,
  jsDbMigrateOnStart,
  dbLocalhost,
  jsDbLocalhost,
  dbUrlDialect,
  dbConnectNotCached,
  jsDbConnectNotCached,
  dbPoolExhaustion,
  jsDbPoolExhaustion,
  dbStaleConnection,
  jsDbStaleConnection,
  dbAsyncLoopPerRequest,
  dbThreadAffinity,
  dbClosedByHandler,
  jsDbPrismaClient,
  jsDbClosedByHandler,
  dbIpv6OnlyHost,
  jsDbIpv6OnlyHost,
  dbNetworkAccess,
  jsDbNetworkAccess,
  // background work
  bgThreadAtImport,
  jsBgThreadAtImport,
  bgScheduler,
  jsBgScheduler,
  bgRearmedTimer,
  jsBgRearmedTimer,
  bgAfterResponse,
  jsBgAfterResponse,
  bgWorkerQueue,
  jsBgWorkerQueue,
  bgPollingBot,
  jsBgPollingBot,
  bgLongRequest,
  jsBgLongRequest,
  bgMultiprocessing,
  jsBgMultiprocessing,
  bgSubprocess,
  jsBgSubprocess,
  bgSystemBinary,
  jsBgSystemBinary,
  cronPlanLimit,
  cronEndpointOpen,
  cronMethodMismatch,
  // connections and streams
  wsFlaskSocketio,
  jsWsNodeSocketio,
  threadMainOnlyApi,
  sseUnbounded,
  jsSseUnbounded,
  // static files and templates
  staticFastapiDir,
  staticFlask,
  staticExpress,
  tmplNotFound,
  jsTmplNotFound,
  staticSpaFallback,
  jsStaticSpaFallback,
  staticDjango,
  // dependencies and bundle
  depNotDeclared,
  depServerInDev,
  depEsmCjs,
  depNativeNode,
  jsDepNotDeclared,
  depUnpinnedBreak,
  depNearestManifest,
  depPythonVersion,
  depNodeVersion,
  depRequirementsFileBroken,
  depBundleSize,
  jsDepBundleSize,
  depCustomInstall,
  depVendoredEnv,
  depHeadlessBrowser,
  jsDepHeadlessBrowser,
  // configuration and security
  cfgSecretInRepo,
  cfgDefaultSecret,
  jsCfgDefaultSecret,
  cfgLogging,
  jsCfgLogging,
  cfgDebugOn,
  jsCfgDebugOn,
  cfgErrorLeak,
  jsCfgErrorLeak,
  cfgBlanketTry,
  jsCfgBlanketTry,
  cfgHealthLies,
  jsCfgHealthLies,
  cfgPlatformSniffing,
  cfgMultilineSecret,
  jsCfgMultilineSecret,
  cfgLocalhostUrl,
  jsCfgLocalhostUrl,
  cfgTimezone,
  cfgDotenv,
  jsCfgDotenv,
  cfgAllowedHosts,
  cfgCsrfOrigins,
  cfgCors,
  jsCfgCors,
  cfgTrustProxy,
  jsCfgTrustProxy,
  // limits
  limitDurationConfig,
  limitRequestBody,
  jsLimitRequestBody,
  limitMemory,
  // lifecycle and deprecated APIs
  lifeOnEvent,
  lifeLifespanFails,
  lifeShutdownHooks,
  jsLifeShutdownHooks,
  lifeWarmupFunction,
  lifeLazyAppProxy,
  lifeFlaskRemovedApi,
  jsExpress5WildcardPath,
  jsExpressAsyncErrors,
  jsExpressHttpServerFeatures,
  expressTsBuild,
  // fastapi
  faBlockingInAsync,
  faMiddlewareOrder,
  faMultipartMissing,
  faRootPath,
  // flask
  flaskFactory,
  flaskAppContext,
  flaskFstringMarkup,
  djSettingsStdout,
  djSettingsBuildImport,
  djAppRegistry,
  djAuthConsistency,
  djSessionDb,
  djEntrySettingMissing,
  djAsgiPreferred,
  djAllauthMiddleware,
  djAllauthConfig,
]

/** The rule with this id. */
export function ruleById(id: string): Rule | undefined {
  return rules.find((rule) => rule.id === id)
}
