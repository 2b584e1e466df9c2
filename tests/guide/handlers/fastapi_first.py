"""The first handler of a FastAPI user: parses the event, prints it, and says success. It verifies nothing."""

import json
import sys

import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()
WORDS = {"started": "has begun", "completed": "is ready", "errored": "failed"}


@app.post("/webhook")
async def webhook(request: Request):
    event = await request.json()
    kind, phase = event["type"].split(".")
    print(f"event {event['type']}: the {kind} {WORDS.get(phase, phase)}", flush=True)
    print(json.dumps(event["payload"]), flush=True)
    return {"success": True}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
