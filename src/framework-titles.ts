/** What people call the frameworks. */
export const frameworkTitles: Readonly<Record<string, string>> = { flask: 'Flask', fastapi: 'FastAPI', django: 'Django', express: 'Express' }
