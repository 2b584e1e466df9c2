"""Kills under load: every delivery that was answered is in the journal, and reached the handler, byte for byte."""

import argparse
import multiprocessing
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import load
from endurance import free_port
from target import Target, raise_descriptors

SENDERS = 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="run kills")
    parser.add_argument("--default-binary", type=Path)
    parser.add_argument("--binary", type=Path, help="the program")
    parser.add_argument("--kills", type=int, default=60)
    given = parser.parse_args()
    raise_descriptors()
    binary = (given.binary or given.default_binary).resolve()
    work = Path(tempfile.mkdtemp(prefix="mh-hook-kills-"))
    port, to = free_port(), free_port()
    target = Target(binary, work, port, [to])
    records = [work / f"sent-{at}" for at in range(SENDERS)]
    handled = work / "handled"
    started = [multiprocessing.Process(target=load.handler, args=(to, handled), daemon=True)]
    started += [
        multiprocessing.Process(target=load.sender, args=(port, f"{at}x", 10_000.0, record), daemon=True)
        for at, record in enumerate(records)
    ]
    target.start()
    for process in started:
        process.start()
    try:
        for _ in range(given.kills):
            time.sleep(random.uniform(0.2, 1.0))
            target.process.kill()
            target.process.wait()
            target.start()
        time.sleep(0.5)
        for process in started[1:]:
            process.kill()
            process.join()
        code, _ = target.end(signal.SIGTERM)
    finally:
        for process in started:
            process.kill()
        if target.process.poll() is None:
            target.process.kill()
    journal = load.kept(binary, target.environment(), target.home)
    at_handler = {tuple(line.split()) for line in handled.read_text().splitlines()}
    sent = list(load.answered(records))
    lost = [job for job, _, _ in sent if job not in journal]
    altered = [job for job, whole, _ in sent if job in journal and journal[job] != whole]
    unheard = [job for job, _, passed_on in sent if (job, passed_on) not in at_handler]
    with sqlite3.connect(target.journal) as database:
        sound = database.execute("PRAGMA integrity_check").fetchone()[0]
    print(f"{given.kills} kills, {len(sent)} deliveries answered 200: {len(lost)} lost, {len(altered)} altered in the journal, "
          f"{len(unheard)} not at the handler as they were sent; the journal is {sound}; the last run ended with {code}")
    failed = bool(lost or altered or unheard or sound != "ok" or code != 0 or len(sent) < 10 * given.kills)
    if failed:
        print(f"see {work}: {lost[:3]} {altered[:3]} {unheard[:3]}")
    else:
        shutil.rmtree(work)
    print(f"{len(sent)} passed, {int(failed)} failed")
    return int(failed)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    sys.exit(main())
