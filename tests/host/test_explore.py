#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The crash explorer of the host port (tests/host/explore.c), and that a history replays from its seed.

A typed session runs once; then its disk is cut off at many moments with subsets of the unflushed sectors, and each time
the restarted system must be exactly one that was committed. EXPLORE_CUTS=1000, EXPLORE_SEED=1.
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
import lib  # noqa: E402
from lib import IMAGE, KERNEL, main, note, ok, path  # noqa: E402

CUTS = int(os.environ.get("EXPLORE_CUTS", "1000"))
SEED = os.environ.get("EXPLORE_SEED", "1")
# Moments in ms: the counter and the tellers are never idle.
SESSION = "@10 bank start\n@50 count\n@80 ckpt\n@150 crash\n" + "".join("@%d ckpt\n" % t for t in range(200, 1000, 80)) + \
    "@1050 bank status\n"
STOP = "1150"


def anteros(*arguments, seconds=900):
    done = subprocess.run([KERNEL, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=seconds)
    return done.returncode, done.stdout


def script():
    name = path("session.txt")
    with open(name, "w") as f:
        f.write(SESSION)
    return name


def test_replay():
    seen = []
    for name in ("a.vol", "b.vol"):
        status, text = anteros("--volume", lib.fresh_volume(name), "--seed", SEED, "--script", script(), "--digest",
                               "--stop-at", STOP)
        seen.append(text)
    ok(status == 0 and seen[0] == seen[1], "the same seed gives the same history", "\n".join(seen))
    ok("committed" in seen[0] and "fault: process crash" in seen[0], "the session did what was typed", seen[0])


def test_explore():
    status, text = anteros("--volume", lib.fresh_volume("explore.vol"), "--seed", SEED, "--script", script(), "--states",
                           path("states"), "--stop-at", STOP, "--explore", str(CUTS), "--jobs", "2")
    done = re.search(r"(\d+) power cuts, (\d+) failures", text)
    ok(status == 0 and done and int(done.group(1)) >= CUTS and int(done.group(2)) == 0,
       "%d power cuts: each leaves exactly one committed state" % CUTS, text)
    note(text.strip().splitlines()[-1] if text.strip() else "")


main(globals())
