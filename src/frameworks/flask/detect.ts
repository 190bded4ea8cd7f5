/** Finds Flask apps: app objects and factories wherever they live, and which of them is the one that is served. */
import type { App, Snapshot } from '../../types.js'
import { appsOf, type AppObject } from '../app-object.js'

const flaskObject: AppObject = {
  framework: 'flask',
  mentions: /Flask|OpenAPI/,
  constructors: ['flask.Flask', 'flask.app.Flask', 'apiflask.APIFlask', 'flask_openapi3.OpenAPI'],
  routes: /@\w+(\.\w+)?\.(route|get|post)\(/g,
  files: ['app.py', 'main.py', 'wsgi.py', 'application.py', 'server.py', 'index.py', 'run.py', '__init__.py', 'api.py'],
}

export const detectFlask = (repo: Snapshot): Iterable<App> => appsOf(repo, flaskObject)
