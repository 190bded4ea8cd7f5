"""A small host with the rules of the platform's runtime, for interpreters that don't have it; and the local start."""
import _thread
import importlib
import io
import os
import socket
import sys
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_boot = sys.modules["_to_serverless_boot"]
_lifespan = sys.modules["_to_serverless_lifespan"]


class Served(BaseException):
    """The app was about to serve: `app.run()` and its like are answered with this. No `except Exception` stops it."""

    def __init__(self, app):
        super().__init__()
        self.app = app


def serve(config, boot):
    if config["asMain"]:
        app = _run_as_main(boot)
    else:
        with boot.importing():
            module = boot.load()
            app = boot.pick(module) if boot.entry["kind"] == "factory" else None
        if app is None:
            try:
                app = boot.pick(module)
            except LookupError as error:
                boot.failed("resolve", error)
                sys.exit(1)
    if isinstance(app, type) and issubclass(app, BaseHTTPRequestHandler):
        _listen(boot, app, "handler", app)
        return
    try:
        interface = _boot.interface_of(app)
    except TypeError as error:
        boot.failed("interface", error)
        sys.exit(1)
    if interface == "wsgi":
        _listen(boot, _wsgi_handler(app), interface, app)
    else:
        _serve_asgi(boot, app)


def _listen(boot, handler, interface, app):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    boot.ready(server.server_address[1], interface, app)
    server.serve_forever()


def _wsgi_handler(app):
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def log_message(self, format, *args):
            pass

        def handle_one_request(self):
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if self.parse_request():
                _answer(self, app)

    return Handler


def _answer(self, app):
    path, _, query = self.path.partition("?")
    body = self.rfile.read(int(self.headers.get("content-length") or 0))
    environ = {
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": self.headers.get("content-type", ""),
        "SCRIPT_NAME": "",
        "PATH_INFO": _unquote(path),
        "QUERY_STRING": query,
        "REMOTE_ADDR": self.headers.get("x-forwarded-for", "127.0.0.1"),
        "REQUEST_METHOD": self.command,
        "SERVER_NAME": self.headers.get("host", "lambda"),
        "SERVER_PORT": self.headers.get("x-forwarded-port", "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(body),
        "wsgi.multiprocess": False,
        "wsgi.multithread": False,
        "wsgi.run_once": False,
        "wsgi.url_scheme": self.headers.get("x-forwarded-proto", "http"),
        "wsgi.version": (1, 0),
    }
    for name, value in self.headers.items():
        environ["HTTP_" + name.replace("-", "_").upper()] = value

    def start_response(status, headers, exc_info=None):
        self.send_response(int(status.split(" ", 1)[0]))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        return self.wfile.write

    response = app(environ, start_response)
    try:
        for data in response:
            if data:
                self.wfile.write(data)
                self.wfile.flush()
    finally:
        if hasattr(response, "close"):
            response.close()


def _unquote(path):
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path).decode("latin-1")


def _serve_asgi(boot, app):
    try:
        import uvicorn
    except ImportError:
        boot.failed("host", message="the app is ASGI, and neither vercel-runtime nor uvicorn is installed")
        sys.exit(1)
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    sock.listen(128)
    lifespan = _lifespan.Lifespan(boot)
    served = lifespan.around(app.asgi if callable(getattr(app, "asgi", None)) else app)
    _thread.start_new_thread(lifespan.ready_when_started, (sock.getsockname()[1], "asgi", app))
    uvicorn.Server(uvicorn.Config(app=served, lifespan="auto", access_log=False, log_config=None)).run(sockets=[sock])
    # It ends without an answer only where the start failed.
    sys.exit(1)


def _run_as_main(boot):
    """`python app.py`: the whole file, its main block included, up to the call that would serve."""
    _catch_servers()
    module = types.ModuleType("__main__")
    module.__file__ = boot.path
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    with io.open_code(boot.path) as file:
        source = file.read()
    served = []
    with boot.importing():
        try:
            exec(compile(source, boot.path, "exec"), module.__dict__)
        except Served as stop:
            served.append(stop.app)
        if not served:
            served.append(boot.pick(module))
    return served[0]


def _named(app, factory=False):
    """`uvicorn.run("main:app")` names the app, which is then imported once more under that name."""
    if isinstance(app, str):
        module, _, symbol = app.partition(":")
        app = importlib.import_module(module)
        for part in (symbol or "app").split("."):
            app = getattr(app, part)
    return app() if factory else app


def _catch_servers():
    def stop(app, *args, **kwargs):
        raise Served(app)

    for module_name, holder, name, function in (
        ("flask", "Flask", "run", stop),
        ("flask_socketio", "SocketIO", "run", lambda self, app, *args, **kwargs: stop(app)),
        ("waitress", None, "serve", stop),
        ("werkzeug.serving", None, "run_simple", lambda host, port, app, *args, **kwargs: stop(app)),
        ("uvicorn", None, "run", lambda app, *args, **kwargs: stop(_named(app, kwargs.get("factory")))),
        ("uvicorn", "Server", "run", lambda self, *args, **kwargs: stop(_named(self.config.app, self.config.factory))),
    ):
        try:
            module = __import__(module_name, fromlist=["_"])
        except ImportError:
            continue
        setattr(module if holder is None else getattr(module, holder), name, function)
