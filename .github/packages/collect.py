#!/usr/bin/env python3
"""Makes what a release consists of, from what build.py left for each target.

    .github/packages/collect.py ARTIFACTS OUT

ARTIFACTS has a folder for each target, with wheels/, TARGET/ and, once, share/. OUT gets:

    wheels/     for PyPI
    npm/        for the npm registry: the launcher, and a package for each target
    release/    archives, .deb, .rpm, SHA256SUMS, a Homebrew formula and a Scoop manifest
    image/      what the Dockerfile copies

The formula and the manifest name the address that Cargo.toml has as `repository`; without one they are left out, and said to be.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

from build import HERE, OUT, ROOT, crate, run, targets

EPOCH = 315532800


def found(artifacts, pattern):
    return sorted(artifacts.rglob(pattern))


def program(artifacts, target):
    name = "mh-hook.exe" if target["os"] == "win32" else "mh-hook"
    return next((path for path in found(artifacts, f"{target['rust']}/{name}") if path.is_file()), None)


def archive_name(version, target):
    return f"mh-hook-{version}-{target['rust']}.{'zip' if target['os'] == 'win32' else 'tar.gz'}"


def archive(file, target, binary, share):
    """The program with manual pages, completions and licences; the same bytes from the same content."""
    folder = file.name.removesuffix(".zip").removesuffix(".tar.gz")
    members = [(binary.name, binary, 0o755), ("LICENSE", ROOT / "LICENSE", 0o644), ("README.md", ROOT / "README.md", 0o644)]
    members.append(("THIRD-PARTY.txt", ROOT / "src/commands/licenses/THIRD-PARTY.txt", 0o644))
    members += [(f"share/{path.relative_to(share)}", path, 0o644) for path in sorted(share.rglob("*")) if path.is_file()]
    if target["os"] == "win32":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
            for name, source, _ in members:
                out.writestr(zipfile.ZipInfo(f"{folder}/{name}", (1980, 1, 1, 0, 0, 0)), source.read_bytes(), zipfile.ZIP_DEFLATED)
        return
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as out:
        for name, source, mode in members:
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size, info.mode, info.mtime = source.stat().st_size, mode, EPOCH
            with source.open("rb") as content:
                out.addfile(info, content)
    file.write_bytes(gzip.compress(plain.getvalue(), 9, mtime=0))


def system_packages(artifacts, release, share, version):
    for target in targets():
        binary = program(artifacts, target)
        if target.get("libc") != "glibc" or binary is None:
            continue
        for packager in ["deb", "rpm"]:
            environment = {**os.environ, **nfpm_variables(target, binary, share, version)}
            run(["nfpm", "package", "--packager", packager, "--config", HERE / "nfpm.yaml", "--target", release], env=environment)


def nfpm_variables(target, binary, share, version):
    """What nfpm.yaml takes from the environment."""
    architecture = {"x64": "amd64", "arm64": "arm64"}[target["cpu"]]
    paths = {"PROGRAM": binary, "SHARE": share, "LICENSE": ROOT / "LICENSE"}
    return {"VERSION": version, "ARCH": architecture, "SOURCE_DATE_EPOCH": str(EPOCH)} | {key: str(path) for key, path in paths.items()}


def npm(artifacts, out):
    programs = [(target["npm"], program(artifacts, target)) for target in targets()]
    given = [f"{name}={path.resolve()}" for name, path in programs if path is not None]
    run(["node", HERE / "npm" / "assemble.mjs", OUT / "npm", OUT / "metadata.json", *given])
    out.mkdir(parents=True)
    for folder in sorted(path for path in (OUT / "npm").iterdir() if path.is_dir()):
        run(["npm", "pack", "--silent", "--pack-destination", out.resolve()], cwd=folder)


def image(artifacts, out):
    for target in targets():
        binary = program(artifacts, target)
        if target.get("libc") == "musl" and binary is not None:
            folder = out / {"x64": "amd64", "arm64": "arm64"}[target["cpu"]]
            folder.mkdir(parents=True)
            shutil.copy2(binary, folder / "mh-hook")
    image_files(out)


def image_files(out):
    """What the image has besides the program: the roots of TLS, a user without rights, and an empty folder."""
    (out / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", out / "etc/ssl/certs")
    (out / "etc/passwd").write_text("mh-hook:x:65532:65532::/data:/sbin/nologin\n")
    (out / "data").mkdir(exist_ok=True)


def dependency_lists(artifacts, release, version):
    """The wheels' lists of dependencies, as files of their own."""
    for target in targets():
        for wheel in found(artifacts, f"{target['rust']}/wheels/*.whl"):
            with zipfile.ZipFile(wheel) as content:
                name = next(name for name in content.namelist() if name.endswith(".cyclonedx.json"))
                (release / f"mh-hook-{version}-{target['rust']}.cyclonedx.json").write_bytes(content.read(name))


def checksums(release):
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(release.iterdir())}
    (release / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in digests.items()))
    return digests


def formula(package, digests):
    """The formula for Homebrew."""
    base = f"{package['repository']}/releases/download/v{package['version']}"

    def block(system, cpu, rust):
        name = f"mh-hook-{package['version']}-{rust}.tar.gz"
        return f"    {cpu} do\n      url \"{base}/{name}\"\n      sha256 \"{digests.get(name, '')}\"\n    end\n"

    systems = [("on_macos", "apple-darwin"), ("on_linux", "unknown-linux-gnu")]
    text = "".join(
        f"  {system} do\n{block(system, 'on_arm', f'aarch64-{name}')}{block(system, 'on_intel', f'x86_64-{name}')}  end\n\n"
        for system, name in systems
    )
    return (
        f"class MhHook < Formula\n  desc \"{package['description']}\"\n  homepage \"{package['repository']}\"\n"
        f"  license \"{package['license']}\"\n\n{text}  def install\n    bin.install \"mh-hook\"\n"
        "    man1.install Dir[\"share/man/*.1.gz\"]\n    bash_completion.install \"share/completions/mh-hook\"\n"
        "    zsh_completion.install \"share/completions/_mh-hook\"\n    fish_completion.install \"share/completions/mh-hook.fish\"\n"
        "  end\n\n  test do\n    system bin/\"mh-hook\", \"e2e\", \"--image\", \"--sandbox\"\n  end\nend\n"
    )


def manifest(package, digests):
    """The manifest for Scoop."""
    base = f"{package['repository']}/releases/download/v{package['version']}"
    cpus = [("64bit", "x86_64-pc-windows-msvc"), ("arm64", "aarch64-pc-windows-msvc")]
    names = {cpu: f"mh-hook-{package['version']}-{rust}.zip" for cpu, rust in cpus}
    architecture = {
        cpu: {"url": f"{base}/{name}", "hash": digests.get(name, ""), "extract_dir": name.removesuffix(".zip")} for cpu, name in names.items()
    }
    fields = {key: package[key] for key in ["version", "description", "license"]}
    return json.dumps({**fields, "homepage": package["repository"], "architecture": architecture, "bin": "mh-hook.exe"}, indent=2)


def main():
    artifacts, out = Path(sys.argv[1]), Path(sys.argv[2])
    package = crate()
    share = next(iter(found(artifacts, "share")))
    release = out / "release"
    release.mkdir(parents=True)
    for target in targets():
        binary = program(artifacts, target)
        if binary is None:
            print(f"no program for {target['rust']}", file=sys.stderr)
            continue
        archive(release / archive_name(package["version"], target), target, binary, share)
    system_packages(artifacts, release, share.resolve(), package["version"])
    dependency_lists(artifacts, release, package["version"])
    (out / "wheels").mkdir()
    for wheel in found(artifacts, "*.whl"):
        shutil.copy2(wheel, out / "wheels")
    npm(artifacts, out / "npm")
    image(artifacts, out / "image")
    digests = checksums(release)
    if package["repository"]:
        (release / "mh-hook.rb").write_text(formula(package, digests))
        (release / "mh-hook.json").write_text(manifest(package, digests))
    else:
        print("no `repository` in Cargo.toml: no Homebrew formula and no Scoop manifest", file=sys.stderr)


if __name__ == "__main__":
    main()
