"""Counting what holds, and running programs whose output is wanted."""

import os
import shutil
import subprocess
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = ROOT / ".github" / "packages"
TARGET_DIR = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OUT = TARGET_DIR / "packages"
WORK = OUT / "work"
SECONDS = 600


class Tally:
    """A line for each check, and the time that each step takes."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.times = []

    def record(self, holds, what, seen=""):
        if holds:
            self.passed += 1
            print(f"ok      {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  {what}{': ' if seen else ''}{seen}", flush=True)

    def step(self, name, work):
        started = time.monotonic()
        print(f"\n-- {name}", flush=True)
        try:
            work(self)
        except Exception:  # noqa: BLE001: whatever it is, the other steps still have something to say
            self.record(False, f"{name}: goes through to its end", traceback.format_exc())
        self.times.append((name, time.monotonic() - started))


class Done:
    """How a program ended: its exit code (128 and more for a signal, as a shell has it) and all that it printed."""

    def __init__(self, code, text):
        self.code = code if code >= 0 else 128 - code
        self.text = text

    def __str__(self):
        return f"exit {self.code}\n{self.text}"


def run(*command, **options):
    """Runs a program with an empty environment of its own, unless one is given."""
    options.setdefault("timeout", SECONDS)
    options.setdefault("stdin", subprocess.DEVNULL)
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    return Done(done.returncode, done.stdout.decode(errors="replace"))


def must(*command, **options):
    """Runs what has to work for the checks to make sense."""
    done = run(*command, **{"timeout": 1200, **options})
    if done.code != 0:
        sys.exit(f"{' '.join(str(word) for word in command)}: {done}")
    return done.text


def fresh(name):
    """An empty folder."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def clean_environment(home, path=None):
    """Nothing of the caller's but where programs are; a home of its own."""
    return {"HOME": str(home), "PATH": str(path or os.environ["PATH"]), "LANG": "C.UTF-8"}


def proves(tally, what, program, environment, cwd):
    """The installed program does its work: a whole integration, offline."""
    done = run(program, "e2e", "--image", "--sandbox", env=environment, cwd=cwd)
    tally.record(done.code == 0 and "passed in the embedded sandbox" in done.text, f"{what}: mh-hook e2e --image", done)
