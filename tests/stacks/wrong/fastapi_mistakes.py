"""FastAPI handlers as they are found in the wild, each with one mistake.

    MAGIC_HOUR_WEBHOOK_SECRET=... DEFECT=... python webhook.py [PORT]

DEFECT is one of the names that `mistake` is compared with below. The one line on stdout names the real port.
"""

import hashlib
import hmac
import json
import os
import socket
import sys
import time

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

mistake = os.environ["DEFECT"]
secret = os.environ["MAGIC_HOUR_WEBHOOK_SECRET"].encode()
app = FastAPI(openapi_url=None)


@app.post("/webhook")
async def webhook(request: Request):
    body = await request.body()
    if mistake != "no-verification" and not await is_authentic(request, body):
        if mistake == "ok-on-failure":
            return {"error": "invalid signature"}
        return JSONResponse({"message": "invalid signature"}, 401)
    if mistake == "fails-on-garbage":
        event = json.loads(body)
        return {"success": True, "id": event["payload"]["id"], "kind": event["type"].split(".")[0]}
    try:
        event = json.loads(body)
        event["type"].split("."), event["payload"]["id"]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        if mistake == "ok-on-failure":
            return {"error": "invalid event"}
        return JSONResponse({"message": "invalid event"}, 400)
    return {"success": True}


async def is_authentic(request: Request, body: bytes) -> bool:
    signature = request.headers.getlist("magic-hour-event-signature")
    timestamp = request.headers.getlist("magic-hour-event-timestamp")
    if len(signature) != 1 or len(timestamp) != 1:
        return False
    signature, timestamp = signature[0], timestamp[0]
    if mistake == "throws-on-odd-headers":
        # int() raises on a word, compare_digest on what is not ASCII: nobody catches it.
        age = time.time() - int(timestamp)
        return abs(age) <= 300 and hmac.compare_digest(digest(timestamp, body), signature)
    if not timestamp.isascii() or not timestamp.isdigit() or not signature.isascii():
        return False
    age = time.time() - int(timestamp)
    if mistake == "one-sided-window":
        timely = age <= 300
    else:
        timely = mistake == "no-timestamp-check" or abs(age) <= 300
    if mistake == "signs-parsed-body":
        try:
            body = json.dumps(await request.json()).encode()
        except (ValueError, RecursionError):
            return False
    return timely and hmac.compare_digest(digest(timestamp, body), signature)


def digest(timestamp: str, body: bytes) -> str:
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1] if len(sys.argv) > 1 else 8000)))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, access_log=False)).run(sockets=[listener])
