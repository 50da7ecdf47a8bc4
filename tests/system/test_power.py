#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The power test: kill -9 loses nothing that was written, so this loses it.

A run with counter, bank and checkpoints is logged by QEMU's blklogwrites. From the log the disk is rebuilt at every flush,
and from there with random legal subsets of the writes that follow (tests/system/writelog.py). `volume verify` must be clean
on each, with a generation no older than that of the flush and no newer than that of the next; a sample is booted, and must
reach the prompt with the bank's sum and a counter not behind what was read before that generation's checkpoint.

POWER_IMAGES=2000 disks, POWER_BOOTS=20 of them booted, POWER_SECONDS=15 of work, POWER_SEED=1.
"""
import os
import random
import shutil
import time

import lib
from lib import Machine, main, note, ok, path, verify
from volfmt import Volume
from writelog import FLUSH, Rebuilder, parse

IMAGES = int(os.environ.get("POWER_IMAGES", "2000"))
BOOTS = int(os.environ.get("POWER_BOOTS", "20"))
SECONDS = float(os.environ.get("POWER_SECONDS", "15"))
SEED = int(os.environ.get("POWER_SEED", "1"))


def record(base, log):
    """The logged run. Returns (the bank's sum, [(generation, the counter's floor)])."""
    drive = []
    for node in ("driver=file,node-name=disk-file,filename=" + base, "driver=raw,node-name=disk,file=disk-file",
                 "driver=file,node-name=log-file,filename=" + log,
                 "driver=blklogwrites,node-name=logged,file=disk,log=log-file,log-super-update-interval=1"):
        drive += ["-blockdev", node]
    floors = []
    with Machine(None, more=drive + ["-device", lib.PORT.virtio + ",drive=logged"]) as m:
        m.prompt()
        m.command("bank start")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            value = m.count()
            total = m.bank()[0]
            floors.append((m.ckpt(), value))
            m.command("crash")
        m.send("ckpt\r")  # and one that is in the middle of its work when the plug goes
        time.sleep(0.02)
    return total, floors


class Judge:
    """Verifies disks; remembers the first that was wrong."""

    def __init__(self, total, floors):
        self.total, self.floors = total, floors
        self.verified = self.booted = 0
        self.wrong = []

    def newest(self, disk):
        with open(disk, "rb") as f:
            return Volume(f).newest()

    def verify(self, disk, name, oldest=0, latest=1 << 63):
        status, text = verify(disk)
        self.verified += 1
        generation = self.newest(disk)
        if status or not oldest <= generation <= latest:
            self.wrong.append("%s: generation %d of %d..%d, verify %d\n%s" % (name, generation, oldest, latest, status, text))
            if os.environ.get("KEEP"):
                shutil.copy(disk, path("wrong-%d.vol" % len(self.wrong)))
        return generation

    def boot(self, disk, name):
        copy = lib.copy_volume(disk, "boot.vol")
        generation = self.newest(copy)
        floor = max([v for g, v in self.floors if g <= generation] or [0])
        self.booted += 1
        try:
            with Machine(copy) as m:
                m.prompt()
                value, (total, _, wrong) = m.count(), m.bank()
                if value < floor or total != self.total or wrong:
                    self.wrong.append("%s, booted: counter %d of at least %d, sum %d of %d, %d wrong audits"
                                      % (name, value, floor, total, self.total, wrong))
        except lib.Stopped as error:
            self.wrong.append("%s, booted: %s\n%s" % (name, error, lib.console_tail[-1500:]))


def subsets(rng, window):
    """Endless legal fates of these writes: (name, writes that are on the disk, torn)."""
    number = len(window)
    while True:
        issued = rng.randint(1, number)          # how many had been issued when the power went
        kind = rng.choice(("one lost", "one kept", "newest", "random", "torn"))
        keep = set(range(issued))
        torn = None
        if kind == "one lost":
            keep.discard(rng.randrange(issued))
        elif kind == "one kept":
            keep = {rng.randrange(issued)}
        elif kind == "newest":
            tail = range(max(0, issued - 8), issued)
            keep -= {i for i in tail if rng.random() < 0.5}
        elif kind == "random":
            chance = rng.random()
            keep = {i for i in keep if rng.random() < chance}
        kept = [window[i] for i in sorted(keep)]
        if kind == "torn" and kept:
            victim = rng.randrange(len(kept))
            sectors = range(kept[victim].length // 512)
            torn = (victim, {s for s in sectors if rng.random() < 0.5})
        yield "%s of %d" % (kind, issued), kept, torn


def test_power():
    rng = random.Random(SEED)
    base, log_path, disk = lib.fresh_volume("base.vol"), path("writes.log"), path("disk.vol")
    open(log_path, "w").close()
    lib.copy_volume(base, "disk.vol")
    total, floors = record(base, log_path)
    log = parse(log_path, os.path.getsize(disk))
    flushes = log.count(FLUSH)
    note("seed %d: %d writes, %d flushes, %d checkpoints asked for" % (SEED, len(log) - flushes, flushes, len(floors)))
    if not ok(flushes > 2 * len(floors) > 4, "the log holds the run"):
        return

    judge = Judge(total, floors)
    rebuilder = Rebuilder(log_path, log, disk)
    # The newest generation at each flush first: it bounds what the disks between two flushes may hold.
    boots = set(rng.sample(range(flushes), min(BOOTS // 2, flushes)))
    each = max(1, (IMAGES - flushes) // max(1, flushes))
    also = set(rng.sample(range(flushes), min(BOOTS - BOOTS // 2, flushes)))
    index, oldest, began = 0, judge.newest(disk), time.monotonic()
    judge.verify(disk, "before the first flush")
    while True:
        window = rebuilder.window()
        if window:
            undo = rebuilder.apply(window)
            latest = judge.newest(disk)
            rebuilder.undo(undo)
            fates = subsets(rng, window)
            for number in range(each):
                kind, kept, torn = next(fates)
                name = "after flush %d, %s, fate %d" % (index, kind, number)
                undo = rebuilder.apply(kept, torn)
                judge.verify(disk, name, oldest, latest)
                if number == 0 and index in also:
                    judge.boot(disk, name)
                rebuilder.undo(undo)
        if len(judge.wrong) > 5 or not rebuilder.to_next_flush():
            break
        index += 1
        oldest = max(oldest, judge.verify(disk, "at flush %d" % index, oldest))
        if index in boots:
            judge.boot(disk, "at flush %d" % index)
    note("%d disks verified, %d booted in %.0f s" % (judge.verified, judge.booted, time.monotonic() - began))
    for text in judge.wrong:
        note(text)
    ok(not [w for w in judge.wrong if ", booted:" not in w], "every disk verifies, with a generation in its bounds")
    ok(not [w for w in judge.wrong if ", booted:" in w], "every booted disk goes on: prompt, counter, sum")
    acknowledged = floors[-1][0]
    ok(oldest >= acknowledged, "the newest acknowledged generation is on the last disk",
       "%d, acknowledged %d" % (oldest, acknowledged))
    ok(judge.verified >= min(IMAGES, 200) and judge.booted >= min(BOOTS, flushes) // 2, "there were enough disks",
       "%d verified, %d booted" % (judge.verified, judge.booted))


main(globals())
