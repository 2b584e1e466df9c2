"""The view lacks csrf_exempt: Django answers 403 before it is called."""

import hashlib
import hmac
import os
import sys
import time

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import JsonResponse
from django.urls import path

secret = os.environ["MAGIC_HOUR_WEBHOOK_SECRET"].encode()


def webhook(request):
    timestamp = request.headers.get("magic-hour-event-timestamp", "")
    signature = request.headers.get("magic-hour-event-signature", "")
    expected = hmac.new(secret, f"{timestamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return JsonResponse({"message": "invalid signature"}, status=401)
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return JsonResponse({"message": "timestamp out of range"}, status=401)
    return JsonResponse({"success": True})


urlpatterns = [path("webhook", webhook)]
settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
)
uvicorn.run(get_asgi_application(), host="127.0.0.1", port=int(sys.argv[1]), access_log=False, lifespan="off")
