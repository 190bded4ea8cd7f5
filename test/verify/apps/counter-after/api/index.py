from flask import Flask

import app as original

app: Flask = original.app
original.STATE = "set up by the main block"


@app.get("/cron/tick")
def tick():
    return "unauthorized", 401
