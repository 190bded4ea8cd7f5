"""The steps that every host takes: import the entry, pick the app object, tell what went wrong, say when it is ready."""
import contextlib
import importlib.util
import inspect
import os
import sys
import time
import traceback


class Boot:
    def __init__(self, config, watch, emit, routes):
        self.config = config
        self.watch = watch
        self.emit = emit
        self.routes = routes
        self.entry = config["entry"]
        self.path = os.path.join(config["task"], self.entry["file"])
        self.module_name = self.entry["file"][: -len(".py")].replace("/", ".")
        self.ms = 0
        self.told = False

    @contextlib.contextmanager
    def importing(self):
        """Times what runs inside, and tells its failure before it goes on."""
        started = time.monotonic()
        try:
            yield
        except BaseException as error:
            self.failed("import", error)
            raise
        self.ms = int((time.monotonic() - started) * 1000)
        self.watch.when = "request"

    def load(self):
        """The entry's module, loaded from its file as the platform does: its folder is not on sys.path."""
        spec = importlib.util.spec_from_file_location(self.module_name, self.path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.module_name] = module
        spec.loader.exec_module(module)
        return module

    def pick(self, module):
        """The app object: the entry's symbol, called with its arguments when it is a factory."""
        symbol = self.entry["symbol"]
        if not hasattr(module, symbol):
            raise LookupError("%s has no top-level name %s" % (self.entry["file"], symbol))
        found = getattr(module, symbol)
        if self.entry["kind"] != "factory":
            return found
        return eval("_to_serverless_factory(%s)" % (self.entry.get("args") or ""), dict(vars(module), _to_serverless_factory=found))

    def failed(self, stage, error=None, message=None):
        if self.told:
            return
        self.told = True
        fields = {"stage": stage, "type": type(error).__name__ if error is not None else "", "message": message or str(error)}
        if isinstance(error, ModuleNotFoundError):
            fields["missing"] = error.name
        if isinstance(error, SystemExit):
            fields["message"] = "exit status %s" % (error.code,)
        fields.update(self.place_of(error))
        # A syntax error has no frame of its own.
        if isinstance(error, SyntaxError) and error.filename and self.watch.own(error.filename) is not None:
            fields.update(file=self.watch.own(error.filename), line=error.lineno, message=error.msg)
        self.emit("failed", **fields)

    def place_of(self, error):
        """The innermost line of the app's own code that an exception came through."""
        place = {}
        for frame, line in traceback.walk_tb(error.__traceback__ if error is not None else None):
            file = self.watch.own(frame.f_code.co_filename)
            if file is not None:
                place = {"file": file, "line": line}
        return place

    def raised(self, path, error):
        self.emit("raised", path=path, type=type(error).__name__, message=str(error)[:500], **self.place_of(error))

    def prepare(self, app):
        try:
            self.routes.prepare(app, self.config, self.emit)
        except Exception as error:
            self.emit("unseen", what="what the framework has to prepare", why="%s: %s" % (type(error).__name__, str(error)[:200]))

    def ready(self, port, interface, app):
        self.prepare(app)
        self.watch.when = "request"
        self.watch.tell_blind_spots()
        routes, why = self.routes.list_routes(app)
        self.routes.follow_errors(app, self.raised)
        self.emit("ready", port=port, ms=self.ms, peakMb=peak_mb(), interface=interface, routes=routes, why=why)


def peak_mb():
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


def interface_of(app):
    """wsgi or asgi by the platform's own rule (vercel_runtime/resolver.py); raises where it finds neither."""
    if callable(getattr(app, "asgi", None)):
        return "asgi"
    is_async = inspect.iscoroutinefunction(app) or (callable(app) and inspect.iscoroutinefunction(getattr(app, "__call__", None)))
    try:
        named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        required = sum(1 for p in inspect.signature(app).parameters.values() if p.default is p.empty and p.kind in named)
    except (ValueError, TypeError):
        required = None
    if is_async and required == 3:
        return "asgi"
    if required == 2:
        return "wsgi"
    raise TypeError("neither a WSGI app (environ, start_response) nor an ASGI app (async: scope, receive, send)")
