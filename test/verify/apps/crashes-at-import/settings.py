import os


def load():
    return os.environ["DATABASE_URL"]
