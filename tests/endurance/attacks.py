"""The attacks. Each runs in a separate process until it is ended, and counts what it did."""

import os
import random
import socket
import time
from multiprocessing.sharedctypes import Synchronized

import wire

GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"hello there\r\n\r\n",
    b"POST /webhook HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /webhook HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"POST /webhook HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % at for at in range(101)) + b"\r\n",
    b"POST /webhook HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    b"POST /webhook/%2e%2e/admin HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"POST /webhook HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n",
    b"POST /webhook HTTP/1.1\r\nHost: h\r\nOrigin: http://evil.example\r\nContent-Length: 2\r\n\r\n{}",
]


def garbage(port: int, count: Synchronized) -> None:
    """What is no request, or breaks off."""
    while True:
        try:
            with wire.connect(port, 2) as stream:
                what = random.choice(GARBAGE + [os.urandom(random.randint(1, 4000))])
                stream.sendall(what[: random.randint(1, len(what))] if random.random() < 0.3 else what)
                if random.random() < 0.5:
                    stream.settimeout(0.2)
                    stream.recv(1000)
                count.value += 1
        except OSError:
            time.sleep(0.01)
        time.sleep(0.005)


def _held(port: int, count: Synchronized, most: int, first: bytes, again: bytes) -> None:
    """Keeps `most` connections open: each sends some bytes first, then a few more twice a second, and reads nothing."""
    open_streams: list[tuple[socket.socket, bytes]] = []
    while True:
        while len(open_streams) < most:
            try:
                stream = wire.connect(port, 2)
            except OSError:
                break
            stream.setblocking(False)
            open_streams.append((stream, first))
            count.value += 1
        living = []
        for stream, rest in open_streams:
            try:
                rest = rest[stream.send(rest or again):] if rest or again else b""
                living.append((stream, rest))
            except BlockingIOError:
                living.append((stream, rest))
            except OSError:
                stream.close()
        open_streams = [held for held in living if not _was_closed(held[0])]
        time.sleep(0.5 if all(not rest for _, rest in open_streams) else 0.05)


def _was_closed(stream: socket.socket) -> bool:
    """Whether the other side has closed; what it answered stays unread."""
    try:
        closed = stream.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        closed = True
    if closed:
        stream.close()
    return closed


def idle(port: int, count: Synchronized) -> None:
    """600 connections that say nothing and come again."""
    _held(port, count, 600, b"", b"")


def slow_heads(port: int, count: Synchronized) -> None:
    """300 heads that arrive a byte at a time."""
    _held(port, count, 300, b"POST /webhook HTTP/1.1\r\nX: ", b"y")


def slow_bodies(port: int, count: Synchronized) -> None:
    """600 bodies of a few bytes that never end."""
    _held(port, count, 600, b"POST /webhook HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{", b" ")


def large_heads(port: int, count: Synchronized) -> None:
    """500 heads of nearly 64 KiB that never end."""
    _held(port, count, 500, b"POST /webhook HTTP/1.1\r\nX: " + b"y" * 60_000, b"")


def large_bodies(port: int, count: Synchronized) -> None:
    """500 bodies of nearly a megabyte that never end."""
    _held(port, count, 500, b"POST /webhook HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + b" " * 900_000, b"")


def unread_answers(port: int, count: Synchronized) -> None:
    """200 connections that ask and never read."""
    _held(port, count, 200, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 4000, b"")


def _flood(port: int, count: Synchronized, batch: bytes, size: int, pause: float) -> None:
    """Sends batches on a kept connection at a steady rate, and reads what is answered."""
    while True:
        try:
            with wire.connect(port, 5) as stream:
                due = time.monotonic()
                while True:
                    stream.sendall(batch)
                    count.value += size
                    stream.setblocking(False)
                    try:
                        while stream.recv(1 << 16):
                            pass
                    except BlockingIOError:
                        pass
                    stream.settimeout(5)
                    due += pause
                    time.sleep(max(0.0, due - time.monotonic()))
                    due = max(due, time.monotonic() - 0.1)
        except OSError:
            time.sleep(0.05)


def forged_flood(port: int, count: Synchronized) -> None:
    """5,600 forged deliveries a second on 16 connections, as far as they are answered; that is what counts."""
    body = wire.event("cm-forged")
    batch = wire.post(body, wire.signature(body, "another secret"), keep=True) * 7
    streams: list[_Flooding] = []
    due = time.monotonic()
    while True:
        for at in range(16):
            try:
                if at >= len(streams):
                    streams.append(_Flooding(port))
                count.value += streams[at].go_on(batch)
            except OSError:
                streams[at : at + 1] = []
        due = max(due + 0.02, time.monotonic() - 0.1)
        time.sleep(max(0.0, due - time.monotonic()))


class _Flooding:
    """A connection that is sent more only once less than two batches wait."""

    def __init__(self, port: int) -> None:
        self.stream = wire.connect(port, 5)
        self.stream.setblocking(False)
        self.unsent, self.tail = b"", b""

    def go_on(self, batch: bytes) -> int:
        """Sends a batch, and returns how many answers came."""
        answers = 0
        try:
            while got := self.stream.recv(1 << 16):
                answers += (self.tail + got).count(b"HTTP/1.1 401")
                self.tail = got[-11:]
            raise ConnectionResetError
        except BlockingIOError:
            pass
        if len(self.unsent) < len(batch):
            self.unsent += batch
        try:
            self.unsent = self.unsent[self.stream.send(self.unsent) :]
        except BlockingIOError:
            pass
        return answers


def forged_long(port: int, count: Synchronized) -> None:
    """Unsigned types of a megabyte, three a second."""
    body = wire.event("cm-forged", "x" * 1_000_000)
    _flood(port, count, wire.post(body, keep=True), 1, 0.33)


def forged_deep(port: int, count: Synchronized) -> None:
    """Forged bodies of nearly 32 KiB, the most that is written anew, that are deep and wide, eight a second."""
    part = b"[" * 60 + b'{"a/b":1e2,"\\u00e9":"<&>"},' * 20 + b"1" + b"]" * 60 + b","
    body = b'{"type":"video.completed","payload":{"id":"cm-forged","a":[' + part * 49 + b"1]}}"
    _flood(port, count, wire.post(body, wire.signature(body, "another secret"), keep=True), 1, 0.12)


def large_flood(port: int, count: Synchronized) -> None:
    """Whole unsigned bodies of a megabyte, on 40 connections at a time."""
    request = wire.post(b" " * 1_000_000)
    while True:
        streams = []
        for _ in range(40):
            try:
                stream = wire.connect(port, 2)
                stream.settimeout(2)
                stream.sendall(request)
                streams.append(stream)
                count.value += 1
            except OSError:
                pass
        for stream in streams:
            stream.close()
        time.sleep(1)
