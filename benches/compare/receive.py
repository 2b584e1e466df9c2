"""Receiving and forwarding: `listen` beside the bare server."""

from events import ordered, unordered, write_script
from measure import cpu_seconds, median, peak_mib, wrk

CONNECTIONS = 64

# Name, options, whether ids are random, and the targets: ratio to bare, p99 in ms.
RECEIVERS = (
    ("bare hyper", None, False, None, None),
    ("journal, compact", ["--format", "compact", "listen"], False, 0.6, 10),
    ("journal, compact, random ids", ["--format", "compact", "listen"], True, None, None),
    ("journal, pretty", ["listen"], False, 0.5, None),
    ("no journal, pretty", ["listen", "--no-journal"], False, 0.85, None),
)


def receive(work, table, rounds, seconds):
    """Deliveries a second over 64 connections, with the 99th percentile, CPU time and memory."""
    scripts = {False: write_script(work.folder / "ordered.lua", ordered),
               True: write_script(work.folder / "random.lua", unordered)}
    results = {name: [] for name, *_ in RECEIVERS}
    for round_number in range(rounds):
        for at, (name, options, is_random, *_) in enumerate(RECEIVERS):
            results[name].append(one(work, options, scripts[is_random], f"{round_number}-{at}", seconds))
    bare = results["bare hyper"]
    for name, _, _, least, most in RECEIVERS[1:]:
        own = results[name]
        ratio = median(mine["rate"] / other["rate"] for mine, other in zip(own, bare))
        cpu = median(mine["cpu"] / other["cpu"] for mine, other in zip(own, bare))
        failed = sum(mine["failed"] for mine in own)
        shown = f"{median(mine['rate'] for mine in own):.0f}/s" + (f", {failed} failed" if failed else "")
        table.add(f"listen, {name}", shown, f"{median(other['rate'] for other in bare):.0f}/s", ratio, least=least)
        p99 = median(mine["p99"] for mine in own)
        table.add("  99th percentile", (p99, f"{p99:.1f} ms"), f"{median(other['p99'] for other in bare):.1f} ms", None,
                  most=most, unit=" ms")
        peak = median(mine["peak"] for mine in own)
        table.add("  CPU a delivery; peak", f"{peak:.0f} MiB", f"{median(other['peak'] for other in bare):.0f} MiB", cpu)
    compact = median(mine["rate"] for mine in results["journal, compact"])
    random = median(mine["rate"] for mine in results["journal, compact, random ids"])
    table.add("ordered against random ids", f"{compact:.0f}/s", f"{random:.0f}/s", compact / random, most=1.15)


def one(work, options, script, name, seconds):
    if options is None:
        process, url = work.bare()
    else:
        journal = [] if "--no-journal" in options else ["--journal", work.folder / f"{name}.db"]
        process, url = work.hook(*options, *journal)
    before = cpu_seconds(process)
    result = wrk(f"{url}/webhook", script, CONNECTIONS, seconds)
    result["cpu"] = (cpu_seconds(process) - before) / result["requests"]
    result["peak"] = peak_mib(process)
    work.stop(process)
    for file in work.folder.glob(f"{name}.db*"):
        file.unlink()
    return result


def forward(work, table, rounds, seconds):
    """What a listener between sender and handler adds to the median, over one connection."""
    script = write_script(work.folder / "ordered.lua", ordered)
    handler, target = work.bare()
    added = {"without journal": [], "with journal": []}
    direct = []
    for round_number in range(rounds):
        direct.append(wrk(f"{target}/webhook", script, 1, seconds)["p50"])
        for name, values in added.items():
            file = work.folder / f"forward-{round_number}.db"
            journal = ["--no-journal"] if name == "without journal" else ["--journal", file]
            process, url = work.hook("--format", "compact", "listen", "--forward", f"{target}/webhook", *journal)
            result = wrk(f"{url}/webhook", script, 1, seconds)
            assert result["failed"] == 0, result
            values.append(result["p50"] - direct[-1])
            work.stop(process)
            for left in work.folder.glob("forward-*.db*"):
                left.unlink()
    work.stop(handler)
    for name, values in added.items():
        microseconds = median(values) * 1000
        table.add(f"forward, added {name}", f"{microseconds:.0f} µs", f"{median(direct) * 1000:.0f} µs direct", None)
