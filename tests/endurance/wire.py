"""Requests as bytes, and signatures as Magic Hour makes them."""

import hashlib
import hmac
import json
import socket
import time

SECRET = "mhw_test_0123456789abcdefghijABCDEFGHIJ"


def event(job_id: str, event_type: str = "video.completed") -> bytes:
    return json.dumps({"type": event_type, "payload": {"id": job_id, "status": "complete"}}).encode()


def post(body: bytes, headers: dict[str, str] | None = None, keep: bool = False) -> bytes:
    lines = ["POST /webhook HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [] if keep else ["Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    now = str(int(time.time()))
    digest = hmac.new(secret.encode(), now.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"magic-hour-event-timestamp": now, "magic-hour-event-signature": digest}


def connect(port: int, timeout: float = 10) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def exchange(port: int, request: bytes, timeout: float = 10) -> int:
    """The status of the answer; 0 if there was none."""
    with connect(port, timeout) as stream:
        stream.sendall(request)
        answer = stream.recv(64)
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
