"""Programs, ports and load generators: what every comparison needs."""

import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

SECRET = "mhw_test_0123456789abcdefghijklmnopqrstuv"
ROOT = Path(__file__).resolve().parents[2]
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


def build():
    """Builds the program and the bare ones; gives the program and the folder of the bare ones."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    # Each by itself: together they would share the features that one of them asks for.
    for manifest, folder in ((ROOT / "Cargo.toml", target), (ROOT / "benches/bare/Cargo.toml", target / "bare")):
        command = ["cargo", "build", "--release", "--locked", "--quiet", "--bins", "--manifest-path", manifest]
        subprocess.run([*command, "--target-dir", folder], cwd=ROOT, check=True)
    return target / "release/mh-hook", target / "bare/release"


class Workplace:
    """A separate home, the programs, and everything that was started and must end."""

    def __init__(self, program, bare):
        self.program, self.bare_programs = program, bare
        self.folder = Path(tempfile.mkdtemp(prefix="mh-hook-compare-"))
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "MAGIC_HOUR_WEBHOOK_SECRET": SECRET,
        }
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in list(self.running):
            self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, command, output=None):
        """Starts a program whose output goes through a pipe that is read all the time."""
        sink = output or subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        process = subprocess.Popen(
            [str(word) for word in command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=sink.stdin if output is None else output, stderr=subprocess.DEVNULL)
        if output is None:
            sink.stdin.close()
        self.running.append(process)
        return process

    def stop(self, process):
        """Ends a program and waits for it."""
        if process in self.running:
            self.running.remove(process)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def run(self, command, limit=60):
        """Runs a program to its end; gives what it printed."""
        done = subprocess.run([str(word) for word in command], cwd=self.folder, env=self.environment, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
        return done.stdout

    def bare(self):
        """Starts the bare server; gives its process and its URL."""
        port = free_port()
        process = self.start([self.bare_programs / "server", port])
        return process, await_port(port)

    def hook(self, *arguments):
        """Starts a command of the program that listens on a port; gives its process and its URL."""
        port = free_port()
        process = self.start([self.program, *arguments, "--port", port])
        return process, await_port(port)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def await_port(port, patience=20):
    """Waits until somebody listens on a port; gives the URL."""
    deadline = time.monotonic() + patience
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return f"http://127.0.0.1:{port}"
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def fetch(url):
    """The body that a GET is answered with."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def peak_mib(process):
    """The most memory that a running program has had, in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def cpu_seconds(process):
    """The CPU time that a running program has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(url, script, connections, seconds):
    """Loads a server with wrk; gives requests a second, percentiles in ms, and the requests that failed."""
    assert Path(script).exists(), script
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    percentiles = {name: float(value) * UNITS[unit]
                   for name, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s|m)\b", text)}
    # Answers other than 2xx, and errors of the sockets: connect 0, read 0, write 0, timeout 0.
    failed = re.findall(r"Non-2xx[^:]*: (\d+)", text)
    failed += re.findall(r"\d+", next(iter(re.findall(r"Socket errors: (.*)", text)), ""))
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        "requests": int(re.search(r"(\d+) requests in", text)[1]),
        "p50": percentiles["50"], "p99": percentiles["99"], "failed": sum(map(int, failed)),
    }


def oha(url, body, connections, seconds):
    """Loads a server with oha; gives requests a second."""
    command = ["oha", "--no-tui", "--output-format", "json", "-c", str(connections), "-z", f"{seconds}s", "-m", "POST",
               "-T", "application/json", "-d", body, url]
    text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    return json.loads(text)["summary"]["requestsPerSec"]


def median(values):
    return statistics.median(values)
