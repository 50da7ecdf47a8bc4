#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The crash explorer of the host port (tests/host/explore.c): power cuts at every moment of two histories.

The first is a program that does to the store all that can be done to it (user/apps/churn.c); the second is the system
itself, with a typed session. Then the same with a fault put into the kernel, which the explorer must find.

EXPLORE=all: each restart goes on to two more power cuts, and a second seed has images with sectors at random, too. EXPLORE_SEED=1.
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
import lib  # noqa: E402
from lib import KERNEL, O, TREE, main, note, ok, path  # noqa: E402

ALL = os.environ.get("EXPLORE") == "all"
SEED = int(os.environ.get("EXPLORE_SEED", "1"))
# What the first history must have done at least, so that it shows anything.
LEAST = {"commits": 8, "generations retired": 4, "wraps of the log": 2, "pages to nodes": 1, "nodes to pages": 1,
         "freed": 10, "made again": 10, "pages zeroed": 4, "zero pages written": 4, "evicted": 100, "fetched again from the log": 4,
         "from home": 4, "from the tag": 4, "frozen copies": 1, "waits for the log": 1}
# The counter and the tellers are never idle.
SESSION = "@10 bank start\n@50 count\n@80 ckpt\n@150 crash\n" + "".join("@%d ckpt\n" % t for t in range(200, 600, 80)) + \
    "@700 bank status\n"
UUID = "00112233445566778899aabbccddeeff"  # which restarts go on follows from what is on the disk
# Each fault of tests/host/mutants.c, and by what it is found: a restart, or something that happens already in the history.
RESTART = "FAILED: a restart|FAILED: the generation"
EVICTED = "panic: harness: frame .* is not what it was when it was evicted"
MUTANTS = {
    "no-log-flush": RESTART, "no-root-flush": RESTART, "no-home-flush": RESTART, "early-retire": RESTART,
    "early-migrate": RESTART, "same-side": RESTART, "one-root": RESTART, "lost-frame": EVICTED, "old-entry": EVICTED,
    "home-first": EVICTED, "old-tag": "panic: audit of frame", "same-version": "churn: .* old capability",
    "kept-mappings": "panic: (audit: clean frame|frozen frame|disk: block)",
}


def volume(name, description, size, log):
    done = subprocess.run([os.path.join(O, "tools", "mkimage"), "--arch", "riscv64", "--size", size, "--log", log,
                           "--spare", "512K", "--objdir", os.path.join(O, "user"), "--uuid", UUID, "-o", path(name),
                           os.path.join(TREE, "user", description)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise lib.Stopped(done.stdout)
    return path(name)


def explore(disk, script, *options):
    with open(path("script"), "w") as f:
        f.write(script)
    done = subprocess.run([KERNEL, "--volume", disk, "--script", path("script"), "--explore", "1", *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=7200 if ALL else 900)
    return done.returncode, done.stdout


def churn(*options):
    return explore(volume("churn.vol", "churn.img.txt", "2880K", "1280K"), "", "--ram", "1064K", "--stop-at", "2800",
                   *options)


def judge(name, status, text):
    said = re.search(r"^explore: (\d+) power cuts, (\d+) images, (\d+) restarts, (\d+) .*, (\d+) failures", text, re.M)
    ok(status == 0 and said and int(said.group(1)) > 500 and int(said.group(3)) > 50 and said.group(5) == "0",
       "%s: each restart finds exactly one committed state" % name, text)
    note(said.group(0) if said else "no figures")
    return said


def counts(text):
    line = re.search(r"^counts: (.*)$", text, re.M)
    return {m.group(2): int(m.group(1)) for m in re.finditer(r"(\d+) ([a-z ]+)", line.group(1) if line else "")}


def test_churn():
    runs = [(SEED, "1" if ALL else "8", "0")] + ([(SEED + 1, "16", "1")] if ALL else [])
    for seed, every, random in runs:
        status, text = churn("--seed", str(seed), "--every", every, "--random", random)
        said = judge("churn, seed %d" % seed, status, text)
        ok(said and int(said.group(4)) * int(every) * 2 >= int(said.group(3)),
           "and so do the two restarts after some", text)
        seen = counts(text)
        short = ["%s: %d, wanted %d" % (what, seen.get(what, 0), least) for what, least in LEAST.items()
                 if seen.get(what, 0) < least]
        ok(not short, "the history did all that it should", "\n".join(short))
        note(", ".join("%d %s" % (n, what) for what, n in seen.items()))


def test_session():
    disk = volume("session.vol", "system.img.txt", "6", "3")
    status, text = explore(disk, SESSION, "--ram", "2", "--stop-at", "800", "--seed", str(SEED), "--every",
                           "1" if ALL else "4")
    judge("the system", status, text)
    ok("committed" in text and "fault: process crash" in text and "wrong 0" in text, "the session did what was typed", text)


def test_mutants():
    for name, found_by in MUTANTS.items():
        status, text = churn("--mutant", name)
        ok(status == 1 and re.search(found_by, text), "%s is found" % name, text)


def test_wrong_use():
    for options, word in ((("--stop-at", "10"), "--volume"), (("--volume", "x"), "--stop-at"),
                          (("--mutant", "none", "--volume", "x", "--stop-at", "10"), "mutant none: no such fault")):
        done = subprocess.run([KERNEL, "--explore", "1", *options], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        ok(done.returncode == 2 and word in done.stdout, "--explore %s is refused by name" % " ".join(options), done.stdout)


main(globals())
