"""A soak: a mixed load with faults, handlers that restart, pruning and a reader; every answered delivery is accounted for."""

import argparse
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import attacks
import handlers
import load
from endurance import free_port, left_behind
from target import Target, raise_descriptors

SENDERS = 4
FAULTS = [attacks.garbage, attacks.slow_heads, attacks.slow_bodies, attacks.forged_deep, attacks.unread_answers]

# The newest deliveries, which pruning leaves.
KEEP = 20_000


class Soak:
    def __init__(self, target: Target) -> None:
        self.target = target
        self.accounted: dict[str, str] = {}
        self.samples: list[tuple[int, int]] = []
        self.problems: list[str] = []
        self.reads = self.prunes = 0

    def run(self, *words: str) -> None:
        command = [str(self.target.binary), *words]
        done = subprocess.run(command, env=self.target.environment(), cwd=self.target.home, capture_output=True, timeout=120)
        if done.returncode != 0:
            self.problems.append(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.decode()[:200]}")

    def account(self) -> None:
        self.accounted |= load.kept(self.target.binary, self.target.environment(), self.target.home)

    def sample(self) -> None:
        status = Path(f"/proc/{self.target.process.pid}/status").read_text()
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
        self.samples.append((resident, len(os.listdir(f"/proc/{self.target.process.pid}/fd"))))

    def go_on(self, seconds: float) -> None:
        """Reads and samples every two seconds; accounts for what is there and prunes ten times altogether."""
        begun = time.monotonic()
        while (elapsed := time.monotonic() - begun) < seconds:
            self.run("history", "--last", "20", "--format", "json")
            self.reads += 1
            self.sample()
            if elapsed > (self.prunes + 1) * seconds / 10:
                self.account()
                self.run("history", "prune", "--keep", str(KEEP))
                self.prunes += 1
            if self.target.process.poll() is not None:
                self.problems.append(f"the listener ended with {self.target.process.returncode}")
                return
            time.sleep(2)

    def judge_growth(self) -> str:
        """Compares the last third with the second: the first is for warming up."""
        third = max(1, len(self.samples) // 3)
        before, after = self.samples[third : 2 * third], self.samples[2 * third :]
        grown = [max(column) for column in zip(*before)], [max(column) for column in zip(*after)]
        (memory, descriptors), (more_memory, more_descriptors) = grown
        if more_memory > memory + 4096:
            self.problems.append(f"memory grew from {memory / 1024:.1f} to {more_memory / 1024:.1f} MiB")
        if more_descriptors > descriptors + 32:
            self.problems.append(f"descriptors grew from {descriptors} to {more_descriptors}")
        return (f"{memory / 1024:.1f} MiB resident and {descriptors} descriptors at most in the second third, "
                f"{more_memory / 1024:.1f} MiB and {more_descriptors} in the last")


def main() -> int:
    parser = argparse.ArgumentParser(prog="run soak")
    parser.add_argument("--default-binary", type=Path)
    parser.add_argument("--binary", type=Path, help="the program")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=1000, help="genuine deliveries a second, at most")
    given = parser.parse_args()
    raise_descriptors()
    work = Path(tempfile.mkdtemp(prefix="mh-hook-soak-"))
    port, dying, steady = free_port(), free_port(), free_port()
    target = Target((given.binary or given.default_binary).resolve(), work, port, [dying, steady])
    records = [work / f"sent-{at}" for at in range(SENDERS)]
    makers = [(handlers.dying, (dying,)), (load.handler, (steady, work / "handled"))]
    makers += [(load.sender, (port, f"{at}x", given.rate / SENDERS, record)) for at, record in enumerate(records)]
    makers += [(fault, (port, multiprocessing.Value("q", 0))) for fault in FAULTS]
    started = [multiprocessing.Process(target=made, args=words, daemon=True) for made, words in makers]
    target.start()
    for process in started:
        process.start()
    soak = Soak(target)
    try:
        soak.go_on(given.minutes * 60)
        for process in started[2:]:
            process.kill()
            process.join()
        code, took = target.end(signal.SIGTERM)
    finally:
        for process in started:
            process.kill()
        if target.process.poll() is None:
            target.process.kill()
    soak.account()
    sent = list(load.answered(records))
    lost = [job for job, _, _ in sent if job not in soak.accounted]
    altered = [job for job, whole, _ in sent if job in soak.accounted and soak.accounted[job] != whole]
    if lost or altered:
        soak.problems.append(f"{len(lost)} answered deliveries lost, {len(altered)} altered: {lost[:3]} {altered[:3]}")
    unanswered = load.unanswered(records)
    if unanswered:
        soak.problems.append(f"{len(unanswered)} deliveries got no answer in time: {unanswered[:3]}")
    if code != 0 or took > 40:
        soak.problems.append(f"SIGTERM ended it with {code} after {took:.1f} s")
    soak.problems += [f"left behind: {what}" for what in left_behind(target)]
    growth = soak.judge_growth()
    print(f"{given.minutes:g} minutes, {len(sent)} deliveries answered 200 ({len(sent) / given.minutes / 60:.0f} a second), "
          f"{len(lost)} lost, {len(altered)} altered; {soak.reads} reads, {soak.prunes} prunings; {growth}")
    for problem in soak.problems:
        print(f"failed: {problem}")
    if soak.problems:
        print(f"see {work}")
    else:
        shutil.rmtree(work)
    print(f"{len(sent)} passed, {len(soak.problems)} failed")
    return int(bool(soak.problems))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    sys.exit(main())
