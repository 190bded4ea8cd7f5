import type { Language } from './types.js'

/** What people call the frameworks. */
export const frameworkTitles: Readonly<Record<string, string>> = { flask: 'Flask', fastapi: 'FastAPI', django: 'Django', express: 'Express' }
/** What runs a language, where its version is told. */
export const runtimeTitles: Readonly<Record<Language, string>> = { python: 'Python', javascript: 'Node.js', typescript: 'Node.js' }
