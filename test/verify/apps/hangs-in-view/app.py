import time

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "quick"


@app.route("/slow")
def slow():
    time.sleep(600)
    return "at last"
