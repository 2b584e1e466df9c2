#!/usr/bin/env python3
"""Builds every package and uses it as a stranger would.

    tests/packages/run [STEP ...]      all steps: build wheel npm debian shells action lint
    tests/packages/run reproduce       not among them: two more builds, in two folders

What it needs from PyPI and npm comes at pinned versions and stays below target/packages/; what it needs from Debian (debootstrap,
fish, lintian, mandoc, rpm, zsh) is installed if it is missing, which takes root. The last line reads `N passed, N failed`.
"""

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / ".github" / "packages")]

from tally import OUT, PACKAGES, Tally, must  # noqa: E402

STEPS = ["wheel", "npm", "debian", "shells", "action", "lint"]
PROGRAMS = {"debootstrap": "debootstrap", "fish": "fish", "lintian": "lintian", "man": "man-db", "mandoc": "mandoc", "rpm": "rpm", "zsh": "zsh"}


def install_programs():
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if not missing:
        return
    if os.geteuid() != 0:
        sys.exit(f"missing: {' '.join(missing)}; hint: install them as root, for example with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    must("apt-get", "update", "-qq", env=environment)
    must("apt-get", "install", "-qq", "--no-install-recommends", *missing, env=environment)


def python_tools():
    """A virtual environment with the pinned tools; made again when the lists change."""
    lists = [PACKAGES / "requirements.txt", HERE / "requirements.txt"]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in lists)).hexdigest()
    folder = OUT / "python"
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(folder, ignore_errors=True)
        must(sys.executable, "-m", "venv", folder)
        options = [word for file in lists for word in ("--requirement", file)]
        must(folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *options)
        stamp.write_text(digest)
    return folder / "bin"


def build_packages(tools):
    subprocess.run([tools / "python", PACKAGES / "build.py"], check=True)


def main():
    wanted = sys.argv[1:] or ["build", *STEPS]
    OUT.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    tally.step("programs and tools", lambda _: install_programs())
    tools = python_tools()
    if "build" in wanted:
        tally.step("build", lambda _: build_packages(tools))
    for name in [*STEPS, "reproduce"]:
        if name in wanted:
            tally.step(name, lambda tally, name=name: importlib.import_module(name).check(tally, tools))
    for name, seconds in tally.times:
        print(f"        {name:20} {seconds:6.1f} s")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
