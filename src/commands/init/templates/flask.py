"""Receives Magic Hour's webhooks: verifies, answers, then works.

    pip install flask
    MAGIC_HOUR_WEBHOOK_SECRET=... python webhook.py [PORT]

In production any WSGI server runs it: gunicorn webhook:app
"""

import hashlib
import hmac
import json
import os
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, Request, abort, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

TOLERANCE_SECONDS = 300

secret = os.environ.get("MAGIC_HOUR_WEBHOOK_SECRET", "").strip().encode()
if not secret:
    sys.exit("MAGIC_HOUR_WEBHOOK_SECRET is not set")

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
worker = ThreadPoolExecutor(max_workers=4)
# Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
handled: set[tuple[str, str]] = set()
handled_lock = threading.Lock()


@app.post("/webhook")
def webhook():
    # The bytes as they came: they were signed, not what request.json makes of them.
    body = request.get_data(cache=False)
    verify(request, body)
    event = parse(body)
    # The same event may come again: it is answered alike, and handled once.
    if is_new(event):
        worker.submit(handle, event)
    return jsonify(success=True)


@app.errorhandler(HTTPException)
def refuse(error):
    return jsonify(message=error.description), error.code


def handle(event: dict) -> None:
    """Your work, after the answer: Magic Hour waits 10 s for that, and no longer."""
    try:
        match event["type"].partition(".")[2]:
            case "completed":
                print("ready:", [download["url"] for download in event["payload"].get("downloads", [])])
            case "errored":
                print("failed:", event["payload"].get("error"))
            case _:
                print("noted:", event["type"])  # Types that are new are no error either.
    except Exception:
        app.logger.exception("cannot handle %s", event["payload"]["id"])


def is_new(event: dict) -> bool:
    key = (event["payload"]["id"], event["type"])
    with handled_lock:
        new = key not in handled
        handled.add(key)
    return new


def verify(request: Request, body: bytes) -> None:
    signature = only(request, "magic-hour-event-signature", r"[0-9a-f]{64}")
    timestamp = only(request, "magic-hour-event-timestamp", r"[0-9]{1,12}")
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        abort(401, "timestamp too old or too far in the future")
    expected = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        abort(401, "wrong signature")


def only(request: Request, name: str, form: str) -> str:
    """The value of a header that must be there once and in its form. WSGI joins repeated headers with a comma."""
    value = request.headers.get(name, "")
    if not re.fullmatch(form, value, re.ASCII):
        abort(401, f"{name} is missing, repeated or malformed")
    return value


def parse(body: bytes) -> dict:
    try:
        event = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        abort(400, "body is not JSON")
    payload = event.get("payload") if isinstance(event, dict) else None
    if not isinstance(payload, dict) or not isinstance(event.get("type"), str) or not isinstance(payload.get("id"), str):
        abort(400, "body is not an event")
    return event


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    # Says it and ends where the port is in use.
    server = make_server("127.0.0.1", port, app, threaded=True)
    print(f"listening on http://127.0.0.1:{server.server_port}/webhook", flush=True)
    server.serve_forever()
