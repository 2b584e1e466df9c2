"""The program under attack, and its files."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import wire


class Target:
    """A listener in a separate home. It can be ended and started again; its port and its journal stay."""

    def __init__(self, binary: Path, work: Path, port: int, forwards: list[int]) -> None:
        self.binary, self.work, self.port, self.forwards = binary, work, port, forwards
        self.home, self.temporary = work / "home", work / "tmp"
        self.archive = work / "archive"
        for folder in (self.home, self.temporary, self.archive):
            folder.mkdir(parents=True)
        self.process: subprocess.Popen | None = None
        self.starts, self.memory, self.moves = 0, 0, 0
        self.err = (work / "stderr").open("ab")

    @property
    def journal(self) -> Path:
        return self.home / ".local/share/mh-hook/journal.db"

    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "PATH": os.environ["PATH"],
            "MAGIC_HOUR_WEBHOOK_SECRET": wire.SECRET,
        }

    def start(self) -> None:
        """Starts it. Every second time nobody reads what it prints."""
        self.starts += 1
        command = [str(self.binary), "listen", "--port", str(self.port), "--format", "compact"]
        for port in self.forwards:
            command += ["--forward", f"http://localhost:{port}/hook"]
        out = subprocess.PIPE if self.starts % 2 == 0 else subprocess.DEVNULL
        self.process = subprocess.Popen(command, env=self.environment(), cwd=self.home, stdout=out, stderr=self.err)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                wire.connect(self.port, 1).close()
                # The port is open a moment before the journal is there.
                if self.journal.exists():
                    return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"the listener ended with {self.process.returncode}: see {self.work}/stderr")
            time.sleep(0.02)
        raise SystemExit("the listener did not come up within 10 s")

    def look(self) -> None:
        """Notes the most memory that it has had resident."""
        if self.process is None:
            return
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return
        peak = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")]
        self.memory = max([self.memory, *peak])

    def peak(self) -> int:
        """The most memory since the last call, in KiB."""
        self.look()
        peak, self.memory = self.memory, 0
        try:
            Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        except OSError:
            pass
        return peak

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self, number: int) -> tuple[int, float]:
        """Sends a signal and waits for the end: the exit code, and how long it took."""
        self.look()
        began = time.monotonic()
        self.process.send_signal(number)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = 999
        if self.process.stdout:
            self.process.stdout.close()
        return code, time.monotonic() - began

    def move_journal(self) -> None:
        self.moves += 1
        self.journal.rename(self.archive / f"moved-{self.moves}.db")

    def empty(self, suffix: str) -> None:
        """Empties the journal or its log, as `: > FILE` does, after a copy was made of what is to be lost."""
        self.moves += 1
        file = Path(f"{self.journal}{suffix}")
        if file.exists():
            for part in ("", "-wal"):
                source = Path(f"{self.journal}{part}")
                if source.exists():
                    shutil.copy(source, self.archive / f"copied-{self.moves}.db{part}")
            os.truncate(file, 0)

    def log_size(self) -> int:
        log = Path(f"{self.journal}-wal")
        return log.stat().st_size if log.exists() else 0

    def kept(self) -> set[str]:
        """The jobs in the journal, and in those that were moved or copied."""
        jobs: set[str] = set()
        for file in [self.journal, *self.archive.glob("*.db")]:
            if file.exists():
                with sqlite3.connect(file) as database:
                    jobs.update(row[0] for row in database.execute("SELECT job_id FROM deliveries WHERE verdict = 'verified'"))
        return jobs

    def sandbox(self, number: int) -> None:
        """Starts a sandbox and ends it by a signal: what it leaves in the temporary directory is seen at the end."""
        command = [str(self.binary), "sandbox", "--port", "0", "--format", "json", "--webhook", "http://localhost:9/"]
        process = subprocess.Popen(command, env=self.environment(), cwd=self.home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        process.send_signal(number)
        process.wait(30)
        process.stdout.close()


def raise_descriptors() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


SIGNALS = [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]
