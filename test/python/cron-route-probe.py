"""Starts a migrated app as the host or a person would, and calls its cron route in every way that matters. Prints JSON."""
import importlib
import json
import os
import sys
import threading
import time
import types

folder, module, path = sys.argv[1:4]
sys.path.insert(0, folder)
sent = []


class Answer:
    status_code = 200
    text = "1"


def send(*args, **kwargs):
    sent.append(args)
    return Answer()


requests = types.ModuleType("requests")
requests.RequestException = requests.ConnectionError = OSError
requests.get = requests.post = requests.delete = requests.head = send
sys.modules["requests"] = requests

app = importlib.import_module(module).app
time.sleep(0.2)
at_start = len(sent)
beside = len([thread for thread in threading.enumerate() if thread is not threading.main_thread()])
client = app.test_client()


def call(authorization):
    before = len(sent)
    answer = client.get(path, headers={} if authorization is None else {"Authorization": authorization})
    return [answer.status_code, len(sent) - before]


secret = os.environ.get("CRON_SECRET", "")
print(json.dumps({
    "beside": beside,
    "atStart": at_start,
    "right": call(f"Bearer {secret or 'anything'}"),
    "refused": [call(given) for given in (None, "", "Bearer ", "Bearer wrong", "Bearer \u00fc", secret or "x")],
    "post": client.post(path).status_code,
}))
sys.stdout.flush()
os._exit(0)
