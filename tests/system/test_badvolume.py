#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Bad volumes and bad machines: each structure of a volume in turn is flipped or cut off, on a copy.

A volume that cannot be trusted stops the boot: the reason is printed, QEMU ends with a failing status, and not a byte of
the disk has changed. One that can be (one bad root, one bad copy) boots, says what it found, and goes on. Nothing ends in
a panic. `volume verify` must find each damage too.
"""
import os
import re
import struct
import subprocess
import time

from damage import digest, flip, in_log, make_base, named_by_both, oid_of, opened, text_pages
from lib import Machine, O, PORT, PROMPT, Stopped, TREE, copy_volume, main, note, ok, path, verify
from volfmt import BLOCK, meta_sum

base = None          # a volume with several generations, one not migrated yet, counter and bank running


def boot(volume, **options):
    """Boots; returns (outcome, console): "prompt", "stopped" (named reason), "panic", or "silence"."""
    with Machine(volume, **options) as m:
        try:
            m.expect(r"\n%s|boot stopped: |panic: " % PROMPT, 30)
        except Stopped:
            text = m.log()
            return "ended without a word" if m.qemu.flag_eof else "silence", text
        found = m.qemu.match.group(0)
        if "panic" in found:
            time.sleep(0.3)
            return "panic", m.log()
        if "stopped" in found:
            status = m.ended(10)
            return "stopped" if status else "stopped with status 0", m.log()
        return "prompt", m.log()


def must_stop(volume, name, *words, **options):
    before = digest(volume) if volume else None
    outcome, text = boot(volume, **options)
    ok(outcome == "stopped" and all(w in text for w in words), "%s: the boot stops and says why" % name,
       "%s, wanted %s\n%s" % (outcome, words, text))
    if volume:
        ok(digest(volume) == before, "%s: nothing was written" % name)


def must_boot(volume, name, *words, **options):
    outcome, text = boot(volume, **options)
    ok(outcome == "prompt" and all(w in text for w in words), "%s: boots%s" % (name, " and says so" if words else ""),
       "%s, wanted %s\n%s" % (outcome, words, text))


def must_find(volume, name):
    status, text = verify(volume)
    ok(status != 0 and text.strip(), "%s: volume verify finds it" % name, text)


def test_base():
    global base
    base = make_base()
    status, text = verify(base)
    ok(status == 0, "the volume to be damaged is clean", text)
    v = opened(base)
    ok(len(v.roots()) == 2, "it has two good roots", v.roots())
    note("generations %s and %s, migrated up to %d" % (*[v.root(s).newest for s in v.roots()],
                                                       v.root(v.newest_slot()).migrated))


def test_header():
    name = "a bit of the header"
    disk = copy_volume(base, "header.vol")
    flip(opened(disk), 0)
    must_find(disk, name)
    must_boot(disk, name)

    name = "a bit of the header and of its copy"
    disk = copy_volume(base, "headers.vol")
    v = opened(disk)
    flip(v, 0)
    flip(v, v.blocks - 1)
    must_find(disk, name)
    must_stop(disk, name, "holds no volume")

    name = "the magic of both headers"
    disk = copy_volume(base, "magic.vol")
    v = opened(disk)
    flip(v, 0, byte=0)
    flip(v, v.blocks - 1, byte=0)
    must_stop(disk, name, "holds no volume")
    status, text = verify(disk)
    ok(status == 2 and "no header in its first block" in text and "its copy" not in text, name + ": and says only that", text)


def test_roots():
    name = "a bit of the newest root"
    disk = copy_volume(base, "root.vol")
    v = opened(disk)
    flip(v, v.root_places[v.newest_slot()])
    # One bad root is what a loss of power leaves: not damage, but not unsaid.
    text = verify(disk)[1]
    ok("root slot" in text and "not good" in text, name + ": volume verify says so", text)
    must_boot(disk, name)

    name = "a bit of the older root"
    disk = copy_volume(base, "older.vol")
    v = opened(disk)
    flip(v, v.root_places[v.roots()[1]])
    must_boot(disk, name)

    name = "a bit of both roots"
    disk = copy_volume(base, "roots.vol")
    v = opened(disk)
    for place in v.root_places:
        flip(v, place)
    must_find(disk, name)
    must_stop(disk, name, "roots", "bad")


def metadata_case(what, choose):
    """Damages a block of the newest generation that both the mount and the audit need."""
    name = "a bit of the newest generation's " + what
    disk = copy_volume(base, "meta.vol")
    v = opened(disk)
    generation, place = v.root(v.newest_slot()).generations[-1]
    flip(v, choose(v.generation_places(place)))
    must_find(disk, name)
    if named_by_both(v, generation):
        must_stop(disk, name, "bad")
    else:
        must_boot(disk, name, "bad", "is lost")


def test_generation():
    metadata_case("header", lambda g: g["header"])
    metadata_case("directory", lambda g: g["directory"][0])
    metadata_case("activities", lambda g: g["activities"][0])


def test_fall_back():
    """Killed right after a commit, before the next root: only one root names the generation. Without it, the one before."""
    disk = copy_volume(base, "fresh.vol")
    for _ in range(10):
        with Machine(disk) as m:
            m.prompt()
            m.ckpt()
        v = opened(disk)
        generation, place = v.root(v.newest_slot()).generations[-1]
        if not named_by_both(v, generation):
            break
    else:
        note("no kill hit the time between a commit and the next root")
        return
    older = v.root(v.roots()[1]).newest
    flip(v, v.generation_places(place)["header"])
    name = "the header of a generation that one root names"
    must_find(disk, name)
    must_boot(disk, name, "cannot be used", "generation %d is lost" % generation)
    with Machine(disk) as m:
        boot_text = m.prompt()
        ok("generation %d" % older in boot_text or m.ckpt() > generation, name + ": it goes on, with new numbers", boot_text)


def test_log_frame():
    """The counter's page: its program stops with a fault when it is fetched, everything else runs."""
    name = "a bit of a frame in the log"
    disk = copy_volume(base, "log.vol")
    v = opened(disk)
    at = in_log(v).get(oid_of("counter_page"))
    if not ok(at, "the counter's page is in the log"):
        return
    flip(v, at, byte=3000)
    must_find(disk, name)
    with Machine(disk) as m:
        m.prompt()
        text = m.command("count")
        ok("damaged" in text, name + ": whoever uses it is told", text)
        text = m.command("help")
        ok("ckpt" in text, name + ": the rest runs", text)


def test_home_frame():
    """A page of the program crash, which is at home."""
    name = "a bit of a frame at home"
    disk = copy_volume(base, "home.vol")
    v = opened(disk)
    live = in_log(v)
    wanted = text_pages("crash")
    victims = []
    for first, frames, home, _, _ in v.ranges:
        for i in range(min(frames, 4096)):
            if first + 8 * i not in live and v.block(home + i) in wanted:
                victims.append(home + i)
    if not ok(victims, "the program crash is at home"):
        return
    for place in victims:
        flip(v, place, byte=40)
    must_find(disk, name)
    with Machine(disk) as m:
        m.prompt()
        text = m.command("crash")
        ok("damaged" in text, name + ": whoever uses it is told", text)
        text = m.command("help")
        ok("ckpt" in text, name + ": the rest runs", text)


def test_tag_pots():
    v = opened(base)
    pots = v.ranges[0][3]
    for name, places in (("a bit of one tag pot", [pots]), ("a bit of the other tag pot", [pots + 1]),
                         ("a bit of both copies of a tag pot", [pots, pots + 1])):
        disk = copy_volume(base, "tags.vol")
        w = opened(disk)
        for place in places:
            flip(w, place, byte=40)
        outcome, text = boot(disk)
        if len(places) == 1: # the other is the same
            ok(outcome == "prompt" and "damaged" not in text, name + ": boots, nothing is lost", outcome + "\n" + text)
            continue
        ok(outcome in ("prompt", "stopped") or outcome == "silence" and "damaged" in text,
           name + ": no panic", outcome + "\n" + text)
        must_find(disk, name)


def test_bitmaps():
    name = "a bit of both copies of a bitmap"
    disk = copy_volume(base, "bitmap.vol")
    v = opened(disk)
    place = v.ranges[0][4]
    flip(v, place)
    flip(v, place + 1)
    must_find(disk, name)
    must_stop(disk, name, "bitmap")


def test_truncated():
    size = os.path.getsize(base)
    for name, length, word in (("half of the volume", size // 2 // BLOCK * BLOCK, "blocks"),
                               ("all but the last block", size - BLOCK, "blocks"),
                               ("only its first block", BLOCK, "blocks")):
        disk = copy_volume(base, "short.vol")
        os.truncate(disk, length)
        must_find(disk, name)
        must_stop(disk, name, word)


def test_not_a_volume():
    disk = path("zero.vol")
    with open(disk, "wb") as f:
        f.truncate(16 << 20)
    must_find(disk, "a disk of zeroes")
    must_stop(disk, "a disk of zeroes", "holds no volume")
    disk = path("text.vol")
    with open(disk, "wb") as f:
        f.write(b"This is not a volume at all. " * 100000)
        f.truncate(16 << 20)
    must_find(disk, "a disk of text")
    must_stop(disk, "a disk of text", "holds no volume")


def test_others():
    """Of another kernel. Sealed again, so that only the number is wrong."""
    for name, at, value, words in (("a volume of a later format", 8, 2, ("format 2",)),
                                   ("a volume of an older sum", 40, 1, ("sums of kind 1", "make it anew with mkimage"))):
        disk = copy_volume(base, "other.vol")
        v = opened(disk)
        for place in (0, v.blocks - 1):
            block = bytearray(v.block(place))
            struct.pack_into("<I", block, at, value)
            struct.pack_into("<QQ", block, 4080, meta_sum(v.uuid, bytes(block), 4080), 0)
            v.put(place, bytes(block))
        status, text = verify(disk)
        ok(status != 0 and all(w in text for w in words), "%s: volume verify refuses it and says why" % name, text)
        must_stop(disk, name, *words)


def test_lies():
    """Numbers that nobody can have written, under right sums."""
    for name, at, value in (("tag pots over the roots", 128 + 24, 0), ("a log without end", 80, (1 << 64) - 1),
                            ("homes behind the volume", 128 + 16, 1 << 60), ("frames without end", 128 + 8, 1 << 60)):
        disk = copy_volume(base, "lies.vol")
        v = opened(disk)
        block = bytearray(v.block(0))
        struct.pack_into("<Q", block, at, value)
        struct.pack_into("<QQ", block, 4080, meta_sum(v.uuid, bytes(block), 4080), 0)
        v.put(0, bytes(block))
        v.put(v.blocks - 1, bytes(block))
        must_find(disk, name)
        must_stop(disk, name, "does not make sense")


def test_machine():
    must_stop(None, "no disk", "no disk", disk="none")
    disk = copy_volume(base, "ram.vol")
    for mem in PORT.too_small:
        before = digest(disk)
        with Machine(disk, mem=mem) as m:
            try:
                status = m.ended(20)
            except Stopped:
                status = None
            text = m.log()
        ok(status and "too little RAM" in text,
           "%d MiB of RAM: too little, and it says so" % mem, "status %s\n%s" % (status, text))
        ok(digest(disk) == before, "%d MiB of RAM: nothing was written" % mem)
    text = subprocess.run([os.path.join(TREE, "scripts/size.py")], env=dict(os.environ, O=O), stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    least = int(re.search(r"least memory: .* = (\d+) KiB", text).group(1))
    must_stop(None, "the least memory of make size, %d KiB" % least, "no disk", disk="none", mem="%dK" % least)
    must_stop(None, "160 KiB less than that", "too little RAM", disk="none", mem="%dK" % (least - 160))
    disk = copy_volume(base, "through.vol")
    with Machine(None, more=["-drive", "file=%s,format=raw,if=none,id=volume" % disk, "-device",
                             PORT.virtio + ",drive=volume,write-cache=off"]) as m:
        m.prompt()
        ok(m.ckpt() > 1, "a disk without a volatile cache serves as well")


main(globals())
