"""Django's routes and errors, its own check, and a database that both cells find in the same state."""
import os
import re
import sys

READ_ONLY = ("get", "post", "put", "patch", "delete")


def find(layer):
    handlers = sys.modules.get("django.core.handlers.base")
    return layer if handlers is not None and isinstance(layer, handlers.BaseHandler) else None


def routes(handler):
    from django.urls import get_resolver

    return list(_below(get_resolver().url_patterns, "/", ()))


def _below(patterns, prefix, names):
    for pattern in patterns:
        text, plain = _text(pattern.pattern)
        path = prefix + text
        if hasattr(pattern, "url_patterns"):
            if getattr(pattern, "app_name", None) == "admin":
                yield from _admin(pattern, path, plain and "<" not in prefix)
            else:
                yield from _below(pattern.url_patterns, path if plain else path + "<?>", names)
            continue
        view = pattern.callback
        module = getattr(view, "__module__", "")
        # Files, and the doubles that the REST framework adds for endings such as .json.
        if module.startswith(("django.views.static", "django.contrib.staticfiles")) or "format" in getattr(pattern.pattern, "converters", {}) or "(?P<format>" in text:
            continue
        methods = _methods(view)
        yield {"path": path, "methods": methods, "probe": "GET" in methods and plain and "<" not in path}


def _admin(resolver, path, plain):
    for name in ("", "login/"):
        yield {"path": path + name, "methods": ["GET"], "probe": plain}
    yield {"path": path + "...", "methods": ["GET"], "probe": False, "why": "pages of the admin need somebody who is logged in"}


def _text(pattern):
    """(text, plain): plain where the text is the path itself."""
    route = getattr(pattern, "_route", None)
    if route is not None:
        return str(route), not getattr(pattern, "converters", {})
    regex = getattr(pattern, "_regex", None)
    if regex is None:
        return str(pattern), True  # a language prefix
    text = re.sub(r"(\$|\\Z)$", "", re.sub(r"^\^", "", str(regex)))
    text = re.sub(r"/\?$", "/", text)
    return re.sub(r"\\([-./])", r"\1", text), re.match(r"^(?:[\w/~%-]|\\[-./])*$", text) is not None


def _methods(view):
    actions = getattr(view, "actions", None)
    if actions:
        return sorted(name.upper() for name in actions)
    cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if cls is None:
        return ["GET"]
    return sorted(name.upper() for name in READ_ONLY if hasattr(cls, name)) or ["GET"]


def follow(handler, tell):
    from django.core.signals import got_request_exception

    def told(sender, request=None, **extra):
        error = sys.exc_info()[1]
        if error is not None and request is not None:
            tell(request.path, error)

    got_request_exception.connect(told, weak=False)


def prepare(handler, config, emit):
    """`manage.py check`; then the tables of a database of the cell's own, as nobody deploys before `migrate`."""
    from django.conf import settings

    if config["writable"]:
        # The local start is asked by the same host name; which names it allows is no part of the comparison.
        settings.ALLOWED_HOSTS = ["*"]
    _check(emit)
    _migrate(config, emit)


def _check(emit):
    from django.core import checks

    try:
        found = checks.run_checks()
        errors = ["(%s) %s" % (one.id, str(one.msg)[:300]) for one in found if one.is_serious() and not one.is_silenced()]
    except Exception as error:
        errors = ["%s: %s" % (type(error).__name__, str(error)[:300])]
    emit("checked", title="manage.py check", errors=errors)


def _migrate(config, emit):
    from django.core.management import call_command
    from django.db import connections

    own = os.path.join(config["cellTmp"], "")
    task = os.path.join(config["task"], "")
    for alias, database in connections.settings.items():
        if not database.get("ENGINE", "").endswith(("sqlite3", "spatialite", "dummy")):
            _stand_in(alias, database, config["standIn"] if alias == "default" else own + "to-serverless-%s.sqlite3" % alias)
            emit("unseen", what="the database server of %r" % alias, why="it is out of reach in the cell, and a SQLite file stood in for it, so what only the real one can do is not proved")
        name = str(database.get("NAME") or "")
        if name == "" or ":memory:" in name or "mode=memory" in name:
            continue
        path = os.path.abspath(name)
        if path.startswith(task):
            emit("database", file=path[len(task) :])
        if not (path.startswith(own) or (config["writable"] and path.startswith(task))):
            continue
        # What only a server's driver understands.
        (database.get("OPTIONS") or {}).pop("sslmode", None)
        try:
            call_command("migrate", database=alias, verbosity=0, interactive=False, run_syncdb=True)
        except Exception as error:
            emit("unseen", what="manage.py migrate", why="it failed on the cell's own database, so pages that need a table are not proved: %s: %s" % (type(error).__name__, str(error)[:200]))


def _stand_in(alias, database, path):
    """In place, because connections of other threads are made from the same dictionary."""
    from django.db import connections

    database.update(ENGINE="django.db.backends.sqlite3", NAME=path, HOST="", PORT="", USER="", PASSWORD="", OPTIONS={})
    try:
        del connections[alias]
    except AttributeError:
        pass  # this thread has not asked for it yet
