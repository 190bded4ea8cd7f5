"""The routes that the app itself says it has. Returns (routes, why-not): a list of {path, methods}, or None and a reason."""


def list_routes(app):
    try:
        flask = _find_flask(app)
        if flask is None:
            return None, "the app is no Flask object, so its routes can't be listed"
        return list(_flask_routes(flask)), ""
    except Exception as error:
        return None, "listing the routes failed: %s" % type(error).__name__


def _find_flask(app):
    """The Flask object itself or behind a few layers of middleware."""
    for _ in range(8):
        if app is None:
            return None
        if hasattr(app, "url_map") and hasattr(app, "view_functions"):
            return app
        app = next((getattr(app, name) for name in ("app", "wsgi_app", "application", "_app", "__self__", "__wrapped__") if getattr(app, name, None) is not None), None)
    return None


def _flask_routes(app):
    """Static files and other host names apart, every rule; `probe` where a GET needs nothing else."""
    for rule in app.url_map.iter_rules():
        static = rule.endpoint == "static" or rule.endpoint.endswith(".static")
        if static or getattr(rule, "websocket", False) or getattr(rule, "host", None) or getattr(rule, "subdomain", None):
            continue
        methods = sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})
        yield {"path": rule.rule, "methods": methods, "probe": "GET" in methods and not rule.arguments}


def follow_errors(app, tell):
    """Calls `tell(path, exception)` for what a view raises and nothing of the app handles."""
    flask = _find_flask(app)
    if flask is None:
        return
    try:
        from flask import got_request_exception, request

        def told(sender, exception, **extra):
            tell(request.path, exception)

        got_request_exception.connect(told, sender=flask, weak=False)
    except Exception:
        return  # signals are optional before Flask 2.3
