"""Sees what the app does to its host and places it in the app's own code; refuses the network. disk.py has the files."""
import errno
import os
import socket
import sys
import threading

# Read variables on the app's behalf: a name they do not find is the app's name.
SETTINGS_READERS = ("decouple", "environs", "environ", "starlette.config", "configurations")
# They connect in C, where no hook is called.
C_CLIENTS = ("psycopg2", "psycopg_c", "psycopg_binary", "MySQLdb", "pymssql", "pyodbc", "cx_Oracle", "grpc", "pycurl")
OWN = "_to_serverless_"


class Watch:
    def __init__(self, task, mounts, config, emit):
        self.task = task
        self.tmp = mounts["tmp"]
        self.mounted = mounts["readonly"] == "mount"
        self.writable = config["writable"]
        self.cell = config["cell"]
        self.prefix = config["prefix"]
        self.stand_in = config["standIn"]
        self.emit = emit
        self.when = "import"
        self.seen = set()
        self.local = threading.local()
        self.disk = sys.modules[OWN + "disk"].Disk(self)
        self.handlers = {
            **self.disk.handlers,
            "socket.connect": lambda sock, address: self.on_connect(sock.family, address),
            "socket.sendto": lambda sock, address: self.on_connect(sock.family, address),
            "socket.getaddrinfo": lambda host, *rest: self.on_resolve(host, rest[0] if rest else None),
            "socket.gethostbyname": lambda host: self.on_resolve(host, None),
            "subprocess.Popen": lambda program, args, cwd, env: self.on_process(_words(args) or _text(program)),
            "os.system": lambda command: self.on_process(_text(command)),
            "os.exec": lambda path, args, env: self.on_process(_text(path)),
            "os.posix_spawn": lambda path, args, env: self.on_process(_words(args) or _text(path)),
            "os.fork": lambda: self.on_process("os.fork()"),
            "os.forkpty": lambda: self.on_process("os.forkpty()"),
            "_thread.start_new_thread": lambda *args: self.on_thread(args[0] if args else None),
            "_thread.start_joinable_thread": lambda *args: self.on_thread(args[0] if args else None),
        }

    def install(self):
        self._watch_threads()
        self._watch_listen()
        self._watch_environ()
        self.disk.watch_sqlite()
        sys.addaudithook(self._audit)

    def _audit(self, event, args):
        handler = self.handlers.get(event)
        if handler is None or getattr(self.local, "busy", False):
            return
        self.local.busy = True
        try:
            handler(*args)
        except OSError:
            raise
        except Exception as error:
            # A mistake of ours must not become one of the app.
            self.emit("unseen", what=event, why="%s: %s" % (type(error).__name__, error))
        finally:
            self.local.busy = False

    def place(self):
        """(file, line, when) of the innermost frame in the app's own code; None where the app has no part in it."""
        frame = sys._getframe(1)
        while frame is not None:
            file = self.own(frame.f_code.co_filename)
            if file is not None:
                thread = threading._active.get(threading.get_ident())
                origin = getattr(thread, OWN + "origin", None)
                return file, frame.f_lineno, origin[2] if origin else self.when
            frame = frame.f_back
        thread = threading._active.get(threading.get_ident())
        return getattr(thread, OWN + "origin", None)

    def own(self, filename):
        """The file's path in the repo, for the app's own code and nothing else."""
        if not os.path.isabs(filename):
            return None
        if not filename.startswith(self.task + os.sep):
            return None
        relative = filename[len(self.task) + 1 :].replace(os.sep, "/")
        return None if "site-packages/" in relative else self.prefix + relative

    def report(self, what, detail, once=None):
        place = self.place()
        if place is None:
            return
        key = (what, place[0], place[1], once or detail)
        if key in self.seen:
            return
        self.seen.add(key)
        self.emit("observed", what=what, file=place[0], line=place[1], when=place[2], detail=detail)

    def tell_blind_spots(self):
        for name in C_CLIENTS:
            if name in sys.modules:
                self.emit("unseen", what="connections of %s" % name, why="it connects in C, so they were neither seen nor refused")

    # -- network --------------------------------------------------------------------------------------------------

    def on_connect(self, family, address):
        if family == getattr(socket, "AF_UNIX", None):
            name = os.fsdecode(address)
            if self.disk.allowed(os.path.realpath(name)) or name.startswith(self.cell + os.sep):
                return
        elif not isinstance(address, tuple) or len(address) < 2 or _loopback(str(address[0])):
            return
        else:
            name = "%s:%s" % address[:2]
        self.report("connect", name + ": refused, the network is closed in the cell")
        raise OSError(errno.ENETUNREACH, "network is closed in the cell", name)

    def on_resolve(self, host, port):
        name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
        if not name or _loopback(name) or _literal(name) or name == socket.gethostname():
            return
        self.report("connect", (name if not port else "%s:%s" % (name, port)) + ": refused, the network is closed in the cell")
        raise socket.gaierror(socket.EAI_AGAIN, "network is closed in the cell")

    def _watch_listen(self):
        """No hook is called for listen, and a bind alone is often a library that tries out IPv6."""
        watch, listen = self, socket.socket.listen

        def watched(sock, *args):
            listen(sock, *args)
            address = sock.getsockname()
            watch.report("listen", "%s:%s" % address[:2] if isinstance(address, tuple) else _text(address))

        socket.socket.listen = watched

    # -- processes and threads ------------------------------------------------------------------------------------

    def on_process(self, command):
        if _asks_the_system():
            return
        if self.mounted:
            self.report("subprocess", command)
            return
        # Without a mount nothing would keep the other program from writing anywhere.
        self.report("subprocess", command + ": refused in the cell")
        raise OSError(errno.EPERM, "other programs are not started in the cell", command)

    def _watch_threads(self):
        """Python before 3.12 calls no hook when a thread starts."""
        if sys.version_info >= (3, 12):
            return
        start = threading._start_new_thread

        def watched(function, *args, **kwargs):
            self._audit("_thread.start_new_thread", (function,))
            return start(function, *args, **kwargs)

        import _thread

        threading._start_new_thread = _thread.start_new_thread = watched

    def on_thread(self, function):
        frame, thread = sys._getframe(1), None
        while frame is not None and thread is None:
            if frame.f_code.co_filename == threading.__file__ and frame.f_code.co_name == "start":
                thread = frame.f_locals.get("self")
            frame = frame.f_back
        target = getattr(thread, "_target", None) or getattr(thread, "function", None) or (function if thread is None else None)
        name = "threading.%s" % type(thread).__name__ if thread is not None else "_thread.start_new_thread"
        if thread is not None:
            place = self.place()
            if place is not None:
                setattr(thread, OWN + "origin", place)
        self.report("thread", "%s(%s)" % (name, getattr(target, "__qualname__", "") if target else ""))

    # -- variables ------------------------------------------------------------------------------------------------

    def _watch_environ(self):
        watch = self

        class Watched(type(os.environ)):
            def __getitem__(self, key):
                try:
                    return super().__getitem__(key)
                except KeyError:
                    watch.missing(key)
                    raise

            def __contains__(self, key):
                found = super().__contains__(key)
                if not found:
                    watch.missing(key, False)
                return found

        os.environ.__class__ = Watched

    def missing(self, key, required=True):
        if not isinstance(key, str):
            return
        frame = sys._getframe(2)
        # `get`, `setdefault`, `in` and os.getenv come through these; a plain environ[key] does not.
        while frame is not None and frame.f_globals.get("__name__") in ("os", "_collections_abc", "collections.abc"):
            if frame.f_code.co_name == "setdefault":
                return  # the code sets what it looks for
            required = False
            frame = frame.f_back
        if frame is None:
            return
        reader = frame.f_globals.get("__name__") or ""
        own = self.own(frame.f_code.co_filename) is not None
        if own or reader.startswith(SETTINGS_READERS):
            self.report("env", "%s is not set%s" % (key, ", and read without a default" if own and required else ""))


def _text(value):
    return value if isinstance(value, str) else os.fsdecode(value) if isinstance(value, (bytes, os.PathLike)) else str(value)


def _words(args):
    if args is None or isinstance(args, (str, bytes)):
        return _text(args) if args else ""
    # The program and its first word: further arguments may hold secrets.
    words = [_text(word) for word in args]
    if words[0].endswith("sh") and words[1:2] == ["-c"]:
        words = words[2].split()
    return " ".join(words[:2]) + (" ..." if len(words) > 2 else "")


def _asks_the_system():
    """The standard library runs `uname` and the like to learn where it is, does well without, and the app never asked."""
    return any(frame.f_globals.get("__name__") in ("platform", "ctypes.util", "uuid") for frame in frames())


def frames():
    frame = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _literal(host):
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
            return True
        except (OSError, ValueError):
            pass
    return False


def _loopback(host):
    return host in ("localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "") or host.startswith("127.") or host.endswith(".localhost")
