"""The .deb in an old Debian of its own, and the .rpm in an empty root."""

import os
import shutil
from pathlib import Path

from tally import OUT, PACKAGES, ROOT, TARGET_DIR, fresh, must, run

import build

# The distribution before the last: its glibc is older than the one that this machine has.
SUITE = "bullseye"
FALLBACK = "bookworm"


def check(tally, tools):
    target = build.this_machine()
    version = build.crate()["version"]
    for packager in ["deb", "rpm"]:
        pack(packager, tools, target, version)
    package = next(OUT.glob("*.deb"))
    print(f"        {package.name}: {package.stat().st_size / 1e6:.2f} MB")
    lint(tally, package)
    in_a_chroot(tally, package)
    the_rpm(tally, next(OUT.glob("*.rpm")))


def pack(packager, tools, target, version):
    for old in OUT.glob(f"*.{packager}"):
        old.unlink()
    environment = {
        **os.environ,
        "VERSION": version,
        "ARCH": {"x64": "amd64", "arm64": "arm64"}[target["cpu"]],
        "PROGRAM": str(OUT / target["rust"] / "mh-hook"),
        "SHARE": str(OUT / "share"),
        "LICENSE": str(ROOT / "LICENSE"),
        "SOURCE_DATE_EPOCH": "315532800",
    }
    must(tools / "nfpm", "package", "--packager", packager, "--config", PACKAGES / "nfpm.yaml", "--target", OUT, env=environment)


# What lintian says of any package that stands outside of Debian, or that a program in Rust cannot have otherwise.
EXPECTED = ["bogus-mail-host-in-debian-changelog", "bogus-mail-host", "initial-upload-closes-no-bugs", "unknown-field", "embedded-library"]


def lint(tally, package):
    options = ["--no-cfg", "--fail-on", "error,warning", "--suppress-tags", ",".join(EXPECTED)]
    done = run("lintian", "--allow-root", *options, package, env={**os.environ, "LC_ALL": "C.UTF-8"})
    tally.record(done.code == 0, "deb: lintian", done)


def in_a_chroot(tally, package):
    """Installed, used and removed by an old Debian, which has nothing but its base."""
    base = TARGET_DIR / "debian" / "base"
    if not (base / "complete").exists():
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir(parents=True)
        make_base(base)
        (base / "complete").touch()
    root = fresh("chroot")
    must("cp", "-a", "--reflink=auto", f"{base}/.", root)
    glibc = run("chroot", root, "ldd", "--version").text.splitlines()[0]
    print(f"        {(root / 'etc/debian_version').read_text().strip()}, {glibc}")
    # What every installation has, and debootstrap leaves to the installer.
    (root / "etc" / "hosts").write_text("127.0.0.1 localhost\n::1 localhost ip6-localhost\n")
    shutil.copy(package, root / "mh-hook.deb")
    before = files(root)
    inside = lambda *words: run("chroot", root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", *words)
    done = inside("dpkg", "--install", "/mh-hook.deb")
    tally.record(done.code == 0, "deb: dpkg --install", done)
    done = inside("mh-hook", "e2e", "--image", "--sandbox")
    tally.record(done.code == 0 and "passed in the embedded sandbox" in done.text, "deb: mh-hook e2e --image", done)
    # The name goes through the look-up of this system's C library.
    done = inside("mh-hook", "send", "video.completed", "--to", "http://localhost:9/")
    tally.record(done.code == 4 and "refused" in done.text, "deb: localhost is looked up", done)
    for path in ["man/man1/mh-hook-listen.1.gz", "bash-completion/completions/mh-hook", "zsh/vendor-completions/_mh-hook",
                 "fish/vendor_completions.d/mh-hook.fish", "doc/mh-hook/copyright", "doc/mh-hook/THIRD-PARTY.txt.gz"]:
        tally.record((root / "usr/share" / path).is_file(), f"deb: installs {path}")
    done = inside("dpkg", "--purge", "mh-hook")
    tally.record(done.code == 0, "deb: dpkg --purge", done)
    left = sorted(path for path in files(root) - before if "mh-hook" in path and not path.startswith("root/"))
    tally.record(not left, "deb: nothing is left after dpkg --purge", left)


def make_base(base):
    for suite in [SUITE, FALLBACK]:
        done = run("debootstrap", "--variant=minbase", suite, base, timeout=600)
        if done.code == 0:
            return
        shutil.rmtree(base)
        base.mkdir()
    raise SystemExit(f"debootstrap: {done}")


def files(root):
    found = set()
    for folder, _, names in os.walk(root):
        if any(part in {"proc", "sys", "dev"} for part in Path(folder).relative_to(root).parts[:1]):
            continue
        found |= {str((Path(folder) / name).relative_to(root)) for name in names}
    return found


def the_rpm(tally, package):
    print(f"        {package.name}: {package.stat().st_size / 1e6:.2f} MB")
    listed = run("rpm", "--query", "--package", "--list", package)
    holds = all(path in listed.text for path in ["/usr/bin/mh-hook", "/usr/share/man/man1/mh-hook.1.gz", "/usr/share/zsh/site-functions/_mh-hook"])
    tally.record(listed.code == 0 and holds, "rpm: lists what it installs", listed)
    root = fresh("rpm-root")
    done = run("rpm", "--root", root, "--install", "--nodeps", "--noscripts", package)
    tally.record(done.code == 0, "rpm: is installed into an empty root", done)
    done = run(root / "usr/bin/mh-hook", "--version")
    tally.record(done.code == 0, "rpm: its program runs", done)
