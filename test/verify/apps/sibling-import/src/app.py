from helpers import greet
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return greet()
