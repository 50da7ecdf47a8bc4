#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""volume repair: damage, repair, verify, boot. A good volume stays as it is in every byte; an end at any write of a
repair loses nothing; what cannot be repaired is named, and given up only when asked."""
import os
import shutil
import struct
import subprocess
import time

import damage
import lib
from damage import digest, flip, in_log, named_by_both, oid_of, opened, text_pages
from lib import Machine, copy_volume, main, note, ok, path, verify
from volfmt import BLOCK, meta_sum

base = None
settled = None       # the same some time after a commit: both roots name it, and the one before it has gone home

# Ends the process at its n-th write, which reaches the disk by half; blocks FROM to TO cannot be read.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
size_t fread(void *p, size_t size, size_t n, FILE *f)
{
	size_t (*real)(void *, size_t, size_t, FILE *) = dlsym(RTLD_NEXT, "fread");
	long block = ftell(f) / 4096;

	if (getenv("FROM") && block >= atol(getenv("FROM")) && block <= atol(getenv("TO")))
		return 0;
	return real(p, size, n, f);
}
ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	static int left = -1;
	ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");

	if (left < 0)
		left = atoi(getenv("WRITES"));
	if (left-- > 0)
		return real(fd, p, n, at);
	real(fd, p, n / 2, at);
	_exit(9);
}
/* What it is called where offsets have 64 bits anyway. */
ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return pwrite(fd, p, n, at);
}
"""


def repair(volume, *options, env=None):
    done = subprocess.run([lib.VOLUME_TOOL, "repair", *options, volume], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=env and dict(os.environ, **env))
    return done.returncode, done.stdout


def damaged(name, hit, source=None):
    """A copy of the base on which hit(volume) has been."""
    disk = copy_volume(source or base, name)
    hit(opened(disk))
    return disk


def boots(disk, name):
    with Machine(disk) as m:
        m.prompt()
        text = m.command("bank status")
        ok("wrong 0" in text and m.ckpt() > 1, name + ": it boots, runs and commits", m.log())
    status, text = verify(disk)
    ok(status == 0, name + ": and is good after that", text)


def must_repair(name, hit, *words, options=(), boot=False, source=None):
    disk = damaged("repair.vol", hit, source)
    before = digest(disk)
    status, text = repair(disk, "-n", *options)
    ok(status == 1 and digest(disk) == before and all(w in text for w in words) and "nothing was written" in text,
       name + ": -n says what it would do, and does nothing", text)
    status, text = repair(disk, *options)
    ok(status == 0 and all(w in text for w in words), name + ": repaired", text)
    after = digest(disk)
    status, text = verify(disk)
    ok(status == 0 and "not good" not in text, name + ": verified", text)
    status, text = repair(disk, *options)
    ok(status == 0 and "nothing to repair" in text and digest(disk) == after,
       name + ": a second repair finds nothing", text)
    if boot:
        boots(disk, name)


def must_name(name, hit, *words, status=1, options=(), source=None):
    """What cannot be repaired: named, and the volume stays as it is."""
    disk = damaged("lost.vol", hit, source)
    before = digest(disk)
    was, text = repair(disk, *options)
    ok(was == status and all(w in text for w in words) and digest(disk) == before,
       name + ": named, nothing is written", text)


def test_good():
    global base
    base = damage.make_base()
    for name, volume in (("a volume in use", base), ("a new volume", lib.IMAGE)):
        disk = copy_volume(volume, "good.vol")
        before = digest(disk)
        status, text = repair(disk, "--drop")
        ok(status == 0 and "nothing to repair; good" in text and digest(disk) == before,
           name + ": not a byte changes", text)
    with Machine(disk) as m:
        m.prompt()
        status, text = repair(disk)
        note(text)
        flip(opened(disk), opened(disk).blocks - 1)
        status, text = repair(disk)
        ok(status == 2 and "in use" in text, "a volume on which a machine runs is refused", text)


def home_and_log(v):
    """(OID, block of the log, block at home) of frames that stand in both."""
    root = v.root(v.newest_slot())
    first, _, home, _, _ = v.ranges[0]
    return [(oid, at, home + (oid - first) // 8) for number, place in root.generations if number <= root.migrated
            for oid, at, _, _ in v.generation_places(place)["entries"]
            if at and v.block(at) == v.block(home + (oid - first) // 8)]


def test_settled():
    global settled
    settled = copy_volume(base, "settled.vol")
    for tries in range(10):
        with Machine(settled) as m:
            m.prompt()
            m.ckpt()
            m.ckpt()
            time.sleep(1 + tries)
        v = opened(settled)
        if home_and_log(v) and named_by_both(v, v.newest()):
            break
    ok(home_and_log(v) and named_by_both(v, v.newest()), "some time after a commit all has found its place")


def test_header():
    must_repair("the header", lambda v: flip(v, 0), "header in block 0, from its copy in block", boot=True)
    must_repair("the header's copy", lambda v: flip(v, v.blocks - 1), "copy of the header in block")

    def both(v):
        flip(v, 0)
        flip(v, v.blocks - 1)

    must_name("both headers", both, "no header, and no copy", status=2)

    def larger(v):
        """Copied to a larger disk, whose last block is another one."""
        os.truncate(v.file.name, (v.blocks + 300) * BLOCK)
        flip(v, 0)

    must_repair("the header on a larger disk", larger, "from its copy in block", "the disk's last block only", boot=True)


def header_put(v, at, value, where):
    """The header with another number, sealed again."""
    block = bytearray(v.header)
    struct.pack_into("<Q", block, at, value)
    struct.pack_into("<QQ", block, 4080, meta_sum(v.uuid, bytes(block), 4080), 0)
    for place in where:
        v.put(place, bytes(block))


def test_other_headers():
    def overwritten(v):
        """Behind it stands the end of a larger volume that was there before: a right copy of a header, but no root."""
        os.truncate(v.file.name, (v.blocks + 300) * BLOCK)
        old = opened(v.file.name)
        old.uuid = bytes(16)
        old.header = v.header[:16] + old.uuid + v.header[32:]
        header_put(old, 48, v.blocks + 300, [v.blocks + 299])
        flip(v, 0)

    must_repair("the header, with that of an older volume behind it", overwritten,
                "from its copy in block %d" % (opened(base).blocks - 1))
    must_name("features that nobody knows", lambda v: header_put(v, 32, 1, [0, v.blocks - 1]), "features 1", status=2)
    must_name("an older sum", lambda v: header_put(v, 40, 1, [0, v.blocks - 1]),
              "sums of kind 1, this tool reads kind 2: make it anew with mkimage", status=2)
    must_name("a volume that is cut off", lambda v: os.truncate(v.file.name, (v.blocks - 1) * BLOCK), "cut off", status=2)


def test_roots():
    must_repair("the newest root", lambda v: flip(v, v.root_places[v.newest_slot()]), "root slot", "from the other one",
                boot=True)
    must_repair("the older root", lambda v: flip(v, v.root_places[v.roots()[1]]), "root slot", boot=True)
    must_repair("two roots of one sequence", lambda v: v.put(v.root_places[v.roots()[1]], v.block(v.root_places[v.newest_slot()])),
                "both roots have the sequence", "from the other one", boot=True)

    def both(v):
        for place in v.root_places:
            flip(v, place)

    must_name("both roots", both, "no generation can be used", options=("--drop",))


def newest_header(v):
    flip(v, v.root(v.newest_slot()).generations[-1][1])


def test_generation():
    name = "the newest generation in both roots"
    must_name(name, newest_header, "is whole", "--drop goes back", source=settled)
    disk = damaged("back.vol", newest_header, settled)
    given_up = opened(settled).newest()
    status, text = repair(disk, "--drop")
    ok(status == 0 and opened(disk).newest() < given_up, name + ": with --drop it goes back by one", text)
    with Machine(disk) as m:
        m.prompt()
        ok(m.ckpt() > given_up, name + ": and never uses its number again", m.log())


def test_pairs():
    v = opened(base)
    _, _, _, pots, bitmaps = v.ranges[0]
    for side in (0, 1):
        must_repair("tag pot %d of the pair" % side, lambda v: flip(v, pots + side, byte=40), "tag pot in block %d" % (pots + side))

    def both(v):
        flip(v, bitmaps, byte=70)
        flip(v, bitmaps + 1, byte=70)

    must_repair("both bitmaps", both, "bitmap of tag pots", "from the tag pots", boot=True)


def test_twice_there():
    """Frames that are in the log and at home: each from the other."""
    pairs = home_and_log(opened(settled))
    for name, side in (("in the log", 1), ("at home", 2)):
        must_repair("frames " + name, lambda v: [flip(v, p[side], byte=2000) for p in pairs], "frame %x" % pairs[0][0], boot=True,
                    source=settled)


def counter_page(v):
    return in_log(v).get(oid_of("counter_page"))


def crash_pages(v):
    """Of the program crash, which is at home and nowhere else; its last blocks in the log are overwritten, if there are any."""
    live, wanted, found = in_log(v), text_pages("crash"), []
    for first, frames, home, _, _ in v.ranges:
        found += [home + i for i in range(min(frames, 4096)) if first + 8 * i not in live and v.block(home + i) in wanted]
    return found + [v.log + i for i in range(v.log_blocks) if v.block(v.log + i) in wanted]


def hit_counter(v):
    flip(v, counter_page(v), byte=3000)


def hit_crash(v):
    for at in crash_pages(v):
        flip(v, at, byte=40)


def test_lost():
    if not ok(counter_page(opened(base)) and crash_pages(opened(base)), "there is something to lose"):
        return
    must_name("a page in the log", hit_counter, "lost: frame", "and no block has the right one", "--drop gives that up")
    must_name("a program at home", hit_crash, "lost: frame", "home block")
    for name, hit, command in (("a page in the log", hit_counter, "count"), ("a program at home", hit_crash, "crash")):
        must_repair(name + ", given up", hit, "drop: frame", options=("--drop",))
        disk = damaged("given.vol", hit)
        repair(disk, "--drop")
        with Machine(disk) as m:
            m.prompt()
            m.command("bank status")
            m.send(command + "\r")
            m.expect(r"\n[^\n]*(fault|void|gone|stopped|error)[^\n]*\n")
            ok("damaged" not in m.log(), name + ": whoever uses it finds it gone", m.log())
        boots(disk, name)


def test_tag_pot():
    """With its tags: the frames stay damaged, the rest runs."""
    def hit(v):
        flip(v, v.ranges[0][3], byte=40)
        flip(v, v.ranges[0][3] + 1, byte=40)

    must_name("both copies of a tag pot", hit, "are lost with it")
    disk = damaged("pot.vol", hit)
    status, text = repair(disk, "--drop")
    ok(status == 1 and "drop: tag pot" in text and "its tag was lost" in text, "with --drop its frames are marked", text)
    status, text = repair(disk, "--drop")
    ok(status == 1 and "nothing to repair; DAMAGED" in text, "and not touched again", text)


def everything(v):
    """Something of each kind that can be repaired or given up at the same time."""
    flip(v, 0)
    flip(v, v.root_places[v.roots()[1]])
    flip(v, v.ranges[0][4], byte=70)
    flip(v, v.ranges[0][4] + 1, byte=70)
    hit_counter(v)
    hit_crash(v)


def shim():
    source, made = path("shim.c"), path("shim.so")
    with open(source, "w") as f:
        f.write(SHIM)
    subprocess.run([shutil.which("gcc") or "cc", "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made


def test_unreadable():
    """A block that the disk does not give is not one that was never written."""
    def bitmaps(v):
        flip(v, v.ranges[0][4], byte=70)
        flip(v, v.ranges[0][4] + 1, byte=70)

    disk = damaged("unreadable.vol", bitmaps)
    before, pots = digest(disk), opened(disk).ranges[0][3]
    status, text = repair(disk, "-n", env={"FROM": str(pots), "TO": str(pots + 1), "LD_PRELOAD": shim()})
    ok(status == 1 and "are lost with it" in text and digest(disk) == before, "a tag pot that cannot be read is not empty", text)


def test_other_processors():
    """Whose processes they are is nothing to the tool, and all to the kernel."""
    names = ["i386", "x86_64", "aarch64", "riscv64"]
    for number, other in enumerate(names, 1):
        if other == lib.PORT.programs:
            continue
        disk = copy_volume(base, "other.vol")
        damage.set_architecture(disk, number)
        before = digest(disk)
        with Machine(disk) as m:
            try:
                status = m.ended()
            except lib.Stopped:
                status = None
            said = "the volume holds processes of architecture %d, this kernel is %d: start the one" % (
                number, names.index(lib.PORT.programs) + 1)
            ok(status and said in m.log() and digest(disk) == before, "a volume of %s: the kernel refuses it and says why" % other, m.log())
        info, listed = (subprocess.run([lib.VOLUME_TOOL, word, disk], stdout=subprocess.PIPE, text=True) for word in ("info", "ls"))
        ok(info.returncode == 0 and "architecture %d (%s)" % (number, other) in info.stdout, "but volume info tells what it is", info.stdout)
        here = subprocess.run([lib.VOLUME_TOOL, "ls", base], stdout=subprocess.PIPE, text=True)
        ok(listed.returncode == 0 and listed.stdout == here.stdout != "", "volume ls lists what is in it")
        v = opened(disk)
        flip(v, v.ranges[0][3])
        status, text = repair(disk)
        ok(status == 0 and verify(disk)[0] == 0 and digest(disk) == before, "and volume repair mends it", text)


def test_killed():
    generation = opened(base).newest()
    disk = damaged("whole.vol", everything)
    status, text = repair(disk, "--drop")
    if not ok(status == 0, "damage of every kind at once is repaired", text):
        return
    boots(disk, "damage of every kind at once")
    blocks = int(text.split(" blocks written")[0].rsplit(" ", 1)[1])
    bad, library = [], shim()
    for writes in range(blocks + 1):
        disk = damaged("killed.vol", everything)
        status, text = repair(disk, "--drop", env={"WRITES": str(writes), "LD_PRELOAD": library})
        if status != (9 if writes < blocks else 0) or opened(disk).newest() != generation:
            bad.append((writes, status, text))
        status, text = repair(disk, "--drop")
        if status != 0 or opened(disk).newest() != generation or verify(disk)[0] != 0:
            bad.append((writes, "again", status, text))
        if writes == blocks // 2:
            boots(disk, "after an end in the middle and another repair")
    ok(not bad, "an end at each of %d writes, then another repair: nothing more is lost" % blocks, bad[:3])


def test_disk():
    """The disk around a volume that ends with the disk: the copy of the header is its last block, too."""
    disk, first = path("disk.img"), 17 << 8
    with open(base, "rb") as f:
        volume = f.read()
    table = bytearray(first * BLOCK)
    struct.pack_into("<B3xII", table, 446 + 16 + 4, 0x41, first * 8, len(volume) // 512)
    table[510:512] = b"\x55\xaa"
    with open(disk, "wb") as f:
        f.write(table + volume)
    before = digest(disk)
    for status, text in (verify(disk), repair(disk, "-n"), repair(disk, "--drop")):
        ok(status == 2 and "partition 2, blocks %d to " % first in text and "damaged" not in text and digest(disk) == before,
           "a disk with partitions is no volume, and it is said where that is", text)


def test_words():
    for words in ((), ("-x", base), ("-n",), ("--drop",), (base, base)):
        done = subprocess.run([lib.VOLUME_TOOL, "repair", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ok(done.returncode == 2 and "usage" in done.stdout, "repair %s: refused" % " ".join(os.path.basename(w) for w in words),
           done.stdout)


def test_help():
    done = subprocess.run([lib.VOLUME_TOOL, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ok(done.returncode == 0 and "volume repair [-n]" in done.stdout and not done.stderr,
       "who asks how is told", done.stdout + done.stderr)


def test_no_file():
    """A folder has no end that could be found, a pipe perhaps nobody who writes."""
    pipe = os.path.join(lib.work, "pipe")
    os.mkfifo(pipe)
    for command in (("info",), ("repair", "-n")):
        for name in (lib.work, pipe):
            done = subprocess.run([lib.VOLUME_TOOL, *command, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, timeout=30)
            ok(done.returncode == 2 and "neither a file nor a block device" in done.stdout,
               "%s of what is no file: refused" % command[0], done.stdout)


main(globals())
