import socket
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    socket.create_connection(("db.example.org", 5432), timeout=2).close()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
def index():
    return {}
