/** What people call the frameworks. */
export const frameworkTitles = { flask: 'Flask', fastapi: 'FastAPI', django: 'Django', express: 'Express' } as const
export type FrameworkId = keyof typeof frameworkTitles
/** What runs a language, where its version is told. */
export const runtimeTitles = { python: 'Python', javascript: 'Node.js', typescript: 'Node.js' } as const
