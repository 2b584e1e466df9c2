#!/usr/bin/env python3
"""Prints the notices of the code that mh-hook contains: one text for all the platforms of targets.json.

    .github/packages/notices.py > src/commands/licenses/THIRD-PARTY.txt

Licence texts come from the crates themselves. A crate under a choice of licences is taken under MIT where that is one of them.
A crate that brings no text is an error, unless its licence is written out below. Needs network the first time: `cargo metadata`
fetches the crates of the other platforms too.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NAMES = re.compile(r"^(licen[cs]e|copying|notice|unlicense|copyright)", re.IGNORECASE)
PREFERENCE = ["MIT", "Apache-2.0", "Zlib", "ISC", "BSD-3-Clause", "BSD-2-Clause", "MPL-2.0"]
WIDTH = 100

OPENING = """\
Third-party notices of mh-hook

mh-hook is under the MIT licence. A built mh-hook also contains the work of others, which is listed here with its licences.
Nothing in the list changes the terms of mh-hook itself.
"""

RUST = """\
The Rust standard library is linked into every Rust program. Copyright (c) The Rust Project Contributors. It is offered under
MIT or Apache-2.0 and used here under MIT, whose text is below. Its own parts are listed at
https://github.com/rust-lang/rust/blob/HEAD/COPYRIGHT
"""

SQLITE = """\
SQLite is in the public domain. Its authors disclaim copyright and give a blessing in place of a notice:

    May you do good and not evil.
    May you find forgiveness for yourself and forgive others.
    May you share freely, never taking more than you give.
"""

VENDOR = ROOT / "src" / "engine" / "inspector" / "assets" / "vendor"
# The scripts in the inspector's page: name, version, licence, and the file with its text.
SCRIPTS = [("htm", "3.1.1", "Apache-2.0", "LICENSE-htm"), ("preact", "11.2.0", "MIT", "LICENSE-preact")]

MIT_TERMS = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def crates():
    """The packages whose code ends up in the program, on any of our platforms: what is linked, without build scripts."""
    found = {}
    for target in json.loads((HERE / "targets.json").read_text()):
        command = ["cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={target['rust']}"]
        metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
        packages = {package["id"]: package for package in metadata["packages"]}
        links = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
        root = metadata["resolve"]["root"]
        waiting = [root]
        while waiting:
            here = waiting.pop()
            for link in links[here]:
                is_linked = any(kind["kind"] is None for kind in link["dep_kinds"])
                if is_linked and link["pkg"] not in found:
                    found[link["pkg"]] = packages[link["pkg"]]
                    waiting.append(link["pkg"])
    return sorted(found.values(), key=lambda package: (package["name"], package["version"]))


def wanted(expression):
    """The licences that we use of an SPDX expression: of each choice one, of each conjunction all."""
    expression = expression.replace("/", " OR ")
    chosen = []
    for part in re.split(r"\s+AND\s+", expression.replace("(", "").replace(")", "")):
        options = [option.strip() for option in re.split(r"\s+OR\s+", part)]
        ranked = [name for name in PREFERENCE if name in options]
        chosen.append(ranked[0] if ranked else options[0])
    return chosen


def kind(text):
    """The licence that a text is, as far as it can be recognised."""
    flat = " ".join(text.split())
    marks = [
        ("Apache-2.0", "Apache License"),
        ("MPL-2.0", "Mozilla Public License"),
        ("Unicode-3.0", "UNICODE LICENSE V3"),
        ("CDLA-Permissive-2.0", "Community Data License Agreement"),
        ("Unlicense", "This is free and unencumbered software"),
        ("MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"),
        ("ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"),
        ("ISC", "Permission to use, copy, modify, and distribute this software for any purpose"),
        ("BSD-3-Clause", "Redistributions of source code must retain"),
        ("BSD-3-Clause", "may not use this software except in compliance"),
        ("Zlib", "This software is provided 'as-is', without any express or implied"),
    ]
    return next((name for name, mark in marks if mark.lower() in flat.lower()), None)


def texts(package):
    """The licence texts of one package that we have to pass on, each with its name."""
    folder = Path(package["manifest_path"]).parent
    files = sorted(file for file in folder.iterdir() if file.is_file() and NAMES.match(file.name))
    plain = lambda file: re.sub(r"^// ?", "", file.read_text(errors="replace"), flags=re.MULTILINE)
    named = [(kind(text), file.name, text) for file in files for text in [plain(file)]]
    chosen = wanted(package["license"] or "")
    found = [(name, text) for name, _, text in named if name in chosen]
    found += [("NOTICE", text) for _, file, text in named if file.upper().startswith("NOTICE")]
    missing = set(chosen) - {name for name, _ in found}
    if missing == {"MIT"}:
        holders = ", ".join(re.sub(r"\s*<[^>]*>", "", author) for author in package["authors"])
        found.append(("MIT", f"Copyright (c) {holders or 'the authors of ' + package['name']}\n\n{MIT_TERMS}"))
    elif missing:
        fallback = [(name, text) for name, _, text in named if name]
        if not fallback:
            sys.exit(f"{package['name']} {package['version']}: no text of {', '.join(sorted(missing))}")
        found += fallback
    return found


def split(text):
    """A licence text without its copyright lines, and these: crates that share the terms can then share their text."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").splitlines()]
    holder = re.compile(r"^(copyright|\(c\) \d|©)(?! notice| and| holder| owner| licen|,)", re.IGNORECASE)
    is_notice = lambda line: len(line) < WIDTH and holder.match(line)
    title = re.compile(r"^(the )?(mit license|isc license|mit license \(mit\)|\(mit\))$", re.IGNORECASE)
    notices = [line for line in lines if is_notice(line)]
    underline = re.compile(r"^[-=]{3,}$")
    rest = [line for line in lines if not any([is_notice(line), title.match(line), underline.match(line)])]
    return notices, "\n".join(rest).strip()


def filled(text):
    """Paragraphs broken at WIDTH."""
    out = []
    for paragraph in re.split(r"\n\s*\n", text):
        line = ""
        for word in paragraph.split():
            if line and len(line) + 1 + len(word) > WIDTH:
                out.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        out += [line, ""]
    return "\n".join(out).rstrip()


def main():
    packages = crates()
    out = [OPENING, RUST, SQLITE, "Crates, each with the licence that its authors offer it under:\n"]
    for package in packages:
        out.append(f"    {package['name']} {package['version']}  {package['license']}")
        if "MPL-2.0" in (package["license"] or ""):
            out.append(f"        unchanged; source: https://crates.io/crates/{package['name']}/{package['version']}")
    out.append("\nScripts in the inspector's page:\n")
    out += [f"    {name} {version}  {licence}" for name, version, licence, _ in SCRIPTS]
    contained = [(f"{package['name']} {package['version']}", texts(package)) for package in packages]
    contained += [(f"{name} {version}", [(licence, (VENDOR / file).read_text())]) for name, version, licence, file in SCRIPTS]
    groups = defaultdict(list)
    shown = {}
    for title, found in contained:
        for name, text in found:
            notices, terms = split(text)
            key = (name, re.sub(r"[^a-z0-9]+", " ", terms.lower().replace("https", "http")).strip())
            shown.setdefault(key, terms)
            member = (title, notices)
            if member not in groups[key]:
                groups[key].append(member)
    for (name, _), members in sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]), item[1])):
        out += ["", "-" * WIDTH, f"{name}, of:", ""]
        holders = defaultdict(list)
        for crate, notices in members:
            holders[tuple(notices)].append(crate)
        for notices, names in holders.items():
            out.append(filled(", ".join(names)))
            out += [f"    {notice}" for notice in notices]
        out += ["", filled(shown[(name, _)])]
    print("\n".join(out))


if __name__ == "__main__":
    main()
