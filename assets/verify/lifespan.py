"""An ASGI app's start: part of the boot, not of a request."""
import threading


class Lifespan:
    """Wraps the app; `ended` is set when it has started, refused to, or has no such thing."""

    def __init__(self, boot):
        self.boot = boot
        self.ended = threading.Event()
        self.failed = False
        self.expected = False

    def around(self, app):
        self.expected = True

        async def watched(scope, receive, send):
            if scope["type"] != "lifespan":
                await app(scope, receive, send)
                return
            self.boot.watch.when = "import"
            refused = []

            async def told(message):
                if message["type"] == "lifespan.startup.failed":
                    self.failed = True
                    refused.append(message.get("message") or "the app says that it failed")
                elif message["type"] == "lifespan.startup.complete":
                    self.boot.watch.when = "request"
                    self.ended.set()
                await send(message)

            try:
                await app(scope, receive, told)
            except BaseException as error:
                if refused:
                    self.boot.failed("startup", error)
                raise
            finally:
                # An app that knows of no lifespan raises; the host goes on, as the platform's does.
                if refused:
                    self.boot.failed("startup", message=str(refused[0]).strip().split("\n")[-1])
                self.boot.watch.when = "request"
                self.ended.set()

        return watched

    def ready_when_started(self, port, interface, app):
        """To be called in a thread of its own."""
        if self.expected:
            self.ended.wait()
        if not self.failed:
            self.boot.ready(port, interface, app)
