import no_such_package_anywhere
from flask import Flask

app = Flask(__name__)
