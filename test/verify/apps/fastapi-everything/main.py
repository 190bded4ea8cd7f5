import os
import threading
from contextlib import asynccontextmanager

import uvicorn
from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

state = {}


@asynccontextmanager
async def lifespan(app):
    state["up"] = True
    threading.Thread(target=state.get, args=("up",)).start()
    yield


app = FastAPI(lifespan=lifespan)
app.add_middleware(GZipMiddleware)
router = APIRouter(prefix="/api")
reports = FastAPI()


@router.get("/items")
async def items():
    return {"items": [], "up": state.get("up")}


@router.get("/items/{item_id}")
async def item(item_id: int):
    return {"id": item_id}


@router.post("/items")
def add():
    return {}


@router.get("/save")
def save():
    with open("notes.txt", "w") as file:
        file.write("x")
    return {}


@app.websocket("/ws")
async def socket(websocket: WebSocket):
    await websocket.accept()


@reports.get("/daily")
def daily():
    return {"day": 1}


app.include_router(router)
app.mount("/reports", reports)
app.mount("/static", StaticFiles(directory=os.path.dirname(os.path.abspath(__file__))), name="static")

if __name__ == "__main__":
    uvicorn.run("main:app", reload=True)
