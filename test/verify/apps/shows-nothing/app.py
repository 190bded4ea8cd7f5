import os
import tempfile
from datetime import datetime

from flask import Flask, redirect, render_template, url_for

app = Flask(__name__)
HOST = os.environ["VERCEL"]


@app.route("/")
def index():
    return render_template("index.html", now=datetime.now())


@app.route("/old")
def old():
    return redirect(url_for("index", _external=True))


@app.route("/data")
def data():
    with open(os.path.join(os.path.dirname(__file__), "data.txt")) as file:
        return file.read() + tempfile.gettempdir()[:0]
