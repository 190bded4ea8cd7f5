import os
import socket
import sqlite3
import subprocess
import threading
import time

from flask import Flask, jsonify

app = Flask(__name__)
SECRET = os.environ.get("SECRET_KEY")


def loop():
    while True:
        time.sleep(60)


threading.Thread(target=loop, daemon=True).start()


def try_to(action):
    try:
        action()
    except OSError as error:
        return str(error)
    return "done"


IMPORT_CONNECT = try_to(lambda: socket.create_connection(("192.0.2.7", 27017), timeout=2))
IMPORT_LISTEN = try_to(lambda: socket.create_server(("127.0.0.1", 0)).close())


@app.route("/")
def index():
    return jsonify(connect=IMPORT_CONNECT, listen=IMPORT_LISTEN)


@app.route("/save")
def save():
    with open("notes.txt", "a") as file:
        file.write("one more")
    return "saved"


@app.route("/temp")
def temp():
    with open("/tmp/notes.txt", "w") as file:
        file.write("gone soon")
    return "saved for now"


@app.route("/db")
def db():
    try:
        with sqlite3.connect("visits.db") as connection:
            connection.execute("create table if not exists visits (n integer)")
    except sqlite3.OperationalError as error:
        return str(error)
    return "stored"


@app.route("/resolve")
def resolve():
    return try_to(lambda: socket.getaddrinfo("mongo.example.com", 27017))


@app.route("/run")
def run():
    try:
        return subprocess.run(["true"], check=False).args[0]
    except OSError as error:
        return str(error)


@app.route("/key")
def key():
    return os.environ["API_KEY"]


@app.route("/user/<name>")
def user(name):
    return name


@app.route("/upload", methods=["POST"])
def upload():
    return "uploaded"
