"""Sending: the load mode of `send` beside wrk and oha, which send one body and sign nothing."""

import json
import shutil

from events import body_of, ordered, write_script
from measure import median, oha, wrk


def send(work, table, rounds, seconds):
    """Events a second to the bare server, over 16 and 64 connections."""
    script = write_script(work.folder / "one.lua", ordered, 1)
    body = body_of(ordered(1))
    process, url = work.bare()
    target = f"{url}/webhook"
    for connections in (16, 64):
        results = {"wrk": [], "oha": [], "send": []}
        for _ in range(rounds):
            results["wrk"].append(wrk(target, script, connections, seconds)["rate"])
            results["send"].append(load(work, target, connections, seconds))
            if shutil.which("oha"):
                results["oha"].append(oha(target, body, connections, seconds))
        for name in ("wrk", "oha"):
            title, own = f"send against {name}, {connections} connections", f"{median(results['send']):.0f}/s"
            if results[name]:
                ratio = median(mine / other for mine, other in zip(results["send"], results[name]))
                table.add(title, own, f"{median(results[name]):.0f}/s", ratio, least=1.0)
            else:
                table.add(title, own, f"{name} is not installed", None)
    work.stop(process)


def load(work, target, connections, seconds):
    arguments = ["send", "video.completed", "--duration", f"{seconds}s", "--concurrency", connections, "--to", target]
    record = json.loads(work.run([work.program, *arguments, "--format", "json"]).splitlines()[-1])
    assert record["accepted"] == record["sent"] > 0, record
    return record["per_second"]
