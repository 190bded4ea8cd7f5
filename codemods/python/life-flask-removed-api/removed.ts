/** Names that a later release of Flask and its companions no longer has. Sources: their change logs. */
export type Removed = {
  /** The distribution, and its first release without the name. */
  readonly dist: string
  readonly since: string
  /** The module that has the same thing under the same name. */
  readonly now?: string
  /** What to use where no import alone will do. */
  readonly instead?: string
}

const flask = (since: string, rest: Omit<Removed, 'dist' | 'since'>): Removed => ({ dist: 'flask', since, ...rest })
const werkzeug = (since: string, rest: Omit<Removed, 'dist' | 'since'>): Removed => ({ dist: 'werkzeug', since, ...rest })
const provider = 'a provider class (flask.json.provider) set as app.json'
const urllib = 'urllib.parse of the standard library'

/** By the full name that an import or attribute means. */
export const removedNames: Readonly<Record<string, Removed>> = {
  'flask.escape': flask('3.0', { now: 'markupsafe' }),
  'flask.Markup': flask('3.0', { now: 'markupsafe' }),
  'flask.safe_join': flask('2.1', { now: 'werkzeug.utils' }),
  'flask.helpers.safe_join': flask('2.1', { now: 'werkzeug.utils' }),
  'flask.JSONEncoder': flask('2.3', { instead: provider }),
  'flask.JSONDecoder': flask('2.3', { instead: provider }),
  'flask.json.JSONEncoder': flask('2.3', { instead: provider }),
  'flask.json.JSONDecoder': flask('2.3', { instead: provider }),
  'flask._app_ctx_stack': flask('2.3', { instead: 'flask.g, or flask.globals.app_ctx' }),
  'flask._request_ctx_stack': flask('2.3', { instead: 'flask.g, or flask.globals.request_ctx' }),
  'flask.globals._app_ctx_stack': flask('2.3', { instead: 'flask.g, or flask.globals.app_ctx' }),
  'flask.globals._request_ctx_stack': flask('2.3', { instead: 'flask.g, or flask.globals.request_ctx' }),
  'flask_script.Manager': flask('2.0', { instead: "Flask's own commands (@app.cli.command)" }),
  'flask_script.Server': flask('2.0', { instead: 'flask run' }),
  'werkzeug.secure_filename': werkzeug('1.0', { now: 'werkzeug.utils' }),
  'werkzeug.generate_password_hash': werkzeug('1.0', { now: 'werkzeug.security' }),
  'werkzeug.check_password_hash': werkzeug('1.0', { now: 'werkzeug.security' }),
  'werkzeug.FileStorage': werkzeug('1.0', { now: 'werkzeug.datastructures' }),
  'werkzeug.contrib.fixers.ProxyFix': werkzeug('1.0', { now: 'werkzeug.middleware.proxy_fix' }),
  'werkzeug.wsgi.DispatcherMiddleware': werkzeug('1.0', { now: 'werkzeug.middleware.dispatcher' }),
  'werkzeug.wsgi.SharedDataMiddleware': werkzeug('1.0', { now: 'werkzeug.middleware.shared_data' }),
  'werkzeug.contrib.cache.SimpleCache': werkzeug('1.0', { instead: 'the package cachelib' }),
  'werkzeug.security.safe_str_cmp': werkzeug('2.1', { instead: 'hmac.compare_digest' }),
  'werkzeug.urls.url_parse': werkzeug('3.0', { instead: `${urllib} (urlsplit)` }),
  'werkzeug.urls.url_encode': werkzeug('3.0', { instead: `${urllib} (urlencode)` }),
  'werkzeug.urls.url_decode': werkzeug('3.0', { instead: `${urllib} (parse_qs)` }),
  'werkzeug.urls.url_quote': werkzeug('3.0', { instead: `${urllib} (quote)` }),
  'werkzeug.urls.url_quote_plus': werkzeug('3.0', { instead: `${urllib} (quote_plus)` }),
  'werkzeug.urls.url_unquote': werkzeug('3.0', { instead: `${urllib} (unquote)` }),
  'werkzeug.urls.url_join': werkzeug('3.0', { instead: `${urllib} (urljoin)` }),
  'jinja2.Markup': { dist: 'jinja2', since: '3.1', now: 'markupsafe' },
  'jinja2.escape': { dist: 'jinja2', since: '3.1', now: 'markupsafe' },
  'itsdangerous.TimedJSONWebSignatureSerializer': { dist: 'itsdangerous', since: '2.1', instead: 'URLSafeTimedSerializer, or a JWT package' },
  'itsdangerous.JSONWebSignatureSerializer': { dist: 'itsdangerous', since: '2.1', instead: 'URLSafeSerializer, or a JWT package' },
}

/** Attributes of the app or a blueprint. */
export const removedAttributes: Readonly<Record<string, Removed>> = {
  before_first_request: flask('2.3', { instead: 'a call when the app is set up' }),
  before_app_first_request: flask('2.3', { instead: 'a call when the app is set up' }),
  json_encoder: flask('2.3', { instead: provider }),
  json_decoder: flask('2.3', { instead: provider }),
  env: flask('2.3', { instead: 'a setting of your own' }),
}
