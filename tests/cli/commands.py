#!/usr/bin/env python3
"""The help of the real kubeadms, command by command → one line a command and a flag, for all minors together.

    tests/cli/commands.py > tests/cli/commands.txt

A line is `command | --flag | shorthand | type | default`; the minors stand behind it, as in `@1.29-1.34`, where not all of
them have it. Each command has a line without a flag too, as has each other
name of one, and an empty command is kubeadm itself. KUBEADM_1_36 and the like name the programs, else the cache has them.
"""
import os
import pathlib
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

REFERENCE = pathlib.Path(__file__).parent.parent / "reference"
# Those of the pinned kubeadms, the oldest first.
VERSIONS = sorted(
    (folder.name[1:] for folder in REFERENCE.glob("v1.*")), key=lambda version: [int(part) for part in version.split(".")]
)
FLAG = re.compile(r"^ +(?:-(\w), )?--([\w-]+)(?: (\w+))?  +(.*)$")
DEFAULT = re.compile(r"\(default ([^)]*)\)$")


def minor_of(version):
    return version.rpartition(".")[0]


def program(version):
    cache = os.environ.get("KUBEWRIGHT_CACHE") or os.path.expanduser("~/.cache/kubewright")
    variable = f"KUBEADM_{minor_of(version).replace('.', '_')}"
    return os.environ.get(variable) or f"{cache}/bin/v{version}/kubeadm"


def usage(kubeadm, command):
    return subprocess.run([kubeadm, *command, "--help"], capture_output=True, text=True, check=True).stdout


def section(text, title):
    """The indented lines under a title; texts of several lines stay with their first."""
    body = re.search(rf"^{title}:\n(.*?)(?:\n\n|\Z)", text, re.S | re.M)
    return body.group(1).splitlines() if body else []


def walk(kubeadm, command=()):
    text = usage(kubeadm, command)
    name = " ".join(command)
    yield f"{name} |"
    for alias in section(text, "Aliases"):
        yield from (f"{' '.join([*command[:-1], other])} |" for other in re.split(", *", alias.strip())[1:])
    for line in section(text, "Flags"):
        found = FLAG.match(line)
        if found and found.group(2) != "help":
            short, long, kind, about = found.groups()
            default = DEFAULT.search(about)
            parts = [name, f"--{long}", short, kind, default and default.group(1).strip('"[]')]
            yield " | ".join(part or "" for part in parts).rstrip()
    for line in section(text, "Available Commands"):
        yield from walk(kubeadm, (*command, line.split()[0]))


def span(minors):
    """`@1.29-1.34`, and `@1.30` where it is one; nothing where it is all of them."""
    if len(minors) == len(VERSIONS):
        return ""
    return f" @{minors[0]}" + (f"-{minors[-1]}" if len(minors) > 1 else "")


def main():
    with ThreadPoolExecutor() as pool:
        lists = list(pool.map(lambda version: list(walk(program(version))), VERSIONS))
    seen = {}
    for version, lines in zip(VERSIONS, lists):
        for line in lines:
            seen.setdefault(line, []).append(minor_of(version))
    for line in sorted(seen):
        print(line + span(seen[line]))


if __name__ == "__main__":
    main()
