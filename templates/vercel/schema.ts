/** The parts of vercel.json that the target writes or reads, as CLI 64.0.2 checks them before anything is built. */
import Ajv from 'ajv'

const duration = { anyOf: [{ type: 'integer', minimum: 1, maximum: 3600 }, { const: 'max' }] }
const functions = {
  type: 'object',
  minProperties: 1,
  maxProperties: 50,
  propertyNames: { maxLength: 256, pattern: '^[^/]' },
  additionalProperties: {
    type: 'object',
    properties: {
      runtime: { type: 'string', pattern: '^(?:@[^/@]+/)?[^/@]+@\\d+\\.\\d+\\.\\d+' },
      memory: { type: 'integer', minimum: 128, maximum: 10240 },
      maxDuration: duration,
      includeFiles: { type: 'string', maxLength: 256 },
      excludeFiles: { type: 'string', maxLength: 256 },
    },
  },
}
const rewrites = {
  type: 'array',
  maxItems: 2048,
  items: {
    type: 'object',
    required: ['source', 'destination'],
    properties: {
      source: { type: 'string', maxLength: 4096 },
      destination: { anyOf: [{ type: 'string', maxLength: 4096 }, { type: 'object', required: ['service'], properties: { service: { type: 'string' } } }] },
      has: { type: 'array' },
      missing: { type: 'array' },
      statusCode: { type: 'integer' },
      env: { type: 'array' },
      respectOriginCacheControl: { type: 'boolean' },
    },
    additionalProperties: false,
  },
}
const crons = {
  type: 'array',
  maxItems: 100,
  items: { type: 'object', required: ['path', 'schedule'], properties: { path: { type: 'string', maxLength: 512, pattern: '^/.*' }, schedule: { type: 'string', minLength: 9, maxLength: 256 } }, additionalProperties: false },
}
const services = {
  type: 'object',
  propertyNames: { pattern: '^[a-z]([a-z_-]*[a-z])?$' },
  additionalProperties: { type: 'object', required: ['root'], properties: { root: { type: 'string' }, framework: { type: 'string' }, entrypoint: { type: 'string' }, functions } },
}
const schema = {
  type: 'object',
  properties: { $schema: { type: 'string' }, framework: { type: ['string', 'null'] }, functions, rewrites, crons, services },
  // Refused together: [FUNCTIONS_AND_BUILDS] and [SERVICES_AND_TOP_LEVEL_BUILD_SETTINGS].
  allOf: [
    { not: { required: ['functions', 'builds'] } },
    { not: { required: ['services', 'functions'] } },
    { not: { required: ['services', 'framework'] } },
    { not: { required: ['services', 'builds'] } },
    { not: { required: ['services', 'installCommand'] } },
    { not: { required: ['services', 'buildCommand'] } },
  ],
}

/** What the CLI would refuse in this config, one plain line each. */
export function configErrors(config: unknown): readonly string[] {
  const validate = new Ajv.default({ allErrors: true, allowUnionTypes: true }).compile(schema)
  if (validate(config)) return []
  return (validate.errors ?? []).map(error => `${error.instancePath || 'the file'} ${error.message ?? 'is refused'}`)
}
