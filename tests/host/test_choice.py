#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Going back to the previous generation, on the simulated machine: what comes back is exactly that generation, and a
power cut at any write of it leaves the newest or the previous one, never less.

Finds a build of the host port through O in the environment; prints TAP.
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
from lib import KERNEL, copy_volume, fresh_volume, main, ok, path, verify, volume_tool  # noqa: E402
from volfmt import Volume  # noqa: E402

SESSION = "bank start\n" + "".join("@%d ckpt\n" % t for t in range(200, 2000, 200))
# The switch is two roots, each with a flush; what follows is the first seconds of the system that goes on.
SWITCH = 4
AFTER = 12

base = None
newest = previous = 0


def anteros(volume, typed, *options, status=0):
    with open(path("typed"), "w") as f:
        f.write(typed)
    done = subprocess.run([KERNEL, "--volume", volume, "--script", path("typed"), "--states", path("states"), *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=120)
    return done.stdout if done.returncode == status else "exit status %d\n%s" % (done.returncode, done.stdout)


def roots(volume):
    """[(generations, whole from)] of the good roots, the newest first."""
    found = re.findall(r"sequence (\d+),.* whole from (\d+), generations ([\d ]+)", volume_tool("info", volume)[1])
    return [([int(g) for g in named.split()], int(whole))
            for _, whole, named in sorted(found, key=lambda root: -int(root[0]))]


def test_base():
    global base, newest, previous
    base = fresh_volume("base.vol")
    text = anteros(base, SESSION, "--stop-at", "2200")
    named, previous = roots(base)[0]
    newest = named[-1]
    ok(previous < newest and "panic" not in text, "the newest root keeps two generations whole", (text, named))


def test_previous():
    volume = copy_volume(base, "previous.vol")
    text = anteros(volume, "bank status\nckpt\n", "--cmdline", "ckpt=previous", "--verify", "--stop-at", "3000")
    ok("generation %d is given up for the one before it, %d" % (newest, previous) in text, "it says what is lost", text)
    ok(" 0 differences" in text, "what comes back is exactly that generation", text)
    later = [int(g) for g in re.findall(r"generation (\d+) committed", text)]
    ok(later and later[0] > newest, "generation numbers do not repeat", text)
    status, text = verify(volume)
    ok(status == 0, "the volume is good afterwards", text)
    text = anteros(volume, "bank status\n", "--verify", "--stop-at", "500")
    ok(" 0 differences" in text and "wrong 0" in text, "and the next boot goes on from there", text)


def test_only_once():
    volume = copy_volume(base, "once.vol")
    text = anteros(volume, "", "--cmdline", "ckpt=previous", "--crash-at-write", str(SWITCH), status=4)
    ok(roots(volume) == [([previous], previous)] * 2, "after the switch both roots name the previous generation only",
       (text, roots(volume)))
    text = anteros(volume, "", "--cmdline", "ckpt=previous", status=2)
    ok("generation %d is the only one that is whole" % previous in text and "nothing was written" in text,
       "a second step back is refused by name", text)


def test_damaged_newest():
    """The newest generation cannot be read: the way back is still there."""
    volume = copy_volume(base, "damaged.vol")
    with open(volume, "r+b", buffering=0) as f:
        v = Volume(f)
        place = v.root(v.newest_slot()).generations[-1][1]
        block = bytearray(v.block(place))
        block[900] ^= 1
        v.put(place, bytes(block))
    text = anteros(volume, "", status=2)
    ok("header of generation %d (block %d) is bad" % (newest, place) in text and "nothing was written" in text,
       "without its header the newest is refused by name", text)
    text = anteros(volume, "bank status\n", "--cmdline", "ckpt=previous", "--verify", "--stop-at", "500")
    ok(" 0 differences" in text and "wrong 0" in text, "ckpt=previous restarts all the same", text)


def test_power_cuts():
    """At every write and flush of the switch, and for some time after it."""
    cuts, wrong = 0, []
    for at in range(1, SWITCH + AFTER + 1):
        for mode in ("none", "all", "torn", "random"):
            volume = copy_volume(base, "cut.vol")
            name = "cut at %d, unflushed %s" % (at, mode)
            text = anteros(volume, "ckpt\nckpt\n", "--cmdline", "ckpt=previous", "--crash-at-write", str(at),
                           "--crash-mode", mode, "--seed", str(at), status=4)
            if "exit status" in text:
                wrong.append((name, text))
                continue
            status, said = verify(volume)
            text = anteros(volume, "bank status\n", "--verify", "--stop-at", "300")
            found = re.search(r"volume on sim0: generation (\d+)", text)
            found = int(found.group(1)) if found else 0
            allowed = found == previous or found > newest or at == 1 and found == newest
            if status or " 0 differences" not in text or "wrong 0" not in text or not allowed:
                wrong.append((name, "generation %d\n%s%s" % (found, said, text)))
            cuts += 1
    ok(not wrong, "%d power cuts around the switch: the newest or the previous generation, whole" % cuts,
       "\n".join("%s: %s" % w for w in wrong[:3]))


def test_question():
    """Three restarts without a commit: the boot asks. Every wrong key is told so; silence takes the newest."""
    volume = copy_volume(base, "ask.vol")
    for _ in range(3):
        text = anteros(volume, "", "--stop-at", "20")
        ok("Restart from" not in text, "a restart without a commit is not yet a reason to ask", text)
    asked = copy_volume(volume, "asked.vol")
    text = anteros(asked, "", "--stop-at", "12000")
    ok("3 restarts from generation %d without a commit" % newest in text and "(n after 10 s) newest" in text,
       "the fourth asks, and takes the newest after 10 s", text)
    asked = copy_volume(volume, "asked.vol")
    text = anteros(asked, "xp\n", "--verify", "--stop-at", "3000")
    ok("'x' is none of n, p, s" in text and "given up for the one before it, %d" % previous in text and
       " 0 differences" in text, "a wrong key is told so; p takes the previous one", text)
    text = anteros(volume, "", "--cmdline", "ckpt=newest", "--stop-at", "500")
    ok("Restart from" not in text and "generation %d" % newest in text, "ckpt=newest answers beforehand", text)


def test_wrong_values():
    for value in ("", "older", "newestt", "previous,", "PREVIOUS", "0"):
        text = anteros(base, "", "--cmdline", "quiet ckpt=%s more" % value, status=2)
        ok("ckpt= is none of newest, previous, stopped" in text and "nothing was written" in text,
           "ckpt=%s is refused by name" % value, text)


main(globals())
