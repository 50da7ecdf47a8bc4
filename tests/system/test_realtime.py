#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reserves and checkpoints in the machine's own time: an instruction takes so many ns (user/apps/realtime.c).

On the port of the build in O: in QEMU with counted instructions; on the host port, whose time is always its own.
"""
import os
import re
import subprocess

import lib
from lib import Machine, O, PORT, image_volume, main, ok

SECONDS = 60


def output(name, end, shift, stop_ms):
    """All that it printed up to this line."""
    disk = image_volume(name, name + ".img.txt")
    if PORT.qemu:
        with Machine(disk, icount=shift) as m:
            return m.expect(end, SECONDS) + m.log()
    done = subprocess.run([os.path.join(O, "anteros"), "--volume", disk, "--stop-at", str(stop_ms)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
    return done.stdout


def figures(text, line):
    """Names and numbers of a line that begins so: its first word is no name."""
    found = re.search("^%s .*$" % line, text, re.M)
    words = found.group(0).split()[1:] if found else []
    return {words[k]: int(words[k + 1]) for k in range(0, len(words) - 1, 2)}


def test_deadlines():
    text = output("realtime", "RT END", 0, 600)
    ok("RT refused 1" in text, "a third reserve, which would be more than the processor gives, is refused", text)
    f = figures(text, "RT periods")
    ok(f.get("missed") == 0 and f.get("kernel") == 0, "every deadline of 1 ms is met", text)
    ok(f.get("commits", 0) >= 2, "while checkpoints are committed, which others take", text)
    lib.note("late by %s ns at most, work takes %s ns at most" % (f.get("late"), f.get("work")))


def test_checkpoints_go_on():
    if not PORT.qemu:
        return  # three seconds of its time are too many of ours
    for _ in range(3): # what the disk does takes the host's time: not each is slow
        text = output("spin", "SPIN END", 4, 9000)
        f = figures(text, "SPIN commits")
        good = f.get("commits", 0) >= 3 and f.get("longest_ms", 1 << 30) <= 2 * f.get("interval_ms", 0) + 100
        if good:
            break
    ok(good, "spinning programs of the highest priority hold up no checkpoint for more than two intervals", text)
    lib.note("longest time between two commits: %s ms" % f.get("longest_ms"))


main(globals())
