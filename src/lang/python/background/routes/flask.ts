/** Guarded GET routes on a Flask app. */
import { passGates } from './flask-gates.js'
import { writeOnApp, type Dialect } from './on-app.js'
import type { RouteWriter } from './route-writer.js'

const dialect: Dialect = {
  app: { title: 'Flask', makes: ['flask.Flask'], object: 'flask.Flask()', held: /^flask\.(Flask\(\)|current_app\._get_current_object\(\)|current_app)$/, inOrder: false },
  imports: [['flask', 'request']],
  words: (app, [request = 'request']) => ({
    marks: (path) => [`@${app}.route("${path}", methods=["GET"])`],
    params: '', passed: '',
    reads: [`given = ${request}.headers.get("Authorization", "")`], given: 'given',
    refuse: 'return {"error": "unauthorized"}, 401', done: 'return {"ok": True}',
  }),
}

export const flaskCronRoutes: RouteWriter = {
  write: (program, _repo, wanted) => writeOnApp(program, dialect, wanted),
  passage: passGates,
}
