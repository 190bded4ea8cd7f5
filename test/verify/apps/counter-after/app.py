import os
import random
import secrets
import time

from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/")
def index():
    return "<input name='csrf_token' value='%s'> at %s" % (secrets.token_hex(8), time.strftime("%H:%M:%S"))


@app.route("/dice")
def dice():
    return str(random.random())


@app.route("/where")
def where():
    return "on a function" if os.environ.get("VERCEL") else "on a server"


@app.route("/save")
def save():
    with open("counter.txt", "w") as file:
        file.write("1")
    return jsonify(saved=True)


@app.route("/ready")
def ready():
    return STATE


if __name__ == "__main__":
    STATE = "set up by the main block"
    app.run(debug=True)
