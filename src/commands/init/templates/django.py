"""Receives Magic Hour's webhooks: verifies, answers, then works.

    pip install django uvicorn
    MAGIC_HOUR_WEBHOOK_SECRET=... python webhook.py [PORT]

In a project of yours, add the view to urls.py: path("webhook", webhook.webhook)
"""

import hashlib
import hmac
import json
import logging
import os
import re
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

TOLERANCE_SECONDS = 300

secret = os.environ.get("MAGIC_HOUR_WEBHOOK_SECRET", "").strip().encode()
if not secret:
    sys.exit("MAGIC_HOUR_WEBHOOK_SECRET is not set")

log = logging.getLogger(__name__)
worker = ThreadPoolExecutor(max_workers=4)
# Survives no restart and is not shared between processes: use a model with a unique key on (job id, type) in production.
handled: set[tuple[str, str]] = set()
handled_lock = threading.Lock()


class Refused(Exception):
    """The delivery is refused with this status."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


# Without csrf_exempt, Django answers 403 to every delivery: Magic Hour has no form and no cookie.
@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> JsonResponse:
    try:
        # The bytes as they came: they were signed, not what a parser makes of them.
        body = request.body
        verify(request, body)
        event = parse(body)
    except Refused as refusal:
        return JsonResponse({"message": str(refusal)}, status=refusal.status)
    # The same event may come again: it is answered alike, and handled once.
    if is_new(event):
        worker.submit(handle, event)
    return JsonResponse({"success": True})


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
        log.exception("cannot handle %s", event["payload"]["id"])


def is_new(event: dict) -> bool:
    key = (event["payload"]["id"], event["type"])
    with handled_lock:
        new = key not in handled
        handled.add(key)
    return new


def verify(request: HttpRequest, body: bytes) -> None:
    signature = only(request, "magic-hour-event-signature", r"[0-9a-f]{64}")
    timestamp = only(request, "magic-hour-event-timestamp", r"[0-9]{1,12}")
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise Refused(401, "timestamp too old or too far in the future")
    expected = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise Refused(401, "wrong signature")


def only(request: HttpRequest, name: str, form: str) -> str:
    """The value of a header that must be there once and in its form. Django joins repeated headers with a comma."""
    value = request.headers.get(name, "")
    if not re.fullmatch(form, value, re.ASCII):
        raise Refused(401, f"{name} is missing, repeated or malformed")
    return value


def parse(body: bytes) -> dict:
    try:
        event = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400, "body is not JSON") from None
    payload = event.get("payload") if isinstance(event, dict) else None
    if not isinstance(payload, dict) or not isinstance(event.get("type"), str) or not isinstance(payload.get("id"), str):
        raise Refused(400, "body is not an event")
    return event


urlpatterns = [path("webhook", webhook)]


if __name__ == "__main__":
    import uvicorn
    from django.conf import settings
    from django.core.asgi import get_asgi_application

    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    settings.configure(
        ALLOWED_HOSTS=["*"],  # Tunnels have names of their own.
        MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
        ROOT_URLCONF=__name__,
    )
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        sys.exit(f"cannot listen on port {port}: {os.strerror(error.errno).lower()}")
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}/webhook", flush=True)
    config = uvicorn.Config(get_asgi_application(), access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])
