"""Completions in real shells, as installed files and as sourced scripts; manual pages in both readers of them."""

import json
import os
import pty
import select
import signal
import subprocess

from tally import OUT, clean_environment, fresh, run

# What is typed, and what has to be among the candidates.
QUESTIONS = [
    ("mh-hook ", "listen"),
    ("mh-hook li", "listen"),
    ("mh-hook listen --exp", "--expect"),
    ("mh-hook send video.c", "video.completed"),
    ("mh-hook send all --fault stale", "stale-timestamp"),
    ("mh-hook listen --expect=image.s", "image.started"),
    ("mh-hook e2e --tool ai-qr", "ai-qr-code-generator"),
    ("mh-hook check --only timestamp.st", "timestamp.stale"),
    ("mh-hook init f", "fastapi"),
    ("mh-hook history s", "show"),
    ("mh-hook history show la", "last"),
    ("mh-hook replay 1", "1"),
    ("mh-hook history --job clx1", "clx1ofshells"),
    ("mh-hook send --body ev", "event.json"),
]

BASH = r"""
source "$1"
line=$2
read -ra COMP_WORDS < <(printf '%s' "${line//=/ = }")
[[ $line == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=9
compopt() { :; }
_clap_complete_mh_hook mh-hook "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""

# What is typed into a zsh in a pseudo-terminal, as a user has it. The tab completes or lists; then the line is printed.
ZSH_SETUP = "fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -d {home}/zcompdump; LISTMAX=1000; print -r -- re''ady\n"
ZSH_PRINT = "\x01print -r -- '\x05' ; print -r -- fin''ished\n"


def check(tally, tools):
    programs = fresh("path")
    program = next(OUT.glob("*-linux-*/mh-hook"))
    os.symlink(program, programs / "mh-hook")
    home = fresh("shells")
    (home / "event.json").write_text("{}")
    environment = clean_environment(home, f"{programs}:/usr/local/bin:/usr/bin:/bin")
    installed = OUT / "share" / "completions"
    fill_journal(program, environment, home)
    for line, wanted in QUESTIONS:
        in_bash(tally, installed / "mh-hook", line, wanted, environment, home)
        in_fish(tally, installed / "mh-hook.fish", line, wanted, environment, home)
        in_zsh(tally, installed, line, wanted, environment, home)
    manual_pages(tally, environment)


def fill_journal(program, environment, home):
    """Keeps one delivery, whose number and job are offered."""
    words = [program, "listen", "--port", "0", "--format", "json", "--exit-after", "1", "--quiet"]
    with subprocess.Popen(words, env=environment, cwd=home, stdout=subprocess.PIPE, text=True) as listening:
        url = json.loads(listening.stdout.readline())["url"]
        run(program, "send", "video.completed", "--id", "clx1ofshells", "--to", url, env=environment, cwd=home)
        listening.communicate()


def in_bash(tally, script, line, wanted, environment, home):
    done = run("bash", "--norc", "-c", BASH, "bash", script, line, env=environment, cwd=home)
    tally.record(wanted in done.text.split(), f"bash: {line!r} is completed by {wanted}", done)


def in_fish(tally, script, line, wanted, environment, home):
    command = 'source $argv[1]; complete --do-complete $argv[2]'
    done = run("fish", "--no-config", "-c", command, script, line, env=environment, cwd=home)
    offered = [each.split("\t")[0].removeprefix("--expect=") for each in done.text.splitlines()]
    tally.record(wanted in offered, f"fish: {line!r} is completed by {wanted}", done)


def in_zsh(tally, folder, line, wanted, environment, home):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home)
        os.execve("/usr/bin/zsh", ["zsh", "-f", "-i"], {**environment, "TERM": "dumb", "PS1": "> ", "COLUMNS": "200", "LINES": "100"})
    try:
        os.write(terminal, ZSH_SETUP.format(folder=folder, home=home).encode())
        seen = read_until(terminal, "ready\r\n")
        os.write(terminal, f"{line}\t".encode())
        # A bell or a list or the rest of the word: whatever it is, the printed line comes after it.
        os.write(terminal, ZSH_PRINT.encode())
        shown = read_until(terminal, "finished\r\n")
        tally.record(wanted in shown, f"zsh: {line!r} is completed by {wanted}", f"{seen}\n{shown}")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def read_until(terminal, end):
    text = ""
    while not text.endswith(end) and end not in text:
        readable, _, _ = select.select([terminal], [], [], 20)
        if not readable:
            break
        try:
            text += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            break
    return text


def manual_pages(tally, environment):
    pages = sorted((OUT / "share" / "man").glob("*.1.gz"))
    for page in pages:
        done = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page, env=environment)
        warnings = [line for line in done.text.splitlines() if line.startswith(("man:", "troff:", "<standard input>", "an.tmac"))]
        # A page without a date is meant: the same version always gives the same bytes.
        lint = run("sh", "-c", 'zcat "$1" | mandoc -Tlint -Wwarning | grep -v "missing date"', "sh", page).text.strip()
        if warnings or lint:
            tally.record(False, f"man: {page.name} is read without a warning", f"{warnings}\n{lint}")
    tally.record(len(pages) > 20, f"man: {len(pages)} pages are there and were read")
