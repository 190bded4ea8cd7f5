"""The routes that the app itself says it has, and what its views raise. Each framework is a part of its own.

A part has find(layer), routes(found), follow(found, tell) and may have prepare(found, config, tell).
"""
import sys

PARTS = ("routes_django", "routes_starlette", "routes_flask")
WRAPPED = ("app", "wsgi_app", "application", "_app", "asgi_app", "other_asgi_app", "__self__", "__wrapped__")


def list_routes(app):
    """Returns (routes, why-not): a list of {path, methods, probe, why?}, or None and a reason."""
    try:
        part, found = _framework(app)
        if part is None:
            return None, "the app is no object of a framework known here, so its routes can't be listed"
        return list(part.routes(found)), ""
    except Exception as error:
        return None, "listing the routes failed: %s" % type(error).__name__


def follow_errors(app, tell):
    """Calls `tell(path, exception)` for what a view raises and nothing of the app handles."""
    try:
        part, found = _framework(app)
        if part is not None:
            part.follow(found, tell)
    except Exception:
        return  # a version that does not say what its views raise


def prepare(app, config, emit):
    """What has to be there before the first request, and is no work of the app's: see routes_django."""
    part, found = _framework(app)
    if hasattr(part, "prepare"):
        part.prepare(found, config, emit)


def _framework(app):
    parts = [sys.modules["_to_serverless_" + name] for name in PARTS]
    for layer in _layers(app):
        for part in parts:
            found = part.find(layer)
            if found is not None:
                return part, found
    return None, None


def _layers(app):
    """The object itself, then what lies behind its layers of middleware, the outermost first."""
    queue, seen = [app], set()
    while queue and len(seen) < 30:
        layer = queue.pop(0)
        if layer is None or id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        # channels: one app for each protocol
        mapping = getattr(layer, "application_mapping", None)
        if isinstance(mapping, dict):
            queue.append(mapping.get("http"))
        queue.extend(getattr(layer, name, None) for name in WRAPPED)
