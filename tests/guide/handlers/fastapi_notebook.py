"""The same in a notebook: the server runs on a thread beside the cells."""

import json
import sys
import threading

import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/webhook")
async def webhook(request: Request):
    event = await request.json()
    match event["type"]:
        case "video.completed" | "image.completed":
            print(f"event {event['type']}: done", flush=True)
        case other:
            print(f"event {other}", flush=True)
    print(json.dumps(event["payload"]), flush=True)
    return {"success": True}


server = threading.Thread(
    target=lambda: uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning"), daemon=True
)
server.start()
server.join()
