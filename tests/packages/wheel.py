"""The wheel, as someone who writes Python uses it."""

import subprocess
import sys
import time
import zipfile

from tally import OUT, ROOT, clean_environment, fresh, must, proves, run


def the_wheel():
    return next((OUT / "wheels").glob("*.whl"))


def check(tally, tools):
    wheel = the_wheel()
    print(f"        {wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")
    metadata(tally, tools, wheel)
    contents(tally, wheel)
    installed(tally, wheel)
    with_uv(tally, tools, wheel)


def metadata(tally, tools, wheel):
    tally.record((done := run(tools / "twine", "check", "--strict", wheel)).code == 0, "wheel: twine check", done)
    # W005: a wheel without a Python package at its top is what a program alone is.
    done = run(tools / "check-wheel-contents", "--ignore", "W007,W008,W009", wheel)
    tally.record(done.code == 0, "wheel: check-wheel-contents", done)
    done = run(tools / "auditwheel", "show", wheel)
    tally.record('"manylinux_2_17_x86_64"' in done.text.replace("aarch64", "x86_64"), "wheel: runs on glibc 2.17", done)


def contents(tally, wheel):
    content = zipfile.ZipFile(wheel)
    names = content.namelist()
    for ending in ["scripts/mh-hook", "licenses/LICENSE", "licenses/THIRD-PARTY.txt", "mh-hook.cyclonedx.json"]:
        tally.record(any(name.endswith(ending) for name in names), f"wheel: has {ending}", names)
    named = [name for name in names if str(ROOT).encode() in content.read(name)]
    tally.record(not named, "wheel: names no folder of the machine that built it", named)


def installed(tally, wheel):
    folder = fresh("venv")
    must(sys.executable, "-m", "venv", folder)
    before = sorted(path.name for path in (folder / "bin").iterdir())
    started = time.monotonic()
    must(folder / "bin" / "pip", "install", "--quiet", "--no-index", "--no-deps", wheel)
    print(f"        installed in {time.monotonic() - started:.1f} s")
    environment = clean_environment(folder, f"{folder / 'bin'}:/usr/bin:/bin")
    proves(tally, "wheel in a virtual environment", folder / "bin" / "mh-hook", environment, folder)
    done = run(folder / "bin" / "mh-hook", "--version", "-v", env=environment)
    tally.record("commit  unknown" not in done.text and "commit  " in done.text, "wheel: the program names its commit", done)
    must(folder / "bin" / "pip", "uninstall", "--quiet", "--yes", "mh-hook")
    left = [str(path) for path in folder.rglob("*mh*hook*")] + [
        name for name in (path.name for path in (folder / "bin").iterdir()) if name not in before
    ]
    tally.record(not left, "wheel: nothing is left after pip uninstall", left)


def with_uv(tally, tools, wheel):
    home = fresh("uv")
    environment = clean_environment(home)
    command = [tools / "uvx", "--offline", "--no-config", "--python", sys.executable, "--from", wheel, "mh-hook"]
    done = run(*command, "events", env=environment, cwd=home)
    tally.record(done.code == 0 and "video.completed" in done.text, "wheel: uvx --from WHEEL mh-hook events", done)
    done = run(*command, "send", "video.completed", "--to", "http://127.0.0.1:9/", env=environment, cwd=home)
    tally.record(done.code == 4, "wheel: uvx passes exit code 4 on", done)
