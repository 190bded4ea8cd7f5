"""Imports a built function's trampoline. With TO_SERVERLESS_READ_ONLY=<dir> (where mount namespaces are not allowed) an audit hook
refuses every write outside that folder, as the platform's file system does."""
import os
import sys

allowed = os.environ.pop("TO_SERVERLESS_READ_ONLY", None)
if allowed is not None:
    writable = [os.path.realpath(allowed), "/dev", "/proc/self"]
    write_flags = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def refuse(path):
        if path is None or isinstance(path, int):
            return
        name = os.path.realpath(os.fsdecode(path))
        if not any(name == root or name.startswith(root + os.sep) for root in writable):
            raise OSError(30, "Read-only file system", os.fsdecode(path))

    def hook(event, args):
        if event == "open":
            path, mode, flags = args
            if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & write_flags):
                refuse(path)
        elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.chmod", "os.chown", "os.utime"):
            refuse(args[0])
        elif event in ("os.rename", "os.link", "os.symlink"):
            refuse(args[1])
        elif event == "sqlite3.connect":
            # SQLite opens its file in C, out of the hook's sight; existing files may be read, so only creation is refused here.
            name = os.fsdecode(args[0]) if not isinstance(args[0], int) else ""
            if name and not name.startswith((":memory:", "file:")) and not os.path.exists(name):
                refuse(name)

    sys.addaudithook(hook)

sys.path.insert(0, os.getcwd())
import vc__handler__python  # noqa: E402,F401
