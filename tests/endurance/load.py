"""A genuine load whose every answered delivery is on record: its bytes, its headers, and what a handler got of it."""

import hashlib
import json
import random
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import wire

# Seconds without an answer that are too many: a delivery is answered within ten, whatever its handler does.
LONGEST_WAIT = 15

# The headers that a handler must get as they were sent.
END_TO_END = ("magic-hour-", "x-", "content-type", "user-agent")


def digest(body: bytes, headers: Iterable[tuple[str, str]]) -> str:
    """A digest of a body and of its headers: values of one name keep their order, names have none."""
    pairs = sorted(((name.lower(), value) for name, value in headers), key=lambda pair: pair[0])
    return hashlib.sha256(json.dumps(pairs).encode() + b"\n" + body).hexdigest()


def end_to_end(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower().startswith(END_TO_END)]


def _delivery(job: str) -> tuple[bytes, list[tuple[str, str]]]:
    body = wire.event(job)
    headers = [
        ("Host", "localhost"),
        ("Content-Type", "application/json"),
        ("X-Many", f"first of {job}"),
        ("User-Agent", "magic-hour-webhooks"),
        ("x-MANY", f"second; {random.randrange(1 << 30):x}"),
        *wire.signature(body).items(),
        ("Content-Length", str(len(body))),
    ]
    return body, headers


def sender(port: int, name: str, rate: float, record: Path) -> None:
    """Sends on kept connections until it is ended. Writes a line for each delivery that was answered 200, or not at all."""
    number, due = 0, time.monotonic()
    with record.open("w", buffering=1) as lines:
        while True:
            try:
                with wire.connect(port, LONGEST_WAIT) as stream:
                    while True:
                        number += 1
                        job = f"cm{name}{number:08}"
                        body, headers = _delivery(job)
                        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
                        stream.sendall(f"POST /webhook HTTP/1.1\r\n{head}\r\n".encode() + body)
                        try:
                            answer = stream.recv(4096)
                        except TimeoutError:
                            lines.write(f"{job} unanswered\n")
                            break
                        if answer.startswith(b"HTTP/1.1 200"):
                            lines.write(f"{job} {digest(body, headers)} {digest(body, end_to_end(headers))}\n")
                        elif not answer:
                            break
                        due = max(due + 1 / rate, time.monotonic() - 1)
                        time.sleep(max(0.0, due - time.monotonic()))
            except OSError:
                time.sleep(0.02)


def answered(records: Iterable[Path]) -> Iterator[tuple[str, str, str]]:
    """The jobs of the answered deliveries, with the digests of all and of the end-to-end headers."""
    return (tuple(words) for words in _lines(records) if len(words) == 3)


def unanswered(records: Iterable[Path]) -> list[str]:
    """The jobs of the deliveries that got no answer in time over a connection that stayed open."""
    return [words[0] for words in _lines(records) if words[1:] == ["unanswered"]]


def _lines(records: Iterable[Path]) -> Iterator[list[str]]:
    for record in records:
        for line in record.read_text().splitlines(keepends=True):
            # The last line of a sender that was ended can be cut short.
            if line.endswith("\n"):
                yield line.split()


def handler(port: int, record: Path) -> None:
    """Answers every request, after a line with its job and its digest was written."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    lines = record.open("w", buffering=1)
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=_serve, args=(stream, lines), daemon=True).start()


def _serve(stream: socket.socket, lines: TextIO) -> None:
    held = b""
    try:
        while True:
            while b"\r\n\r\n" not in held:
                got = stream.recv(1 << 16)
                if not got:
                    return
                held += got
            head, held = held.split(b"\r\n\r\n", 1)
            pairs = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")[1:]]
            length = int(next(value for name, value in pairs if name.lower() == "content-length"))
            while len(held) < length:
                held += stream.recv(1 << 16)
            body, held = held[:length], held[length:]
            job = json.loads(body)["payload"]["id"]
            lines.write(f"{job} {digest(body, end_to_end(pairs))}\n")
            stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    except OSError:
        stream.close()


def kept(binary: Path, environment: dict[str, str], home: Path) -> dict[str, str]:
    """The deliveries in the journal: job and digest, as the program exports them."""
    command = [str(binary), "history", "export", "--reveal"]
    found: dict[str, str] = {}
    with subprocess.Popen(command, env=environment, cwd=home, stdout=subprocess.PIPE) as export:
        for line in export.stdout:
            record = json.loads(line)
            if record["record"] == "delivery" and record["verdict"] == "verified":
                found[record["job_id"]] = digest(record["body"].encode(), [tuple(pair) for pair in record["headers"]])
    if export.returncode != 0:
        raise SystemExit(f"history export ended with {export.returncode}")
    return found
