"""Serves the app under the platform's own runtime, the PyPI package vercel-runtime, speaking its IPC protocol.

The package is started as its trampoline does it: six variables, then `import vercel_runtime.vc_init`, which imports the
entry, listens, says "server-started" on the socket VERCEL_IPC_PATH and serves until it is told to stop.
"""
import _thread
import json
import os
import socket
import sys


def serve(config, boot):
    entry, task = boot.entry, config["task"]
    ipc = os.path.join(config["control"], "ipc.sock")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(ipc)
    listener.listen(1)
    os.environ.update(
        {
            "VERCEL_IPC_PATH": ipc,
            "__VC_HANDLER_MODULE_NAME": boot.module_name,
            "__VC_HANDLER_ENTRYPOINT": entry["file"],
            "__VC_HANDLER_ENTRYPOINT_ABS": os.path.join(task, entry["file"]),
            "__VC_HANDLER_VENDOR_DIR": "_vendor",
            "__VC_HANDLER_VARIABLE_NAME": entry["symbol"],
        }
    )
    from vercel_runtime import resolver

    def told(name, stage):
        """vc_init takes these names from here when it is imported; it prints a failure as text, and we want its place."""
        original = getattr(resolver, name)

        def wrapped(*args, **kwargs):
            try:
                return original(*args, **kwargs)
            except RuntimeError as error:
                boot.failed(stage, error, message=str(error).strip().split("\n")[0])
                raise

        setattr(resolver, name, wrapped)

    lifespan = sys.modules["_to_serverless_lifespan"].Lifespan(boot)

    load = resolver.import_module

    def import_module(name, path):
        if name != boot.module_name:
            return load(name, path)
        with boot.importing():
            return load(name, path)

    resolver.import_module = import_module
    told("resolve_app", "resolve")
    told("detect_app_type", "interface")
    detect = resolver.detect_app_type

    def watched(*args):
        interface, app = detect(*args)
        return interface, lifespan.around(app) if interface == "asgi" else app

    resolver.detect_app_type = watched
    _thread.start_new_thread(_follow, (listener, boot, lifespan))
    import vercel_runtime.vc_init  # noqa: F401


def _follow(listener, boot, lifespan):
    connection, _ = listener.accept()
    pending = b""
    while True:
        data = connection.recv(65536)
        if not data:
            return
        *messages, pending = (pending + data).split(b"\0")
        for raw in messages:
            message = json.loads(raw)
            if message["type"] == "server-started":
                app = getattr(sys.modules[boot.module_name], boot.entry["symbol"])
                # The platform says so before the app's lifespan has begun.
                _thread.start_new_thread(lifespan.ready_when_started, (message["payload"]["httpPort"], "runtime", app))
            elif message["type"] == "unrecoverable-error":
                boot.failed("host", message=str(message["payload"].get("message", "")).strip().split("\n")[0])
