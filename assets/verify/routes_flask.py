"""Flask's routes and errors."""


def find(layer):
    return layer if hasattr(layer, "url_map") and hasattr(layer, "view_functions") else None


def routes(app):
    """Static files and other host names apart, every rule; `probe` where a GET needs nothing else."""
    for rule in app.url_map.iter_rules():
        static = rule.endpoint == "static" or rule.endpoint.endswith(".static")
        if static or getattr(rule, "websocket", False) or getattr(rule, "host", None) or getattr(rule, "subdomain", None):
            continue
        methods = sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})
        yield {"path": rule.rule, "methods": methods, "probe": "GET" in methods and not rule.arguments}


def follow(app, tell):
    from flask import got_request_exception, request

    def told(sender, exception, **extra):
        tell(request.path, exception)

    got_request_exception.connect(told, sender=app, weak=False)
