"""Put first on PYTHONPATH by the tests, so that an app's own files stay as a user has them.

TO_SERVERLESS_PORT=5000:43211   the app binds 5000; give it 43211 instead, so that two tests never meet.
TO_SERVERLESS_STAND_INS=mongo   pymongo.MongoClient is mongomock's, one store for the whole process; "motor" is the same for motor's client.
"""
import importlib.abc
import importlib.util
import os
import socket
import sys


def move_port(wanted, given):
    bind = socket.socket.bind

    class Socket(socket.socket):
        def bind(self, address):
            if isinstance(address, tuple) and len(address) >= 2 and address[1] == wanted:
                address = (address[0], given, *address[2:])
            return bind(self, address)

    socket.socket = Socket


def with_mongomock(pymongo):
    import mongomock
    import mongomock.store

    store = mongomock.store.ServerStore()

    class MongoClient(mongomock.MongoClient):
        def __init__(self, *args, **options):
            # Timeouts and pool sizes mean nothing to a client that never connects.
            known = {name: value for name, value in options.items() if name in ("host", "port", "tz_aware", "document_class")}
            super().__init__(*args, _store=store, **known)

    pymongo.MongoClient = MongoClient


def with_mongomock_motor(motor_asyncio):
    import mongomock
    import mongomock.store
    import mongomock_motor

    store = mongomock.store.ServerStore()

    class AsyncIOMotorClient(mongomock_motor.AsyncMongoMockClient):
        def __init__(self, *args, **options):
            super().__init__(mock_mongo_client=mongomock.MongoClient(_store=store))

    motor_asyncio.AsyncIOMotorClient = AsyncIOMotorClient


def with_moved_uvicorn(wanted, given):
    """uvloop binds in C, out of reach of a Python socket class."""

    def change(config):
        initialise = config.Config.__init__

        def moved(self, *args, **options):
            initialise(self, *args, **options)
            if self.port == wanted:
                self.port = given

        config.Config.__init__ = moved

    return change


class AfterImport(importlib.abc.MetaPathFinder):
    """Lets the real module load, then changes it."""

    def __init__(self, name, change):
        self.name, self.change = name, change

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        execute, change = spec.loader.exec_module, self.change

        def exec_module(module):
            execute(module)
            change(module)

        spec.loader.exec_module = exec_module
        return spec


ports = os.environ.get("TO_SERVERLESS_PORT")
if ports:
    wanted, given = (int(port) for port in ports.split(":"))
    move_port(wanted, given)
    sys.meta_path.insert(0, AfterImport("uvicorn.config", with_moved_uvicorn(wanted, given)))
stand_ins = os.environ.get("TO_SERVERLESS_STAND_INS", "").split(",")
if "mongo" in stand_ins:
    sys.meta_path.insert(0, AfterImport("pymongo", with_mongomock))
if "motor" in stand_ins:
    sys.meta_path.insert(0, AfterImport("motor.motor_asyncio", with_mongomock_motor))
