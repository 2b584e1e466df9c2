#!/usr/bin/env python3
"""A webhook handler that needs nothing but Python, for the tests of the CI recipes.

    handler.py PORT [broken]      broken: any signature will do
"""

import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["MAGIC_HOUR_WEBHOOK_SECRET"].encode()
BROKEN = sys.argv[2:] == ["broken"]
WINDOW = 300
LARGEST = 4 * 1024 * 1024


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(405)

    do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), LARGEST))
        self.answer(200 if BROKEN else self.judge(body))

    def answer(self, status):
        answer = json.dumps({"success": status == 200}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def judge(self, body):
        timestamps = self.headers.get_all("magic-hour-event-timestamp", [])
        signatures = self.headers.get_all("magic-hour-event-signature", [])
        if len(timestamps) != 1 or len(signatures) != 1 or not timestamps[0].isascii() or not timestamps[0].isdigit():
            return 401
        expected = hmac.new(SECRET, timestamps[0].encode() + b"." + body, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(timestamps[0])) <= WINDOW
        if not fresh or not hmac.compare_digest(expected.encode(), signatures[0].encode(errors="replace")):
            return 401
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            return 400
        whole = isinstance(event, dict) and isinstance(event.get("type"), str) and isinstance(event.get("payload"), dict)
        return 200 if whole else 400

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    # A burst of deliveries waits in the queue of connections.
    request_queue_size = 512


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
