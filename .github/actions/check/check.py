#!/usr/bin/env python3
"""The work of the action: starts the handler, waits for it, checks it, and reports to GitHub.

Everything comes from the environment (see action.yml), and nothing of it is pasted into a command line by a template. Needs only
Python's standard library. Exits as `mh-hook check` does; 3 when the handler or the program cannot be had.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

SETUP_FAILED = 3
WORST_FIRST = "FEDCBA"


def given(name):
    return os.environ.get(f"CHECK_{name}", "")


def command(name, message, **properties):
    """A workflow command; line breaks and percent signs are written as GitHub reads them."""
    data = str(message).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    escape = lambda text: str(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    fields = ",".join(f"{key}={escape(value)}" for key, value in properties.items())
    print(f"::{name}{' ' if fields else ''}{fields}::{data}", flush=True)


def append(variable, text):
    """Adds to one of the files that GitHub reads after the step; elsewhere there is none."""
    if os.environ.get(variable):
        with open(os.environ[variable], "a", encoding="utf-8") as file:
            file.write(text)


def give_up(message):
    command("error", message, title="mh-hook check")
    sys.exit(SETUP_FAILED)


def program(folder):
    """The program: the one that is given, or the exact version from PyPI in an environment of its own."""
    if given("PROGRAM"):
        return given("PROGRAM")
    environment = Path(folder) / "mh-hook"
    venv.create(environment, with_pip=True)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    pip = [scripts / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
    if subprocess.run([*pip, f"mh-hook=={given('VERSION')}"], check=False).returncode != 0:
        give_up(f"cannot install mh-hook {given('VERSION')} from PyPI")
    return str(scripts / "mh-hook")


def secret(mh_hook):
    """The secret that handler and suite share. It is masked before anything could print it."""
    text = given("SECRET")
    if not text:
        text = subprocess.run([mh_hook, "secret", "show"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    command("add-mask", text)
    return text


@contextlib.contextmanager
def handler(environment, log):
    """Runs the handler's start command with a shell; ends it, and what it started, on the way out."""
    if not given("START"):
        yield None
        return
    with open(log, "wb") as output:
        running = subprocess.Popen(
            given("START"),
            shell=True,
            cwd=given("DIRECTORY") or None,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield running
    finally:
        stop(running)
        print("::group::output of the handler")
        sys.stdout.flush()
        sys.stdout.buffer.write(Path(log).read_bytes())
        print("\n::endgroup::", flush=True)


def stop(running):
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(running.pid)], check=False, stdout=subprocess.DEVNULL)
        running.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(timeout=10)


def wait(running):
    """Polls until the handler answers anything at all."""
    url = given("WAIT_FOR") or given("URL")
    end = time.monotonic() + float(given("WAIT_SECONDS") or 60)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except (OSError, ValueError) as error:
            reason = error
        if running is not None and running.poll() is not None:
            give_up(f"the handler ended before it was ready, with exit code {running.returncode}")
        if time.monotonic() > end:
            give_up(f"the handler does not answer at {url}: {reason}")
        time.sleep(0.2)


def check(mh_hook, environment):
    """Runs the suite: its exit code and its records."""
    words = [mh_hook, "check", given("URL"), "--format", "json", "--quiet"]
    for option, name in [("--level", "LEVEL"), ("--fail-on", "FAIL_ON"), ("--only", "ONLY"), ("--skip", "SKIP"), ("--junit", "JUNIT")]:
        if given(name):
            words += [f"{option}={given(name)}"]
    done = subprocess.run(words, env=environment, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def annotate(findings, fail_on):
    """One annotation for each broken rule: an error where it fails the step, else a warning."""
    failing = {"must"} if fail_on != "should" else {"must", "should"}
    for finding in findings:
        if finding["outcome"] == "fail":
            advice = [finding["rule"], finding.get("why"), finding.get("fix"), finding.get("reproduce")]
            kind = "error" if finding["level"] in failing else "warning"
            command(kind, "\n".join(text for text in advice if text), title=f"{finding['id']} ({finding['level']})")
    return sum(finding["outcome"] == "fail" and finding["level"] in failing for finding in findings)


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def summary(findings, groups, code):
    """A table of the groups, and one of what is broken."""
    lines = [f"### mh-hook check: {'passed' if code == 0 else 'failed'}", "", "| group | grade | must | should |", "| --- | --- | --- | --- |"]
    for group in groups:
        held = [f"{group[level]['held']} of {group[level]['of']}" for level in ("must", "should")]
        lines.append(f"| {cell(group['group'])} | {group['grade']} | {held[0]} | {held[1]} |")
    broken = [finding for finding in findings if finding["outcome"] == "fail"]
    if broken:
        lines += ["", "| broken | level | rule | answered |", "| --- | --- | --- | --- |"]
        lines += [f"| `{f['id']}` | {f['level']} | {cell(f['rule'])} | {cell(f.get('answered') or 'nothing')} |" for f in broken]
    append("GITHUB_STEP_SUMMARY", "\n".join([*lines, ""]))


def main():
    with tempfile.TemporaryDirectory() as folder:
        mh_hook = program(folder)
        environment = {**os.environ, "MAGIC_HOUR_WEBHOOK_SECRET": secret(mh_hook)}
        with handler(environment, Path(folder) / "handler.log") as running:
            wait(running)
            code, records = check(mh_hook, environment)
    findings = [record for record in records if record["record"] == "finding"]
    groups = next((record["groups"] for record in records if record["record"] == "summary"), [])
    # A group of which no case was asked for has no grade.
    groups = [group for group in groups if group["grade"]]
    failed = annotate(findings, given("FAIL_ON"))
    summary(findings, groups, code)
    grade = min((group["grade"] for group in groups), key=WORST_FIRST.index, default="")
    append("GITHUB_OUTPUT", f"grade={grade}\nfailed={failed}\njunit={given('JUNIT')}\n")
    print(f"grade {grade or '-'}, {failed} broken rules that fail the step")
    return code


if __name__ == "__main__":
    sys.exit(main())
