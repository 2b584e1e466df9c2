"""The table of ratios."""

import platform
import subprocess
import time
from pathlib import Path

from measure import ROOT

HEADER = ("comparison", "measured", "bare", "ratio", "target", "")


class Table:
    """Rows of measurements, each with the target that it has to meet."""

    def __init__(self):
        self.rows = []

    def add(self, name, measured, bare, ratio, *, least=None, most=None, unit=""):
        """Adds a row. The target is about the ratio, or with a unit about what was measured in it."""
        value = ratio if not unit else measured[0]
        if least is None and most is None:
            met, target = "", ""
        else:
            met = "met" if (least is None or value >= least) and (most is None or value <= most) else "NOT MET"
            target = f">= {least}{unit}" if least is not None else f"<= {most}{unit}"
        shown = measured if isinstance(measured, str) else measured[1]
        row = (name, shown, bare, "" if ratio is None else f"{ratio:.2f}", target, met)
        self.rows.append(row)
        print("  " + "  ".join(part for part in row if part), flush=True)

    def print(self):
        rows = [HEADER, *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
        line = lambda row: "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
        print()
        print(machine())
        print()
        print(line(HEADER))
        print("| " + " | ".join("-" * width for width in widths) + " |")
        for row in self.rows:
            print(line(row))


def machine():
    """The machine, the versions and the day, in one line."""
    cpu = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())
    cores = sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text().splitlines())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    day = time.strftime("%Y-%m-%d")
    return f"{cpu}, {cores} cores, Linux {platform.release()}, {day}, commit {commit.stdout.strip() or 'unknown'}"
