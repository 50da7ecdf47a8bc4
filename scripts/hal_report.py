#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a port supplies: the functions of the HAL, where each port has them, and how long the ports are.

"make hal-report" calls it. The functions are those that include/hal/*.h name, also in the comments that list what
arch/<port>/include/hal gives inline. Exit status 1 when a port lacks one, or when a limit is passed:

    60 functions; 5,000 lines for aarch64; 4,000 for arch/x86; 2,000 for every other port
"""
import glob
import os
import re
import signal
import sys

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FUNCTIONS_LIMIT = 60
LINES_LIMIT = {"aarch64": 5000, "x86": 4000}
LINES_LIMIT_ELSE = 2000


def read(path):
    with open(path) as f:
        return f.read()


def declared():
    """Name -> (header, may a port leave it out?), in the order of the headers."""
    found = {}
    for header in sorted(glob.glob(os.path.join(TREE, "include/hal/*.h"))):
        text = read(header)
        for match in re.finditer(r"\b(hal_\w+)\(", text):
            rest = text[match.end():text.find(";", match.end())]
            found.setdefault(match.group(1), (os.path.basename(header), "__attribute__((weak))" in rest))
        # Lists in comments, such as "hal_pte_deny_write(e), hal_pte_allow_write(e)", were found above.
    return found


def sources(room):
    return sorted(p for pattern in ("*.[chS]", "**/*.[chS]") for p in glob.glob(os.path.join(TREE, room, pattern), recursive=True))


def definitions(rooms):
    """Name -> file:line of what these rooms define, functions and macros."""
    found = {}
    for room in rooms:
        for path in dict.fromkeys(sources(room)):
            text = read(path)
            for match in re.finditer(r"^(?:[a-z][^\n;(#]*?\**\b|#define )(hal_\w+)\([^;{]*\)[^;{]*?(?:\{|$)", text, re.M):
                line = text.count("\n", 0, match.start()) + 1
                found.setdefault(match.group(1), "%s:%d" % (os.path.relpath(path, TREE), line))
    return found


def rooms_of(port):
    """The folder of the port, and those that it names, such as arch/x86 and tests/host."""
    match = re.search(r"^port-rooms\s*:?=\s*(.*)$", read(os.path.join(TREE, "arch", port, "port.mk")), re.M)
    return ["arch/" + port] + (match.group(1).split() if match else [])


def lines_of(room):
    return sum(read(p).count("\n") for p in dict.fromkeys(sources(room)))


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads may stop early
    ports = sorted(os.path.basename(os.path.dirname(p)) for p in glob.glob(os.path.join(TREE, "arch/*/port.mk")))
    functions = declared()
    where = {port: definitions(rooms_of(port)) for port in ports}
    problems = []
    width = max(len(name) for name in functions)
    for header in sorted({h for h, _ in functions.values()}):
        print("hal/%s" % header)
        for name, (_, optional) in functions.items():
            if functions[name][0] != header:
                continue
            print("  %-*s  %s" % (width, name, "  ".join(
                where[port].get(name, "%s: %s" % (port, "not needed" if optional else "MISSING")) for port in ports)))
            problems += ["%s: no %s" % (port, name) for port in ports if name not in where[port] and not optional]
    print("\n%d functions (limit %d)" % (len(functions), FUNCTIONS_LIMIT))
    if len(functions) > FUNCTIONS_LIMIT:
        problems.append("the HAL has %d functions" % len(functions))
    print("\n%-14s %6s %6s" % ("room", "lines", "limit"))
    for room in sorted({r for port in ports for r in rooms_of(port) if r.startswith("arch/")}):
        name = room.split("/")[1]
        lines, limit = lines_of(room), LINES_LIMIT.get(name, LINES_LIMIT_ELSE)
        print("%-14s %6d %6d" % (room, lines, limit))
        if lines > limit:
            problems.append("%s has %d lines" % (room, lines))
    for problem in problems:
        print("hal-report: " + problem, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
