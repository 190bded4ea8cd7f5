"""Refuses writes where a serverless host has none, with the answers its kernel gives, and reports those the app makes."""
import errno
import os
import sys

WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
TEMPORARY = ": allowed, and gone with the instance"


class Disk:
    def __init__(self, watch):
        self.watch = watch
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
        }

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
        if inside(self.watch.task):
            return self.watch.writable
        if inside(self.watch.tmp) and not (inside(self.watch.cell) and not inside(os.path.join(self.watch.cell, "tmp"))):
            return True
        if inside(self.watch.cell):
            return False
        return inside(os.path.realpath("/tmp")) or path.startswith(("/dev/", "/proc/self/"))

    def shown(self, path):
        return self.watch.own(path) or path

    def on_open(self, path, mode, flags):
        if not isinstance(flags, int) or not flags & WRITE_FLAGS:
            return
        real = self.resolve(path)
        if real is None or (os.path.isdir(real) and not flags & os.O_CREAT):
            return
        how = "open(%r, %r)" % (self.shown(real), mode) if mode else "os.open(%r)" % self.shown(real)
        if os.path.isdir(real):
            how = "a temporary file in %r" % self.shown(real)
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
            if not self.watch.writable and not _looking_for_temp():
                self.watch.report("write", how + TEMPORARY, once=TEMPORARY)
            return
        self.watch.report("write", how + ": refused, the file system is read-only")
        raise OSError(errno.EROFS, "Read-only file system", path)

    def watch_sqlite(self):
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
                # The cell's own stand-in for a server is no file of the app.
                if not self.watch.writable and real != self.watch.stand_in:
                    self.watch.report("write", how + TEMPORARY, once=TEMPORARY)
                return connect(database, *args, **kwargs)
            self.watch.report("write", how + ": a database file on a read-only file system" + ("" if os.path.exists(real) else ", refused: it does not exist there"))
            rest = list(args)
            if len(rest) > 6:
                rest[6] = True
            else:
                kwargs["uri"] = True
            return connect("file:%s?mode=ro" % urllib.parse.quote(real), *rest, **kwargs)

        sqlite3.connect = sqlite3.dbapi2.connect = watched


def _looking_for_temp():
    """tempfile tries a file in each folder that may be the temp folder; the app writes nothing by that."""
    return any(frame.f_code.co_name == "_get_default_tempdir" for frame in sys.modules["_to_serverless_observe"].frames())
