"""Receives Magic Hour's webhooks: verifies, answers, then works.

    pip install fastapi uvicorn
    MAGIC_HOUR_WEBHOOK_SECRET=... python webhook.py [PORT]
"""

import hashlib
import hmac
import json
import os
import re
import socket
import sys
import time

import uvicorn
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request

TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 2 * 1024 * 1024

secret = os.environ.get("MAGIC_HOUR_WEBHOOK_SECRET", "").strip().encode()
if not secret:
    sys.exit("MAGIC_HOUR_WEBHOOK_SECRET is not set")

app = FastAPI()
# Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
handled: set[tuple[str, str]] = set()


@app.post("/webhook")
async def webhook(request: Request, background: BackgroundTasks) -> dict:
    body = await raw_body(request)
    verify(request, body)
    event = parse(body)
    key = (event["payload"]["id"], event["type"])
    # The same event may come again: it is answered alike, and handled once.
    if key not in handled:
        handled.add(key)
        background.add_task(handle, event)
    return {"success": True}


def handle(event: dict) -> None:
    """Your work, after the answer: Magic Hour waits 10 s for that, and no longer."""
    match event["type"].partition(".")[2]:
        case "completed":
            print("ready:", [download["url"] for download in event["payload"].get("downloads", [])])
        case "errored":
            print("failed:", event["payload"].get("error"))
        case _:
            print("noted:", event["type"])  # Types that are new are no error either.


async def raw_body(request: Request) -> bytes:
    """The bytes as they came: they were signed, not what a parser makes of them."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, "body too large")
    return bytes(body)


def verify(request: Request, body: bytes) -> None:
    signature = only(request, "magic-hour-event-signature", r"[0-9a-f]{64}")
    timestamp = only(request, "magic-hour-event-timestamp", r"[0-9]{1,12}")
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise HTTPException(401, "timestamp too old or too far in the future")
    expected = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise HTTPException(401, "wrong signature")


def only(request: Request, name: str, form: str) -> str:
    """The value of a header that must be there once and in its form."""
    values = request.headers.getlist(name)
    if len(values) != 1 or not re.fullmatch(form, values[0], re.ASCII):
        raise HTTPException(401, f"{name} is missing, repeated or malformed")
    return values[0]


def parse(body: bytes) -> dict:
    try:
        event = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise HTTPException(400, "body is not JSON") from None
    payload = event.get("payload") if isinstance(event, dict) else None
    if not isinstance(payload, dict) or not isinstance(event.get("type"), str) or not isinstance(payload.get("id"), str):
        raise HTTPException(400, "body is not an event")
    return event


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        sys.exit(f"cannot listen on port {port}: {os.strerror(error.errno).lower()}")
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}/webhook", flush=True)
    uvicorn.Server(uvicorn.Config(app, access_log=False)).run(sockets=[listener])
