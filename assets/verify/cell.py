"""Boots one app in one cell and reports as JSON lines. usage: cell.py CONFIG.json

Runs in the app's own interpreter (3.8 or newer), so it uses the standard library alone. What it imports of its own lies
beside it and is loaded under names that no app has: an app's `host.py` or `routes.py` must stay the app's.
"""
import faulthandler
import importlib.util
import json
import os
import shutil
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def part(name):
    spec = importlib.util.spec_from_file_location("_to_serverless_" + name, os.path.join(HERE, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def end_with_parent():
    """The tool ends its cells itself, unless it was killed; then nobody is left to do so."""
    if sys.platform.startswith("linux"):
        try:
            import ctypes

            ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG
        except (OSError, ImportError, AttributeError):
            pass


def give_database(config):
    """A database for the variable that has no value here: an empty one of the cell's own, or a copy of the one in the repo."""
    config["standIn"] = os.path.join(config["cellTmp"], "to-serverless.sqlite3")
    wanted = config.get("database") or {}
    if wanted.get("seed"):
        shutil.copyfile(wanted["seed"], config["standIn"])
        os.chmod(config["standIn"], 0o600)
    if wanted.get("variable"):
        os.environ[wanted["variable"]] = "sqlite:///" + config["standIn"]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    events = os.open(config["events"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    stacks = open(config["stacks"], "w")

    def emit(event, **fields):
        os.write(events, (json.dumps(dict(fields, event=event)) + "\n").encode())

    parts = {name: part(name) for name in ("sandbox", "disk", "observe", "lifespan", "boot", "host", "runtime_host", "routes_django", "routes_starlette", "routes_flask", "routes")}

    os.environ.pop("PYTHONUSERBASE", None)
    task = config["task"]
    mounts = parts["sandbox"].enter(config)
    # Afterwards: a new user namespace forgets it.
    end_with_parent()
    # The folder seen before the mounts is another one now, though its path is the same.
    os.chdir(task)
    os.environ["TMPDIR"] = os.environ["HOME"] = config["cellTmp"] = mounts["tmp"]
    give_database(config)
    sys.argv = [config["entry"]["file"]]
    sys.path[0:1] = config["path"] + config["extraPath"]

    faulthandler.enable(file=stacks)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR2, file=stacks, all_threads=True)
    emit("hello", pid=os.getpid(), python="%d.%d.%d" % sys.version_info[:3], readonly=mounts["readonly"], why=mounts["why"])

    watch = parts["observe"].Watch(task, mounts, config, emit)
    boot = parts["boot"].Boot(config, watch, emit, parts["routes"])
    watch.install()
    # Nothing of the app has run yet; from here on everything may raise, and what it raises is told by `boot`.
    if config["host"] == "vercel-runtime":
        parts["runtime_host"].serve(config, boot)
    else:
        parts["host"].serve(config, boot)


main()
