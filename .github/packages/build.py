#!/usr/bin/env python3
"""Builds the program and its wheel for one target, and what else goes into packages beside the program.

    .github/packages/build.py [TARGET]

TARGET is one of targets.json; without it, the glibc target of this machine. Everything goes below target/packages/:

    wheels/     the wheel, with the program, its notices and its list of dependencies
    TARGET/     the program
    share/      manual pages, completions, notices, changelog

For Linux, zig links against glibc 2.17, whatever glibc this machine has. Needs the packages of requirements.txt on PATH (or in
the virtual environment that runs this), Rust, and cargo-auditable, which is installed below target/tools/ at a pinned version.
"""

import base64
import gzip
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET_DIR = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OUT = TARGET_DIR / "packages"
CARGO_AUDITABLE = "0.7.7"
# The profile of Cargo.toml for programs that are downloaded: smaller than `release`, and slower to build.
PROFILE = "dist"


def run(command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def output(command, **options):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def targets():
    return json.loads((HERE / "targets.json").read_text())


def this_machine():
    """The target of the machine that builds."""
    cpu = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64", "ARM64": "arm64"}[platform.machine()]
    return next(each for each in targets() if each["os"] == sys.platform and each["cpu"] == cpu and each.get("libc") != "musl")


def crate():
    """Our own package, as `cargo metadata` describes it; the text is kept for the npm packages."""
    text = output(["cargo", "metadata", "--locked", "--no-deps", "--format-version=1"], cwd=ROOT)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "metadata.json").write_text(text)
    return next(package for package in json.loads(text)["packages"] if package["name"] == "mh-hook")


def auditable_cargo():
    """A folder whose `cargo` also writes the list of dependencies into the program, which `cargo audit bin` reads."""
    tools = TARGET_DIR / "tools"
    program = tools / "bin" / "cargo-auditable"
    marker = tools / f".cargo-auditable-{CARGO_AUDITABLE}"
    if not (program.exists() and marker.exists()):
        run(["cargo", "install", "cargo-auditable", "--version", CARGO_AUDITABLE, "--locked", "--quiet", "--root", tools])
        marker.touch()
    if sys.platform == "win32":
        return None
    folder = OUT / "cargo"
    shutil.rmtree(folder, ignore_errors=True)
    write_script(folder / "cargo", f'CARGO="{folder}/renamed/cargo" exec "{program}" auditable "$@"')
    # Cargo takes the name of this wrapper into the hash of our crates, and the hash decides the order of what is in the program:
    # its path would make the bytes depend on the folder, its bare name does not.
    environment = f'RUSTC_WORKSPACE_WRAPPER=cargo-auditable PATH="{program.parent}:$PATH"'
    write_script(folder / "renamed" / "cargo", f'{environment} exec "{shutil.which("cargo")}" "$@"')
    return folder


def write_script(path, line):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def commit():
    """The commit that is built; empty outside of a checkout, or where files differ from it."""
    try:
        changed = output(["git", "status", "--porcelain", "--untracked-files=no"], cwd=ROOT, stderr=subprocess.DEVNULL).strip()
        head = output(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head}, changed" if changed else head


def build(target):
    """The program and its wheel. Paths of this machine stay out of it, so its bytes do not depend on the folder."""
    folder = auditable_cargo()
    here = Path(sys.executable).parent
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join(str(part) for part in [folder, here, os.environ["PATH"]] if part)
    environment["CARGO_TARGET_DIR"] = str(TARGET_DIR)
    cargo_home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    prefixes = [(cargo_home, "/cargo"), (ROOT, "/mh-hook"), (TARGET_DIR, "/target")]
    environment["RUSTFLAGS"] = " ".join(f"--remap-path-prefix={path}={name}" for path, name in prefixes)
    # What C code says of its own place, by __FILE__, in any of the compilers.
    environment["CFLAGS"] = " ".join(f"-ffile-prefix-map={path}={name}" for path, name in prefixes) if folder else ""
    # The wheel is built in another folder, where Cargo does not find this file.
    for name, setting in tomllib.loads((ROOT / ".cargo/config.toml").read_text())["env"].items():
        environment.setdefault(name, setting["value"])
    environment["SOURCE_DATE_EPOCH"] = "315532800"
    revision = commit()
    environment.pop("MH_HOOK_COMMIT", None)
    if revision:
        environment["MH_HOOK_COMMIT"] = revision
    command = ["maturin", "build", "--profile", PROFILE, "--locked", "--target", target["rust"], "--out", OUT / "wheels"]
    if target["os"] == "linux":
        command += ["--zig", "--compatibility", target["wheel"]]
    shutil.rmtree(OUT / "wheels", ignore_errors=True)
    run(command, cwd=staged_project(), env=environment)
    for wheel in (OUT / "wheels").glob("*.whl"):
        without_folder(wheel)
    name = "mh-hook.exe" if target["os"] == "win32" else "mh-hook"
    destination = OUT / target["rust"] / name
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(TARGET_DIR / target["rust"] / PROFILE / name, destination)
    return destination


def without_folder(wheel):
    """Names the project's folder `/mh-hook` in a wheel's list of dependencies, which maturin fills with the folder of the build."""
    with zipfile.ZipFile(wheel) as content:
        members = [(info, content.read(info)) for info in content.infolist()]
    record = {}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as content:
        for info, data in members:
            if info.filename.endswith(".cyclonedx.json"):
                data = data.replace(ROOT.resolve().as_uri().encode(), b"file:///mh-hook")
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                record[info.filename] = f"{info.filename},sha256={digest},{len(data)}"
            elif info.filename.endswith("/RECORD"):
                lines = data.decode().splitlines()
                data = "".join(record.get(line.rsplit(",", 2)[0], line) + "\n" for line in lines).encode()
            content.writestr(info, data)


def staged_project():
    """The Python project, with the files that a wheel carries beside its pyproject.toml."""
    folder = OUT / "pypi"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    text = (HERE / "pypi" / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(text.replace("../../../Cargo.toml", (ROOT / "Cargo.toml").as_posix()))
    shutil.copy(ROOT / "LICENSE", folder)
    shutil.copy(ROOT / "src/commands/licenses/THIRD-PARTY.txt", folder)
    return folder


def share(program):
    """Manual pages, completions and texts, as packages of the system carry them."""
    folder = OUT / "share"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run([program, "man", folder / "man"])
    for page in sorted((folder / "man").iterdir()):
        page.with_name(f"{page.name}.gz").write_bytes(gzip.compress(page.read_bytes(), 9, mtime=0))
        page.unlink()
    for shell, name in [("bash", "mh-hook"), ("zsh", "_mh-hook"), ("fish", "mh-hook.fish")]:
        (folder / "completions").mkdir(exist_ok=True)
        (folder / "completions" / name).write_text(output([program, "completions", shell]))
    for name, source in [("CHANGELOG.md.gz", "CHANGELOG.md"), ("THIRD-PARTY.txt.gz", "src/commands/licenses/THIRD-PARTY.txt")]:
        (folder / name).write_bytes(gzip.compress((ROOT / source).read_bytes(), 9, mtime=0))
    (folder / "changelog.gz").write_bytes(gzip.compress(debian_changelog().encode(), 9, mtime=0))
    licence = "".join(f" {line}\n" if line else " .\n" for line in (ROOT / "LICENSE").read_text().splitlines())
    (folder / "copyright").write_text(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: mh-hook\n"
        "Comment: the notices of linked crates are in THIRD-PARTY.txt.gz\n\n"
        f"Files: *\nCopyright: {copyright_line()}\nLicense: Expat\n{licence}"
    )


def debian_changelog():
    """The changelog in the form that Debian's tools read: what changed is in CHANGELOG.md.gz."""
    try:
        date = output(["git", "log", "-1", "--format=%cD"], cwd=ROOT, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        date = "Tue, 01 Jan 1980 00:00:00 +0000"
    maintainer = "mh-hook contributors <mh-hook@localhost.invalid>"
    return f"mh-hook ({crate()['version']}) unstable; urgency=medium\n\n  * CHANGELOG.md.gz has the changes.\n\n -- {maintainer}  {date}\n"


def copyright_line():
    lines = (ROOT / "LICENSE").read_text().splitlines()
    line = next(line for line in lines if line.lower().startswith("copyright"))
    return line.split(")", 1)[-1].strip()


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else this_machine()["rust"]
    target = next((each for each in targets() if each["rust"] == wanted), None)
    if target is None:
        sys.exit(f"no target is called '{wanted}'; targets.json has them")
    crate()
    program = build(target)
    if target == this_machine():
        share(program)
    print(program)


if __name__ == "__main__":
    main()
