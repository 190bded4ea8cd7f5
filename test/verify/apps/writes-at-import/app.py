import os

from flask import Flask

app = Flask(__name__)
os.makedirs(os.path.join(app.root_path, "uploads"), exist_ok=True)
