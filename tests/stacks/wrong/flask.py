"""The body is parsed, and written again for the HMAC: json.dumps puts a space after each colon and comma."""

import hashlib
import hmac
import json
import os
import sys
import time

from flask import Flask, jsonify, request

secret = os.environ["MAGIC_HOUR_WEBHOOK_SECRET"].encode()
app = Flask(__name__)


@app.post("/webhook")
def webhook():
    timestamp = request.headers.get("magic-hour-event-timestamp", "")
    signature = request.headers.get("magic-hour-event-signature", "")
    event = request.get_json(force=True)
    expected = hmac.new(secret, f"{timestamp}.{json.dumps(event)}".encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return jsonify(message="invalid signature"), 401
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return jsonify(message="timestamp out of range"), 401
    return jsonify(success=True)


app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
