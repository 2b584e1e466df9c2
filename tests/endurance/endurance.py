"""Phases of attacks, with genuine deliveries all the while, and a table of what these had to wait."""

import argparse
import multiprocessing
import queue
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import attacks
import handlers
import wire
from target import SIGNALS, Target, raise_descriptors

# The longest time to an answer, in which Magic Hour gives up.
LIMIT = 10.0

PHASES: dict[str, list] = {
    "at rest": [],
    "garbage": [attacks.garbage, attacks.garbage],
    "idle and slow connections": [attacks.idle, attacks.slow_heads],
    "slow bodies": [attacks.slow_bodies],
    "large parts": [attacks.large_heads, attacks.large_bodies],
    "unread answers": [attacks.unread_answers],
    "forged flood": [attacks.forged_flood],
    "forged and dear": [attacks.forged_long, attacks.forged_deep],
    "large flood": [attacks.large_flood],
    "moved and emptied files": [],
    "signals": [],
}


def genuine(port: int, phase, pause, begun, results) -> None:
    """Sends genuine deliveries until it is ended; each is tried again, as Magic Hour does, until it is taken."""

    def deliver(number: int, name: int) -> None:
        job = f"cm{number:08}{random.randrange(1 << 32):08x}"
        body, began, tries = wire.event(job), time.monotonic(), 0
        status = down = 0
        while time.monotonic() - began < 3 * LIMIT:
            tries += 1
            try:
                status = wire.exchange(port, wire.post(body, wire.signature(body)), LIMIT)
            except ConnectionRefusedError:
                # Nobody listens: that is no wait for an answer.
                began, tries = time.monotonic(), tries - 1
                down += 1
            except OSError:
                status = 0
            if status == 200 or down > 300:
                break
            time.sleep(0.2)
        results.put((name, job if status == 200 else None, time.monotonic() - began, tries))

    while True:
        if not pause.is_set():
            begun.value += 1
            threading.Thread(target=deliver, args=(begun.value, phase.value), daemon=True).start()
        time.sleep(0.1)


class Run:
    def __init__(self, target: Target, seconds: float) -> None:
        self.target, self.seconds = target, seconds
        self.phase, self.pause, self.results = multiprocessing.Value("i", 0), multiprocessing.Event(), multiprocessing.Queue()
        # Genuine deliveries that were begun, and those of them that have ended.
        self.begun, self.ended = multiprocessing.Value("q", 0), 0
        self.waits: dict[str, list[float]] = {name: [] for name in PHASES}
        self.again: dict[str, int] = dict.fromkeys(PHASES, 0)
        self.made: dict[str, int] = dict.fromkeys(PHASES, 0)
        self.memory: dict[str, int] = dict.fromkeys(PHASES, 0)
        self.jobs: list[str] = []
        self.problems: list[str] = []

    def collect(self) -> None:
        while True:
            try:
                at, job, wait, tries = self.results.get_nowait()
            except queue.Empty:
                return
            self.ended += 1
            name = list(PHASES)[at]
            self.waits[name].append(wait)
            self.again[name] += tries - 1
            if job:
                self.jobs.append(job)
            else:
                self.problems.append(f"{name}: a genuine delivery was not answered 200 within {3 * LIMIT:.0f} s")

    def go_on(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.target.look()
            self.collect()
            time.sleep(0.1)
            if self.target.process.poll() is not None:
                self.problems.append(f"the listener ended with {self.target.process.returncode}")
                self.target.start()

    def finish(self) -> None:
        """Begins no more genuine deliveries, and waits for the end of all that were begun."""
        self.pause.set()
        self.go_on(2)
        end = time.monotonic() + 3 * LIMIT
        while self.ended < self.begun.value and time.monotonic() < end:
            self.go_on(0.2)
        if self.ended < self.begun.value:
            self.problems.append(f"{self.begun.value - self.ended} genuine deliveries did not end")

    def attack(self, at: int, name: str) -> None:
        self.phase.value = at
        counts = [multiprocessing.Value("q", 0) for _ in PHASES[name]]
        started = [
            multiprocessing.Process(target=one, args=(self.target.port, count), daemon=True)
            for one, count in zip(PHASES[name], counts)
        ]
        for process in started:
            process.start()
        if name == "moved and emptied files":
            self.files()
        elif name == "signals":
            self.signals()
        else:
            self.go_on(self.seconds)
        for process in started:
            process.kill()
            process.join()
        self.made[name] += sum(count.value for count in counts)
        # What is still under way belongs to this phase.
        self.go_on(1)
        self.memory[name] = max(self.memory[name], self.target.peak())

    def files(self) -> None:
        """Moves the journal under load; empties it and its log at rest, since what an emptied file held is gone."""
        self.go_on(self.seconds / 3)
        self.target.move_journal()
        self.made["moved and emptied files"] += 1
        self.go_on(self.seconds / 3)
        for suffix in ("", "-wal"):
            self.pause.set()
            end = time.monotonic() + 12
            while time.monotonic() < end and self.target.log_size() > 0:
                self.go_on(0.2)
            self.go_on(1.5)
            self.target.empty(suffix)
            self.made["moved and emptied files"] += 1
            self.pause.clear()
            self.go_on(self.seconds / 6)

    def signals(self) -> None:
        """Stops it for two seconds, then ends it in each way and starts it again."""
        self.target.process.send_signal(signal.SIGSTOP)
        self.go_on(2)
        self.target.process.send_signal(signal.SIGCONT)
        self.target.process.send_signal(signal.SIGXFSZ)
        for number in SIGNALS:
            self.go_on(self.seconds / len(SIGNALS))
            code, took = self.target.end(number)
            self.made["signals"] += 1
            if code != (-number if number == signal.SIGKILL else 0) or took > 40:
                self.problems.append(f"{signal.Signals(number).name} ended it with {code} after {took:.1f} s")
            self.target.start()
        for number in (signal.SIGKILL, signal.SIGTERM):
            self.target.sandbox(number)

    def report(self) -> None:
        print(f"{'phase':26} {'attacks':>9} {'genuine':>8} {'again':>6} {'median':>9} {'longest':>9} {'resident':>9}")
        for name, waits in self.waits.items():
            waits = sorted(waits) or [0.0]
            print(f"{name:26} {self.made[name]:>9} {len(self.waits[name]):>8} {self.again[name]:>6} "
                  f"{waits[len(waits) // 2] * 1000:>6.0f} ms {waits[-1] * 1000:>6.0f} ms "
                  f"{self.memory[name] / 1024:>5.1f} MiB", flush=True)


def free_port() -> int:
    """A port that no program gets that asks for any: the listener is down at times, and its senders go on."""
    while True:
        port = random.randrange(16_000, 32_000)
        with socket.socket() as stream:
            try:
                stream.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def left_behind(target: Target) -> list[str]:
    data = target.journal.parent
    found = [str(path) for path in data.iterdir() if path.name != "journal.db"]
    found += [str(path) for path in target.temporary.iterdir()]
    try:
        wire.connect(target.port, 1).close()
        found.append(f"something listens on port {target.port}")
    except OSError:
        pass
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--default-binary", type=Path)
    parser.add_argument("--binary", type=Path, help="the program")
    parser.add_argument("--minutes", type=float, default=0.5, help="time for all phases together")
    parser.add_argument("--memory", type=int, help="the most MiB of resident memory; only meaningful for a release")
    given = parser.parse_args()
    raise_descriptors()
    # A shell has what runs in its background ignore these, and the program respects that.
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    binary = (given.binary or given.default_binary).resolve()
    work = Path(tempfile.mkdtemp(prefix="mh-hook-endurance-"))
    ports = [free_port() for _ in range(3)]
    target = Target(binary, work, ports[0], ports[1:])
    total = given.minutes * 60
    seconds = max(2.0, min(20.0, total / len(PHASES) - 2))
    run = Run(target, seconds)
    started = [
        multiprocessing.Process(target=handlers.hung, args=(ports[1],), daemon=True),
        multiprocessing.Process(target=handlers.dying, args=(ports[2],), daemon=True),
    ]
    target.start()
    started.append(multiprocessing.Process(target=genuine, args=(ports[0], run.phase, run.pause, run.begun, run.results), daemon=True))
    for process in started:
        process.start()
    end = time.monotonic() + total
    try:
        rounds = 0
        while rounds == 0 or time.monotonic() < end:
            rounds += 1
            for at, name in enumerate(PHASES):
                run.attack(at, name)
            if rounds % 5 == 0:
                run.report()
        run.finish()
        descriptors = target.descriptors()
        code, took = target.end(signal.SIGTERM)
    finally:
        for process in started:
            process.kill()
        if target.process.poll() is None:
            target.process.kill()
    run.collect()
    run.report()
    if code != 0:
        run.problems.append(f"SIGTERM ended it with {code} after {took:.1f} s")
    if descriptors > 64:
        run.problems.append(f"{descriptors} descriptors are open at rest")
    slow = sum(wait > LIMIT for waits in run.waits.values() for wait in waits)
    if slow:
        run.problems.append(f"{slow} genuine deliveries waited for longer than {LIMIT:.0f} s")
    run.problems += [f"left behind: {what}" for what in left_behind(target)]
    missing = set(run.jobs) - target.kept()
    if missing:
        run.problems.append(f"{len(missing)} of {len(run.jobs)} answered deliveries are not kept: {sorted(missing)[:5]}")
    memory = max(run.memory.values()) / 1024
    if given.memory and memory > given.memory:
        run.problems.append(f"{memory:.1f} MiB were resident, more than {given.memory}")
    print(f"{rounds} rounds, {target.starts} starts, at most {memory:.1f} MiB resident, {descriptors} descriptors at rest")
    for problem in run.problems:
        print(f"failed: {problem}")
    if run.problems:
        print(f"see {work}")
        print(f"{len(run.jobs)} passed, {len(run.problems)} failed")
        return 1
    shutil.rmtree(work)
    print(f"{len(run.jobs)} passed, 0 failed")
    return 0


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    sys.exit(main())
