"""The GitHub Action's script and the recipes for CI, in the environment that the runners give them."""

import re
import shutil
import socket
import sys
import xml.etree.ElementTree as ElementTree

import yaml

import build
from tally import HERE, OUT, ROOT, clean_environment, fresh, must, run

SCRIPT = ROOT / ".github" / "actions" / "check" / "check.py"
ACTION = ROOT / ".github" / "actions" / "check" / "action.yml"
CI = ROOT / "src" / "commands" / "help" / "topics" / "ci.md"
GITLAB = ROOT / ".github" / "actions" / "check" / "gitlab.yml"
SECRET = "mhw_test_0123456789abcdefghijABCDEFGHIJ"
# A few cases are enough to see that the reports are right.
ONLY = "signature.*,accepts.video-completed"


def check(tally, tools):
    versions(tally)
    a_good_handler(tally, tools)
    a_broken_handler(tally)
    no_handler(tally)
    recipes(tally)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def inputs(folder, port, **given):
    """The environment of the action's step: its inputs with their defaults, and the files that GitHub reads afterwards."""
    action = yaml.safe_load(ACTION.read_text())
    step = action["runs"]["steps"][0]
    environment = clean_environment(folder)
    for variable, expression in step["env"].items():
        name = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", expression).group(1)
        environment[variable] = given.get(name.replace("-", "_"), action["inputs"][name]["default"])
    environment["CHECK_URL"] = given.get("url", f"http://127.0.0.1:{port}/webhook")
    for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]:
        environment[name] = str(folder / name.lower())
        (folder / name.lower()).write_text("")
    return environment


def program():
    return next(OUT.glob("*-linux-*/mh-hook"))


def versions(tally):
    """Nothing of what is pinned to a release may lag behind."""
    version = build.crate()["version"]
    action = yaml.safe_load(ACTION.read_text())
    tally.record(action["inputs"]["version"]["default"] == version, "action: installs the version of Cargo.toml")
    tally.record(f"mh-hook=={version}" in GITLAB.read_text(), "gitlab: installs the version of Cargo.toml")


def a_good_handler(tally, tools):
    """As a user has it: the program comes from the package index, here a folder with the wheel."""
    folder, port = fresh("action-good"), free_port()
    start = f"{sys.executable} {HERE / 'handler.py'} {port}"
    environment = inputs(folder, port, start=start, only=ONLY, junit="check.xml", secret=SECRET)
    environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(OUT / "wheels")}
    done = run(sys.executable, SCRIPT, env=environment, cwd=folder)
    outputs = dict(line.split("=", 1) for line in (folder / "github_output").read_text().splitlines())
    tally.record(done.code == 0 and "::error" not in done.text, "action: a good handler passes", done)
    tally.record((outputs["failed"], outputs["junit"]) == ("0", "check.xml"), "action: outputs of a good handler", outputs)
    tally.record(f"::add-mask::{SECRET}" in done.text and done.text.count(SECRET) == 1, "action: the secret is masked first", done)
    cases = ElementTree.parse(folder / "check.xml").getroot().iter("testcase")
    tally.record(len(list(cases)) > 5, "action: JUnit report")


def a_broken_handler(tally):
    folder, port = fresh("action-broken"), free_port()
    start = f"{sys.executable} {HERE / 'handler.py'} {port} broken"
    done = run(sys.executable, SCRIPT, env=inputs(folder, port, start=start, only=ONLY, program=str(program())), cwd=folder)
    outputs = dict(line.split("=", 1) for line in (folder / "github_output").read_text().splitlines())
    summary = (folder / "github_step_summary").read_text()
    errors = [line for line in done.text.splitlines() if line.startswith("::error title=")]
    tally.record(done.code == 1, "action: a broken handler fails the step", done)
    tally.record(errors and len(errors) == int(outputs["failed"]), "action: one annotation for each broken must", done)
    tally.record("### mh-hook check: failed" in summary and "| `signature." in summary, "action: a table in the summary", summary)
    tally.record(outputs["grade"] == "F", "action: the worst grade is an output", outputs)


def no_handler(tally):
    folder, port = fresh("action-none"), free_port()
    environment = inputs(folder, port, start="exit 9", program=str(program()))
    done = run(sys.executable, SCRIPT, env=environment, cwd=folder)
    tally.record(done.code == 3 and "ended before it was ready, with exit code 9" in done.text, "action: a handler that ends at once", done)
    environment = inputs(folder, port, wait_seconds="1", program=str(program()))
    done = run(sys.executable, SCRIPT, env=environment, cwd=folder)
    tally.record(done.code == 3 and "the handler does not answer at" in done.text, "action: a handler that never comes", done)


def recipes(tally):
    """The scripts of the recipes, as a runner puts them together: for a handler that is right, each ends well."""
    job = yaml.safe_load(GITLAB.read_text())["webhook-check"]
    recipe(tally, "gitlab.yml", job["script"], job["variables"])
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", CI.read_text(), re.DOTALL)]
    steps = [step["run"] for block in blocks if isinstance(block, list) for step in block if "run" in step]
    jobs = [block["webhook-check"]["script"] for block in blocks if isinstance(block, dict)]
    tally.record(len(steps) == len(jobs) == 1, "help ci: a recipe for GitHub and one for GitLab", blocks)
    recipe(tally, "help ci, GitHub", steps, {})
    recipe(tally, "help ci, GitLab", jobs[0], {})


def recipe(tally, name, script, variables):
    folder, port = fresh("recipe"), str(free_port())
    shutil.copy(HERE / "handler.py", folder / "webhook.py")
    must(sys.executable, "-m", "venv", folder / "venv")
    environment = clean_environment(folder, f"{folder / 'venv' / 'bin'}:/usr/bin:/bin")
    environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(OUT / "wheels")}
    environment |= {key: value.replace("8000", port) for key, value in variables.items()}
    lines = "\n".join(script).replace("8000", port) + "\nkill %1\n"
    done = run("bash", "-e", "-o", "pipefail", "-c", lines, env=environment, cwd=folder)
    tally.record(done.code == 0 and (folder / "check.xml").exists(), f"{name}: a good handler passes", done)
