"""Two builds in two folders, byte for byte. Takes two whole builds, so it is no step that runs by itself."""

import hashlib
import os

import build
from tally import ROOT, fresh, must


def check(tally, tools):
    target = build.this_machine()
    digests = []
    for name in ["reproduce-one", "another-folder-of-another-length"]:
        folder = fresh(name) / "mh-hook"
        must("git", "clone", "--quiet", ROOT, folder)
        environment = {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"}
        must(tools / "python", folder / ".github/packages/build.py", env=environment, timeout=7200)
        packages = folder / "target/packages"
        files = [packages / target["rust"] / "mh-hook", *sorted((packages / "wheels").glob("*.whl"))]
        digests.append([(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files])
        print(f"        {digests[-1]}")
    tally.record(digests[0] == digests[1], "two builds in two folders give the same program and the same wheel", digests)
