"""Starting: `--version` beside a program that prints a line, `send` beside one that posts with reqwest."""

import os
import time

from measure import median

RUNS = 100


def start(work, table):
    """The time from start to end, each run followed by one of the other program."""
    handler, target = work.bare()
    url = f"{target}/webhook"
    pairs = (
        ("--version against a hello-world", [work.program, "--version"], [work.bare_programs / "hello"]),
        ("send against a bare reqwest program", [work.program, "send", "video.completed", "--to", url],
         [work.bare_programs / "client", url]),
    )
    for name, own, bare in pairs:
        times = [(timed(work, own), timed(work, bare)) for _ in range(RUNS)]
        mine, other = (median(column) * 1000 for column in zip(*times))
        table.add(name, f"{mine:.2f} ms", f"{other:.2f} ms", mine / other, most=1.5)
    work.stop(handler)


def timed(work, command):
    words = [str(word) for word in command]
    nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    begun = time.perf_counter()
    child = os.posix_spawn(words[0], words, work.environment, file_actions=nowhere)
    _, status = os.waitpid(child, 0)
    taken = time.perf_counter() - begun
    assert status == 0, (words, status)
    return taken
