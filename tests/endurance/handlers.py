"""Handlers to forward to: one that never answers, and one that dies in every way there is."""

import random
import socket
import time


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def hung(port: int) -> None:
    listener, held = _listener(port), []
    while True:
        held = held[-200:] + [listener.accept()]


def dying(port: int) -> None:
    while True:
        listener = _listener(port)
        gone_at = time.monotonic() + random.uniform(0.5, 3)
        while time.monotonic() < gone_at:
            stream, _ = listener.accept()
            stream.settimeout(1)
            try:
                stream.recv(1 << 16)
                what = random.choice(["close", "reset", "half", "short", "500", "200", "200", "slow", "garbage"])
                if what == "reset":
                    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                elif what != "close":
                    time.sleep(0.3 if what == "slow" else 0)
                    stream.sendall({
                        "half": b"HTTP/1.1 200 O",
                        "short": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx",
                        "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
                        "garbage": b"\x00\xff\x1b[2J",
                    }.get(what, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
            except OSError:
                pass
            stream.close()
        listener.close()
        time.sleep(random.uniform(0.2, 1))
