"""Sees what the app does to its host, places it in the app's own code, and refuses what a serverless host refuses."""
import errno
import os
import socket
import sys
import threading

WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Read variables on the app's behalf: a name they do not find is the app's name.
SETTINGS_READERS = ("decouple", "environs", "environ", "starlette.config")
OWN = "_to_serverless_"
TEMPORARY = ": allowed, and gone with the instance"


class Watch:
    def __init__(self, task, mounts, config, emit):
        self.task = task
        self.tmp = mounts["tmp"]
        self.mounted = mounts["readonly"] == "mount"
        self.writable = config["writable"]
        self.cell = config["cell"]
        self.emit = emit
        self.when = "import"
        self.seen = set()
        self.local = threading.local()
        self.handlers = {
            "open": self.on_open,
            "os.mkdir": lambda path, mode, fd: self.on_create("os.mkdir", path, fd),
            "os.rename": self.on_rename,
            "os.link": lambda source, target, from_fd, to_fd: self.on_create("os.link", target, to_fd),
            "os.symlink": lambda source, target, fd: self.on_create("os.symlink", target, fd),
            "os.remove": lambda path, fd: self.on_change("os.remove", path, fd),
            "os.rmdir": lambda path, fd: self.on_change("os.rmdir", path, fd),
            "os.truncate": lambda path, length: self.on_change("os.truncate", path),
            "os.chmod": lambda path, mode, fd: self.on_change("os.chmod", path, fd),
            "os.chown": lambda path, uid, gid, fd: self.on_change("os.chown", path, fd),
            "os.utime": lambda path, times, ns, fd: self.on_change("os.utime", path, fd),
            "socket.connect": lambda sock, address: self.on_connect(sock.family, address),
            "socket.sendto": lambda sock, address: self.on_connect(sock.family, address),
            "socket.getaddrinfo": lambda host, *rest: self.on_resolve(host, rest[0] if rest else None),
            "socket.gethostbyname": lambda host: self.on_resolve(host, None),
            "socket.bind": self.on_bind,
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
        self._watch_environ()
        self._watch_sqlite()
        sys.addaudithook(self._audit)

    def _audit(self, event, args):
        handler = self.handlers.get(event)
        if handler is None or getattr(self.local, "busy", False):
            return
        self.local.busy = True
        try:
            handler(*args)
        finally:
            self.local.busy = False

    # -- places ---------------------------------------------------------------------------------------------------

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
        """The file relative to the task root, for the app's own code and nothing else."""
        if not os.path.isabs(filename):
            return None
        if not filename.startswith(self.task + os.sep):
            return None
        relative = filename[len(self.task) + 1 :].replace(os.sep, "/")
        return None if "site-packages/" in relative else relative

    def report(self, what, detail):
        place = self.place()
        if place is None:
            return
        # A name in the temp folder is often another one each time.
        key = (what, place[0], place[1], TEMPORARY if detail.endswith(TEMPORARY) else detail)
        if key in self.seen:
            return
        self.seen.add(key)
        self.emit("observed", what=what, file=place[0], line=place[1], when=place[2], detail=detail)

    # -- files ----------------------------------------------------------------------------------------------------

    def resolve(self, path, fd=-1):
        """The real path an operation means; None for an open descriptor."""
        if isinstance(path, int) or path is None:
            return None
        path = os.fsdecode(path)
        if isinstance(fd, int) and fd >= 0 and not os.path.isabs(path):
            try:
                path = os.path.join(os.readlink("/proc/self/fd/%d" % fd), path)
            except OSError:
                return None
        return os.path.join(os.path.realpath(os.path.dirname(os.path.abspath(path))), os.path.basename(path))

    def allowed(self, path):
        inside = lambda folder: path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
        if inside(self.task):
            return self.writable
        if inside(self.tmp) and not (inside(self.cell) and not inside(os.path.join(self.cell, "tmp"))):
            return True
        if inside(self.cell):
            return False
        return inside(os.path.realpath("/tmp")) or path.startswith(("/dev/", "/proc/self/"))

    def shown(self, path):
        return self.own(path) or path

    def on_open(self, path, mode, flags):
        if not isinstance(flags, int) or not flags & WRITE_FLAGS:
            return
        real = self.resolve(path)
        if real is None or (os.path.isdir(real) and not flags & os.O_CREAT):
            return
        how = "open(%r, %r)" % (self.shown(real), mode) if mode else "os.open(%r)" % self.shown(real)
        self._write(how, real, os.path.isdir(os.path.dirname(real)))

    def on_create(self, name, path, fd=-1):
        real = self.resolve(path, fd)
        # The kernel answers "exists" and "no such folder" before it looks whether the disk may be written.
        if real is not None:
            self._write("%s(%r)" % (name, self.shown(real)), real, os.path.isdir(os.path.dirname(real)) and not os.path.lexists(real))

    def on_change(self, name, path, fd=-1):
        real = self.resolve(path, fd)
        # What lies in the temp folder was told when it was made.
        if real is not None and not self.allowed(real):
            self._write("%s(%r)" % (name, self.shown(real)), real, os.path.lexists(real))

    def on_rename(self, source, target, from_fd, to_fd):
        self.on_change("os.rename", source, from_fd)
        self.on_change("os.rename", target, to_fd)

    def _write(self, how, path, would_write):
        if not would_write or path in ("/dev/null", "/dev/tty", "/dev/stdout", "/dev/stderr"):
            return
        if self.allowed(path):
            if not self.writable and not _looking_for_temp():
                self.report("write", how + TEMPORARY)
            return
        self.report("write", how + ": refused, the file system is read-only")
        raise OSError(errno.EROFS, "Read-only file system", path)

    def _watch_sqlite(self):
        """SQLite opens files in C, where no hook is called: a file that may not be written is opened read-only."""
        try:
            import sqlite3
            import urllib.parse
        except ImportError:
            return
        connect = sqlite3.connect

        def watched(database, *args, **kwargs):
            name = os.fsdecode(database) if not isinstance(database, int) else ""
            is_uri = (args[6] if len(args) > 6 else kwargs.get("uri", False)) and name.startswith("file:")
            path = urllib.parse.unquote(urllib.parse.urlsplit(name).path) if is_uri else name
            if path in ("", ":memory:") or (is_uri and ("mode=memory" in name or ":memory:" in name)):
                return connect(database, *args, **kwargs)
            real = self.resolve(path)
            how = "sqlite3.connect(%r)" % self.shown(real)
            if self.allowed(real):
                if not self.writable:
                    self.report("write", how + TEMPORARY)
                return connect(database, *args, **kwargs)
            self.report("write", how + ": a database file on a read-only file system" + ("" if os.path.exists(real) else ", refused: it does not exist there"))
            rest = list(args)
            if len(rest) > 6:
                rest[6] = True
            else:
                kwargs["uri"] = True
            return connect("file:%s?mode=ro" % urllib.parse.quote(real), *rest, **kwargs)

        sqlite3.connect = sqlite3.dbapi2.connect = watched

    # -- network --------------------------------------------------------------------------------------------------

    def on_connect(self, family, address):
        if family == getattr(socket, "AF_UNIX", None):
            name = os.fsdecode(address)
            if self.allowed(os.path.realpath(name)) or name.startswith(self.cell + os.sep):
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

    def on_bind(self, sock, address):
        if sock.type & 0xF == socket.SOCK_STREAM:
            self.report("listen", "%s:%s" % address[:2] if isinstance(address, tuple) else _text(address))

    # -- processes and threads ------------------------------------------------------------------------------------

    def on_process(self, command):
        if self.mounted:
            self.report("subprocess", command)
            return
        # Without a mount nothing would keep the other program from writing anywhere.
        self.report("subprocess", command + ": refused in the cell")
        raise OSError(errno.EPERM, "other programs are not started in the cell", command)

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
    words = [_text(word) for word in list(args)[:2]]
    return " ".join(words) + (" ..." if len(args) > 2 else "")


def _looking_for_temp():
    """tempfile tries a file in each folder that may be the temp folder; the app writes nothing by that."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "_get_default_tempdir":
            return True
        frame = frame.f_back
    return False


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
