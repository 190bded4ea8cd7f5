"""The routes and errors of Starlette, and so of FastAPI."""


def find(layer):
    router = getattr(layer, "router", None)
    return layer if router is not None and isinstance(getattr(router, "routes", None), list) else None


def routes(app):
    # What lists the routes changes with them, and they are compared one by one.
    listing = getattr(app, "openapi_url", None)
    return [route for route in _below(app.router.routes, "") if route["path"] != listing]


def _included(found):
    """Newer FastAPI (seen with 0.165) keeps an included router whole, and works its routes out when it is asked."""
    for route in found:
        if not hasattr(route, "effective_route_contexts"):
            yield route
            continue
        for context in route.effective_route_contexts():
            yield getattr(context, "starlette_route", None) or context


def _below(found, prefix):
    for route in _included(found):
        kind = type(route).__name__
        path = prefix + (getattr(route, "path", None) or "")
        if "WebSocket" in kind:
            yield {"path": path, "methods": ["WEBSOCKET"], "probe": False, "why": "it is a WebSocket, and the cell opens none"}
        elif kind == "Host":
            continue
        elif getattr(route, "methods", None) is None and getattr(route, "app", None) is not None and not hasattr(route, "endpoint"):
            yield from _mounted(route, path)
        elif hasattr(route, "endpoint"):
            methods = sorted(set(route.methods or ("GET",)) - {"HEAD", "OPTIONS"})
            yield {"path": path or "/", "methods": methods, "probe": "GET" in methods and not getattr(route, "param_convertors", None)}


def _mounted(mount, path):
    if type(mount.app).__name__ == "StaticFiles":
        return
    inner = getattr(mount, "routes", None) or getattr(getattr(mount.app, "router", None), "routes", None)
    if inner:
        own = getattr(mount.app, "openapi_url", None)
        yield from (route for route in _below(inner, path) if own is None or route["path"] != path + own)
    else:
        yield {"path": path + "/", "methods": ["GET"], "probe": False, "why": "an app of another kind is mounted there; name its paths with --probes"}


def follow(app, tell):
    from starlette.middleware.errors import ServerErrorMiddleware

    original = ServerErrorMiddleware.__call__

    async def watched(self, scope, receive, send):
        try:
            await original(self, scope, receive, send)
        except Exception as error:
            if scope["type"] == "http":
                tell(scope["path"], error)
            raise

    # The outermost layer of each app: found on the class, so it does not matter that the layers are there already.
    ServerErrorMiddleware.__call__ = watched
