#!/usr/bin/env python3
"""The real kubeadm's help of certs, init, join, reset and token, and of each command below → one line a flag, for both minors together.

    tests/cli/commands.py > tests/cli/commands.txt

A line is `command | --flag | shorthand | type | default`, with the minor behind it where only one has it; a command
without flags of its own has one line too. KUBEADM_1_36 and KUBEADM_1_37 name the programs, else the cache has them.
"""
import os
import re
import subprocess

COMMANDS = ["certs", "init", "join", "reset", "token"]
VERSIONS = {"1.36": "v1.36.3", "1.37": "v1.37.1"}
FLAG = re.compile(r"^ +(?:-(\w), )?--([\w-]+)(?: (\w+))?  +(.*)$")
DEFAULT = re.compile(r"\(default ([^)]*)\)$")


def program(minor):
    cache = os.environ.get("KUBEWRIGHT_CACHE") or os.path.expanduser("~/.cache/kubewright")
    variable = f"KUBEADM_{minor.replace('.', '_')}"
    return os.environ.get(variable) or f"{cache}/bin/{VERSIONS[minor]}/kubeadm"


def usage(kubeadm, command):
    return subprocess.run([kubeadm, *command, "--help"], capture_output=True, text=True, check=True).stdout


def section(text, title):
    """The indented lines under a title; texts of several lines stay with their first."""
    body = re.search(rf"^{title}:\n(.*?)(?:\n\n|\Z)", text, re.S | re.M)
    return body.group(1).splitlines() if body else []


def walk(kubeadm, command):
    text = usage(kubeadm, command)
    name = " ".join(command)
    yield f"{name} |"
    for line in section(text, "Flags") + (section(text, "Global Flags") if command == ["init"] else []):
        found = FLAG.match(line)
        if found and found.group(2) != "help":
            short, long, kind, about = found.groups()
            default = DEFAULT.search(about)
            parts = [name, f"--{long}", short, kind, default and default.group(1).strip('"[]')]
            yield " | ".join(part or "" for part in parts).rstrip()
    for line in section(text, "Available Commands"):
        yield from walk(kubeadm, [*command, line.split()[0]])


def main():
    seen = {}
    for minor in VERSIONS:
        for command in COMMANDS:
            for line in walk(program(minor), [command]):
                seen.setdefault(line, []).append(minor)
    for line, minors in seen.items():
        print(line if len(minors) == len(VERSIONS) else f"{line} @{minors[0]}")


if __name__ == "__main__":
    main()
