#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""make coverage: which lines and branches of the kernel the unit tests and the fuzzers' seeds go through.

Builds the unit tests in O/coverage with GCC's counters in place of the sanitizers, runs them, and prints a table: a row for each
file of cap, kernel and mm, one for each room. Fails if a room has less than LEAST of its lines. A branch that only an
assertion takes is not counted, nor is the line of a panic.

    coverage.py             the table
    coverage.py --lines     and the lines that no test goes through
    coverage.py --kept      without running the tests again
"""
import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOMS = ["cap", "kernel", "mm"]
LEAST = 90.0
# These end the system when they are taken: no test of the rest may go there.
NEVER = re.compile(r"^\s*(assert|check|panic)\(")


def run_seeds(folder, make, env):
    """The fuzzers' seeds, each in a process of its own: between two of them the kernel's memory is put back, counters too."""
    subprocess.run(make + ["replay-build"], env=env, stdout=subprocess.DEVNULL, check=True)
    one = os.path.join(folder, "one")
    for seeds in sorted(glob.glob("tests/fuzz/*.txt")):
        program = os.path.join(folder, "fuzz/replay-" + os.path.basename(seeds)[:-4])
        with open(seeds) as f:
            lines = [line for line in f if not line.startswith("#") and line.strip()]
        for line in lines:
            with open(one, "wb") as f:
                f.write(bytes.fromhex(line.strip()))
            subprocess.run([program, one], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=True)


def run_tests(folder):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "KCONFIG_CONFIG", "O", "LLVM", "V")}
    for top, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".gcda"):
                os.remove(os.path.join(top, name))
    make = ["make", "-s", "-j%d" % (os.cpu_count() or 1), "O=" + folder, "sanitize=--coverage -O0"]
    done = subprocess.run(make + ["unit"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit("coverage: the unit tests fail:\n" + done.stdout[-4000:])
    run_seeds(folder, make, env)


def counted(folder):
    """{source: {line: [times, {branch: times}]}} of the rooms."""
    found = collections.defaultdict(dict)
    data = [os.path.join(top, n) for made in ("unit/obj", "unit/obj/alt", "fuzz/replay") for room in ROOMS
            for top, _, names in os.walk(os.path.join(folder, made, room)) for n in names if n.endswith(".gcda")]
    for path in data:
        done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", path], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=True)
        for file in json.loads(done.stdout)["files"]:
            if file["file"].split("/")[0] not in ROOMS:
                continue
            lines = found[file["file"]]
            for line in file["lines"]:
                entry = lines.setdefault(line["line_number"], [0, {}])
                entry[0] += line["count"]
                for k, branch in enumerate(line["branches"]):
                    entry[1][k] = entry[1].get(k, 0) + branch["count"]
    for source, lines in found.items():
        with open(source) as f:
            text = f.read().split("\n")
        for number in [n for n in lines if NEVER.match(text[n - 1])]:
            if text[number - 1].lstrip().startswith("panic"):
                del lines[number]
            else:
                lines[number][1] = {}
    return found


def share(part, whole):
    return 100.0 * part / whole if whole else 100.0


def figures(lines):
    branches = [times for _, taken in lines.values() for times in taken.values()]
    return [sum(times > 0 for times, _ in lines.values()), len(lines), sum(times > 0 for times in branches), len(branches)]


def row(name, hit):
    print("%-28s %5d of %5d  %5.1f %%   %5d of %5d  %5.1f %%" % (name, *hit[:2], share(*hit[:2]), *hit[2:], share(*hit[2:])))


def main():
    os.chdir(TREE)
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--kept", action="store_true")
    given = parser.parse_args()
    folder = os.path.join(os.environ.get("O", "build"), "coverage")
    if not given.kept:
        run_tests(folder)
    found, short = counted(folder), []
    if not found:
        sys.exit("coverage: nothing was counted in %s: run it without --kept" % folder)
    print("%-28s %23s   %23s" % ("", "lines", "branches"))
    for room in ROOMS:
        total = [0, 0, 0, 0]
        for source in sorted(s for s in found if s.startswith(room + "/")):
            hit = figures(found[source])
            total = [a + b for a, b in zip(total, hit)]
            row(source, hit)
            missed = [n for n, (times, _) in sorted(found[source].items()) if not times]
            if given.lines and missed:
                print("    " + " ".join(map(str, missed)))
        row(room, total)
        if share(*total[:2]) < LEAST:
            short.append(room)
    for room in short:
        print("coverage: %s has less than %.0f %% of its lines" % (room, LEAST))
    return 1 if short else 0


sys.exit(main())
