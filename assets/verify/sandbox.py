"""Makes the file system read-only but for the temp folder, with a mount namespace of the process's own.

Where the system refuses that (no Linux, a container without the right), the audit hook in observe.py is all there is,
and `readonly` says so.
"""
import os
import sys

NEWNS, NEWUSER = 0x00020000, 0x10000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
KEPT = {"nosuid": NOSUID, "nodev": NODEV, "noexec": NOEXEC, "noatime": 1024, "nodiratime": 2048, "relatime": 1 << 21}
SYSTEM = ("/proc", "/sys", "/dev")


def enter(config):
    """Returns {readonly: 'mount' | 'hook', why, tmp}: tmp is the folder the app may write to."""
    without = {"readonly": "hook", "tmp": config["tmp"], "why": ""}
    if not config["allowMounts"]:
        return dict(without, why="not asked for")
    if not sys.platform.startswith("linux"):
        return dict(without, why="mount namespaces exist on Linux only")
    try:
        return {"readonly": "mount", "tmp": _mount(config), "why": ""}
    except (OSError, ImportError, AttributeError) as error:
        return dict(without, why=str(error))


def _mount(config):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)

    def call(name, *args):
        if getattr(libc, name)(*args) != 0:
            code = ctypes.get_errno()
            raise OSError(code, "%s: %s" % (name, os.strerror(code)))

    def mount(source, target, flags):
        raw = lambda text: None if text is None else os.fsencode(text)
        call("mount", raw(source), raw(target), None, ctypes.c_ulong(flags), None)

    _leave_namespace(call)
    mount(None, "/", REC | PRIVATE)

    task, control, tmp = config["task"], config["control"], config["tmp"]
    # The platform's writable folder is /tmp by name. It is laid over the real one, unless the interpreter lives in there.
    lives = [sys.prefix, sys.base_prefix, sys.executable] + sys.path + config["extraPath"]
    overlay = os.path.realpath("/tmp") == "/tmp" and not any(_inside(place, "/tmp") for place in lives if place)
    if overlay:
        for kept in (task, control):
            if not _inside(kept, "/tmp"):
                continue
            twin = os.path.join(tmp, os.path.relpath(kept, "/tmp"))
            os.makedirs(twin)
            mount(kept, twin, BIND)
        mount(tmp, "/tmp", BIND | REC)
    else:
        mount("/tmp", "/tmp", BIND | REC)
        mount(tmp, tmp, BIND)
    mount(task, task, BIND)
    if not config["writable"]:
        mount(None, task, REMOUNT | BIND | RDONLY)
    writable = ["/tmp", tmp, control] + ([task] if config["writable"] else [])
    for place, options in _mounts():
        if place == task or any(_inside(place, kept) for kept in SYSTEM + tuple(writable)):
            continue
        flags = sum(KEPT[option] for option in options if option in KEPT)
        try:
            mount(None, place, REMOUNT | BIND | RDONLY | flags)
        except OSError:
            pass  # locked by an outer namespace; the audit hook still refuses what is written through Python
    return "/tmp" if overlay else tmp


def _leave_namespace(call):
    try:
        call("unshare", NEWNS)
        return
    except OSError:
        if os.getuid() == 0:
            raise
    uid, gid = os.getuid(), os.getgid()
    call("unshare", NEWNS | NEWUSER)
    # The same identity inside: the app must not find itself to be root.
    for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (uid, uid)), ("gid_map", "%d %d 1" % (gid, gid))):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)


def _mounts():
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            fields = line.split(" ")
            yield fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape"), fields[5].split(",")


def _inside(path, folder):
    path = os.path.abspath(path)
    return path == folder or path.startswith(folder.rstrip("/") + "/")
