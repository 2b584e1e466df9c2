"""A small webhook.site: it makes URLs, keeps what is posted to them, and lists that, at the port that is given."""

import json
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

kept = {}
asked = 0


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        words = self.path.strip("/").split("/")
        if words == ["token"]:
            token = str(uuid.uuid4())
            kept[token] = []
            return self.answer(201, {"uuid": token, "alias": None, "actions": []})
        if words[0] not in kept:
            return self.answer(404, {"success": False})
        headers = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        kept[words[0]].append({
            "uuid": str(uuid.uuid4()), "token_id": words[0], "type": "web", "method": "POST", "ip": "203.0.113.7",
            "url": f"https://webhook.site{self.path}", "content": body.decode(), "size": len(body), "headers": headers,
            "query": None, "request": [], "files": [], "note": None, "sorting": time.time_ns() // 1000,
            "created_at": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        })
        return self.answer(200, b"")

    def do_GET(self):
        global asked
        asked += 1
        words = self.path.split("?")[0].strip("/").split("/")
        if asked == 2:
            return self.answer(429, {"message": "Too Many Attempts."}, [("Retry-After", "1")])
        if len(words) != 3 or words[1] not in kept:
            return self.answer(404, {"success": False})
        data = kept[words[1]][::-1]
        return self.answer(200, {"data": data, "total": len(data), "per_page": 20, "current_page": 1, "is_last_page": True})


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
