#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A program dirties pages for ever, more of them than the log holds, and no checkpoint is asked for (user/apps/churn.c).

Who would need what the log has not waits until a commit has made room: the program gets on, finds in each page what it
wrote there, also after the plug was pulled, and others go on beside it.
"""
import lib
from lib import Machine, image_volume, main, ok, path, verify

DESCRIPTION = """
schedule typing priority 6 limit 2
schedule work priority 4 limit 2

process shell {
	program shell
	stack 4
	schedule typing
	cap 1 console
	cap 2 sleep
	cap 3 klog
	cap 4 checkpoint
	cap 5 sysctl
	run
}

process flooder {
	program churn
	argument 2
	schedule work
	cap 1 console
	cap 2 sleep
	cap 4 checkpoint
	cap 5 sysctl
	cap 7 range
	run
}
"""
ROUND = r"flood: round (\d+): pages (\d+) log (\d+) generations (\d+)\r"
SECONDS = 120


def volume():
    with open(path("flood.img.txt"), "w") as f:
        f.write(DESCRIPTION)
    return image_volume("flood.vol", path("flood.img.txt"), size=48, log=10)


def rounds(m, number):
    """Waits for so many; returns the last one's number."""
    for _ in range(number):
        m.expect(ROUND, SECONDS)
        last, pages, log, generations = (int(n) for n in m.qemu.match.groups())
        # A generation that is not yet home and the one that follows it are in the log at the same time.
        ok(pages > log and generations > pages // log, "round %d: more pages than the log holds, in several generations" % last,
           m.qemu.match.group(0))
    lib.note("%d pages by a log of %d frames in %d generations" % (pages, log, generations))
    return last


def test_flood():
    disk = volume()
    with Machine(disk) as m:
        m.prompt()
        ok("ckpt" in m.command("help"), "the shell answers beside it", m.log())
        first = rounds(m, 3)
        ok(m.ckpt() > 3, "a checkpoint can be asked for", m.log())
    status, text = verify(disk)
    ok(status == 0, "where the plug was pulled the volume is good", text)
    with Machine(disk) as m:
        m.prompt()
        ok(rounds(m, 2) > first, "it goes on from there", m.log())
        m.send("halt\r")
        ok(m.ended() == 0, "and the system halts in order", m.log())
    status, text = verify(disk)
    ok(status == 0, "which leaves a good volume", text)


main(globals())
