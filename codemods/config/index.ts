/** The rules of configuration: manifests, settings and platform files. A new one is a folder, an import and a line in its group. */
import type { RulesByGroup } from '../groups.js'
import { cfgAllowedHosts } from './cfg-allowed-hosts/rule.js'
import { cfgCsrfOrigins } from './cfg-csrf-origins/rule.js'
import { cfgSecretInRepo } from './cfg-secret-in-repo/rule.js'
import { cronEndpointOpen } from './cron-endpoint-open/rule.js'
import { cronMethodMismatch } from './cron-method-mismatch/rule.js'
import { cronPlanLimit } from './cron-plan-limit/rule.js'
import { dbDriverSourceBuild } from './db-driver-source-build/rule.js'
import { depBundleSize } from './dep-bundle-size/rule.js'
import { depCustomInstall } from './dep-custom-install/rule.js'
import { depNearestManifest } from './dep-nearest-manifest/rule.js'
import { depNodeVersion } from './dep-node-version/rule.js'
import { depPythonVersion } from './dep-python-version/rule.js'
import { depRequirementsFileBroken } from './dep-requirements-file-broken/rule.js'
import { depVendoredEnv } from './dep-vendored-env/rule.js'
import { djAllauthConfig } from './dj-allauth-config/rule.js'
import { djAllauthMiddleware } from './dj-allauth-middleware/rule.js'
import { djAsgiPreferred } from './dj-asgi-preferred/rule.js'
import { djEntrySettingMissing } from './dj-entry-setting-missing/rule.js'
import { entryDjangoInSubfolder } from './entry-django-in-subfolder/rule.js'
import { entryFunctionsPattern } from './entry-functions-pattern/rule.js'
import { entryFunctionsRuntime } from './entry-functions-runtime/rule.js'
import { entryLegacyBuildsRoutes } from './entry-legacy-builds-routes/rule.js'
import { expressTsBuild } from './express-ts-build/rule.js'
import { limitDurationConfig } from './limit-duration-config/rule.js'
import { staticDjango } from './static-django/rule.js'

export const configRules = {
  entry: [
    entryLegacyBuildsRoutes,
    entryFunctionsPattern,
    entryFunctionsRuntime,
    entryDjangoInSubfolder,
  ],
  databases: [
    dbDriverSourceBuild,
  ],
  background: [
    cronPlanLimit,
    cronEndpointOpen,
    cronMethodMismatch,
  ],
  statics: [
    staticDjango,
  ],
  dependencies: [
    depNearestManifest,
    depPythonVersion,
    depNodeVersion,
    depRequirementsFileBroken,
    depBundleSize,
    depCustomInstall,
    depVendoredEnv,
  ],
  configuration: [
    cfgSecretInRepo,
    cfgAllowedHosts,
    cfgCsrfOrigins,
  ],
  limits: [
    limitDurationConfig,
  ],
  django: [
    djEntrySettingMissing,
    djAsgiPreferred,
    djAllauthMiddleware,
    djAllauthConfig,
  ],
  express: [
    expressTsBuild,
  ],
} satisfies RulesByGroup
