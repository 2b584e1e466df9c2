"""A FastAPI handler of Magic Hour's webhooks that follows their documentation to the letter.

    MAGIC_HOUR_WEBHOOK_SECRET=... python server.py [PORT]

PORT, or the environment's PORT, may be 0. The one line on stdout names the real port, once connections are accepted.
"""

import hashlib
import hmac
import json
import logging
import os
import re
import socket
import sys
import time

import uvicorn
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

SIGNATURE_HEADER = "magic-hour-event-signature"
TIMESTAMP_HEADER = "magic-hour-event-timestamp"
# Python's own int() takes spaces, underscores and digits of other scripts, so the form is checked first.
SIGNATURE_FORM = re.compile(r"[0-9a-f]{64}", re.ASCII)
TIMESTAMP_FORM = re.compile(r"[0-9]{1,12}", re.ASCII)
TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 1024 * 1024
KNOWN_TYPES = {f"{kind}.{phase}" for kind in ("video", "image", "audio") for phase in ("started", "completed", "errored")}

log = logging.getLogger("handler")
app = FastAPI(openapi_url=None)
seen: set[tuple[str, str]] = set()


@app.get("/health")
async def health() -> dict:
    return {"ok": True, "events": len(seen)}


@app.post("/webhook")
async def webhook(request: Request, after_the_answer: BackgroundTasks) -> dict:
    body = await read_body(request)
    verify(request, body)
    kind, job_id = parse(body)
    # Deliveries may repeat: the work is done once per event, and after the answer.
    if (job_id, kind) not in seen:
        seen.add((job_id, kind))
        after_the_answer.add_task(handle, kind, job_id)
    return {"success": True}


@app.exception_handler(HTTPException)
async def refuse(_request: Request, refusal: HTTPException) -> JSONResponse:
    return JSONResponse({"message": refusal.detail}, refusal.status_code)


async def read_body(request: Request) -> bytes:
    """The raw bytes: what was signed is what was sent, not what a JSON library makes of it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, "body too large")
    return bytes(body)


def verify(request: Request, body: bytes) -> None:
    signature = only_header(request, SIGNATURE_HEADER, SIGNATURE_FORM)
    timestamp = only_header(request, TIMESTAMP_HEADER, TIMESTAMP_FORM)
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise HTTPException(401, "timestamp too old or too far in the future")
    secret = request.app.state.secret
    expected = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise HTTPException(401, "signature differs")


def only_header(request: Request, name: str, form: re.Pattern) -> str:
    """A header that must be there once: of two, this handler and the next proxy could believe different ones."""
    values = request.headers.getlist(name)
    if len(values) != 1 or not form.fullmatch(values[0]):
        raise HTTPException(401, f"{name} missing, repeated or malformed")
    return values[0]


def parse(body: bytes) -> tuple[str, str]:
    try:
        event = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise HTTPException(400, "body is not JSON") from None
    kind = event.get("type") if isinstance(event, dict) else None
    payload = event.get("payload") if isinstance(event, dict) else None
    if not isinstance(kind, str) or not isinstance(payload, dict) or not isinstance(payload.get("id"), str):
        raise HTTPException(400, "not an event: type, payload and payload.id are needed")
    return kind, payload["id"]


def handle(kind: str, job_id: str) -> None:
    # A type that this handler does not know is no error: an error would be retried for a day.
    log.info("%s %r %r", "event" if kind in KNOWN_TYPES else "unknown type", kind, job_id)


def main() -> None:
    secret = os.environ.get("MAGIC_HOUR_WEBHOOK_SECRET")
    if not secret:
        sys.exit("MAGIC_HOUR_WEBHOOK_SECRET is not set; without it every event would have to be refused")
    app.state.secret = secret.encode()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PORT", "8000"))
    listener = socket.create_server(("127.0.0.1", port))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
