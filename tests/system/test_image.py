#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make image`: a disk that boots by itself, by each loader of the port, and the plug test on it; `make run BOOT=`; and
disks that must not boot, which say why. IMAGE_KILLS=5 and PLUG_SEED=1 change the number of kills per loader and the moments.
"""
import os
import re
import struct
import subprocess

from damage import set_architecture
from lib import O, PORT, TREE, Machine, Stopped, main, note, ok, path, run
from plug import pull_the_plug

KILLS = int(os.environ.get("IMAGE_KILLS", "5"))
SEED = int(os.environ.get("PLUG_SEED", "1"))
SECTOR = 512
TABLE, ENTRY = 446, 16

image = None         # as make_image() made it


def script(name, *arguments, folder=O, **settings):
    """Runs a script of the build; returns (status, what it printed)."""
    env = {k: v for k, v in os.environ.items() if k not in ("BOOT", "FRESH", "VOLUME", "MEM", "CMDLINE", "ALSO", "DISK", "DTB")}
    done = subprocess.run([os.path.join(TREE, "scripts", name), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=dict(env, O=folder, **settings))
    return done.returncode, done.stdout


def copy_of_image(name):
    run.copy_volume(image, path(name))
    return path(name)


def partitions(disk):
    """(kind, first byte, bytes) of each."""
    with open(disk, "rb") as f:
        entries = [struct.unpack("<4xB3xII", f.read(SECTOR)[TABLE + ENTRY * i:][:ENTRY]) for i in range(4) if not f.seek(0)]
    return [(kind, first * SECTOR, count * SECTOR) for kind, first, count in entries]


def volume_of(disk, number=1):
    """A copy of the volume in a partition, in a file of its own."""
    _, first, size = partitions(disk)[number]
    target = path("partition.vol")
    subprocess.run(["dd", "if=" + disk, "of=" + target, "bs=64K", "skip=%d" % (first // 65536), "count=%d" % (size // 65536),
                    "conv=sparse", "status=none"], check=True)
    return target


def change(disk, at, data):
    with open(disk, "r+b") as f:
        f.seek(at)
        f.write(data)


def test_made():
    global image
    image = path("anteros.img")
    status, text = script("mkdisk.py", "--output", image)
    if PORT.disk is None:
        ok(status != 0 and "no disk that boots by itself" in text, "this port has no image, and make image says so", text)
        return
    ok(status == 0, "the image is made", text)
    again = path("again.img")
    status, text = script("mkdisk.py", "--output", again, TZ="UTC-7")
    with open(image, "rb") as a, open(again, "rb") as b:
        ok(status == 0 and a.read() == b.read(), "and is the same in every byte when it is made again", text)
    os.unlink(again)
    status, text = script("mkdisk.py", "--output", again, CMDLINE="x; halt")
    ok(status != 0 and "';'" in text and not os.path.exists(again), "a command line that a loader would act on is refused", text)
    kinds = [kind for kind, _, _ in partitions(image)]
    ok(kinds == [0xef, 0x41, 0, 0], "it has a boot partition and a volume", kinds)
    with open(volume_of(image), "rb") as a, open(os.path.join(O, "image.vol"), "rb") as b:
        ok(a.read() == b.read(), "and the volume is the one that was built")


def test_loaders():
    for boot in PORT.boot:
        disk = copy_of_image("%s.img" % boot)
        generation = 0
        for kind in ("virtio", "ide") if PORT.ide else ("virtio",):
            with Machine(disk, boot=boot, disk=kind) as m:
                m.prompt()
                ok(True, "%s boots it as a %s disk, and nobody types" % (boot, kind))
                ok("are bad" not in m.log(), "%s: the disk as a whole is not taken for a volume" % boot, m.log())
                newer = m.ckpt()
                ok(newer > generation, "%s: it goes on in its own partition" % boot, "%d after %d" % (newer, generation))
                generation = newer
                m.send("halt\r")
                ok(m.ended() == 0, "%s: and halts" % boot, m.log())
        os.unlink(disk)


def test_disk_without_interrupt():
    """U-Boot leaves the interrupt of a PC's further disks as it was after the reset."""
    if not PORT.ide:
        return
    disk, other = copy_of_image("uboot.img"), copy_of_image("other.img")
    with Machine(disk, boot="uboot", more=["-drive", "file=%s,format=raw,if=none,id=other" % other,
                                           "-device", PORT.virtio + ",drive=other,addr=8"]) as m:
        m.prompt()
        ok("left out: no interrupt" in m.log(), "a disk that was given no interrupt is left out by name", m.log())
    os.unlink(disk)
    os.unlink(other)


def test_plug():
    for boot in PORT.boot:
        note("by %s" % boot)
        disk = copy_of_image("plug-%s.img" % boot)
        pull_the_plug(KILLS, "%d %s" % (SEED, boot), lambda: Machine(disk, boot=boot), lambda: volume_of(disk))
        with open(image, "rb") as a, open(disk, "rb") as b:
            ok(a.read(run.VOLUME_AT) == b.read(run.VOLUME_AT), "nothing was written before the volume")
        os.unlink(disk)


# ---- make run BOOT= ---------------------------------------------------------------------------------------------------

def build_folder():
    """One with what was built and nothing else."""
    folder = path("folder")
    os.makedirs(folder, exist_ok=True)
    for name in (".config", os.path.basename(run.kernel_file(O, PORT)), "image.vol"):
        if not os.path.lexists(os.path.join(folder, name)):
            os.symlink(os.path.join(O, name), os.path.join(folder, name))
    return folder


def test_run_refuses():
    folder = build_folder()
    for settings, *words in (({"BOOT": "floppy"}, "BOOT=floppy", "BOOT=kernel"),
                             ({"BOOT": "grub"} if "grub" not in PORT.boot else {"BOOT": "GRUB"}, "this port has"),
                             ({"MEM": "1"}, "MEM=1: with BOOT=kernel the machine would say nothing below"), ({"MEM": "much"}, "MEM=much"),
                             ({"FRESH": "no"}, "FRESH=no: 1 or 0"), ({"ICOUNT": "2"}, "ICOUNT=2: 1 or 0"),
                             ({"VOLUME": "/none.vol"}, "VOLUME=/none.vol is not there"),
                             ({"VOLUME": "/"}, "VOLUME=/ is a folder"),
                             ({"VOLUME": __file__, "FRESH": "1"}, "is made anew by mkimage"),
                             *(({"BOOT": b, "MEM": str(PORT.boot[b].memory - 1)}, "with BOOT=%s the machine would say nothing below" % b)
                               for b in PORT.boot if PORT.boot[b].memory > 64),
                             *(({"BOOT": b, "VOLUME": "x.vol"}, "VOLUME= goes with BOOT=kernel") for b in PORT.boot)):
        status, text = script("run.py", "--print", folder=folder, **settings)
        ok(status == 2 and all(w in text for w in words) and "Traceback" not in text, "%s is refused by name" % settings, text)


def life(folder, boot, **settings):
    """One run by way of run.py, up to a checkpoint; returns (generation gone on from, generation committed)."""
    command = ["env", "O=" + folder, "BOOT=" + boot, *("%s=%s" % s for s in settings.items()),
               os.path.join(TREE, "scripts/run.py")]
    with Machine(None, command=command) as m:
        said = re.search(r"store: generation (\d+)", m.prompt())
        return int(said.group(1)), m.ckpt()


def test_run_persists():
    folder = build_folder()
    disk = os.path.join(folder, "disk.img")
    for boot in list(PORT.boot)[:1]:
        _, committed = life(folder, boot)
        change(disk, run.VOLUME_AT - SECTOR, b"old")
        first, newer = life(folder, boot)
        ok(first >= committed, "BOOT=%s goes on where it was killed" % boot, "%d, %d" % (first, committed))
        with open(disk, "rb") as f:
            f.seek(run.VOLUME_AT - SECTOR)
            ok(f.read(3) == bytes(3), "and everything before the volume is the new build's")
        first, _ = life(folder, boot, FRESH="1")
        ok(first < newer, "FRESH=1 starts from the image", "%d, %d" % (first, newer))
        os.truncate(disk, os.path.getsize(disk) - 65536)
        status, text = script("run.py", "--print", folder=folder, BOOT=boot)
        ok(status == 2 and "FRESH=1" in text, "a disk of another size is refused by name", text)


def test_run_in_memory():
    """With the volume as a module, there is as much RAM as that takes, wherever the loader puts it."""
    first, newer = life(build_folder(), "kernel", DISK="module")
    ok(newer > first, "DISK=module boots from a volume in memory", "%d, %d" % (first, newer))


# ---- disks that must not boot -----------------------------------------------------------------------------------------

def stops(disk, name, *words):
    with Machine(disk, boot=list(PORT.boot)[0]) as m:
        try:
            m.expect(r"boot stopped: [^\n]*\n")
        except Stopped:
            ok(False, "%s: the boot stops and says why" % name, m.log())
            return
        status, text = m.ended(), m.log()
        ok(status != 0 and all(w in text for w in words), "%s: the boot stops and says why" % name, text)


def test_bad_disks():
    if not PORT.boot:
        return
    disk = copy_of_image("bad.img")
    change(disk, TABLE + ENTRY, bytes(ENTRY))
    stops(disk, "no partition with a volume", "holds no volume", "partition of type 0x41")

    disk = copy_of_image("bad.img")
    _, first, size = partitions(disk)[1]
    change(disk, TABLE + ENTRY + 12, struct.pack("<I", size // 2 // SECTOR))
    stops(disk, "a partition smaller than its volume", "blocks, the device", "larger partition")

    disk = copy_of_image("bad.img")
    os.truncate(disk, first + size // 2)
    stops(disk, "a disk that was cut off", "ends behind the disk")

    other = path("other.vol")
    run.copy_volume(os.path.join(O, "image.vol"), other)
    set_architecture(other, 99)
    disk = path("bad.img")
    status, text = script("mkdisk.py", "--output", disk, "--volume", other)
    ok(status == 0, "an image with a volume of another processor is made", text)
    stops(disk, "a volume of another processor", "architecture 99", "start the one built with it")


# ---- U-Boot with a FIT ------------------------------------------------------------------------------------------------

def test_fit():
    """Every byte of the kernel and of the device tree in the FIT is under its sums."""
    if PORT.disk in ("pc", None):
        return
    with open(run.kernel_file(O, PORT), "rb") as f:
        kernel = f.read()
    with open(image, "rb") as f:
        files = f.read(run.VOLUME_AT)
    at = files.index(kernel[:SECTOR])
    tree = files.index(b"\xd0\x0d\xfe\xed", at + len(kernel))
    for what, where in (("kernel", at), ("kernel", at + len(kernel) // 2), ("kernel", at + len(kernel) - 1),
                        ("device tree", tree + 64), ("device tree", tree + struct.unpack_from(">I", files, tree + 4)[0] - 2)):
        disk = copy_of_image("fit.img")
        change(disk, where, bytes([files[where] ^ 1]))
        with Machine(disk, boot="uboot") as m:
            text = m.expect(r"SCRIPT FAILED")
            ok("Bad Data Hash" in text and "\nAnteros" not in text,
               "byte %d, of the %s, is damaged: U-Boot says so and does not start it" % (where, what), text)


def test_device_tree():
    """A tree of one's own, the firmware's, and what is none."""
    if PORT.disk is None:
        return
    disk = path("tree.img")
    if PORT.disk == "pc":
        status, text = script("mkdisk.py", "--output", disk, DTB=__file__)
        ok(status != 0 and "a PC's disk has no device tree" in text and not os.path.exists(disk), "DTB= is refused", text)
        return
    for dtb, word in (("/none.dtb", "is not there"), (__file__, "dtc")):
        status, text = script("mkdisk.py", "--output", disk, DTB=dtb)
        ok(status != 0 and word in text and "Traceback" not in text and not os.path.exists(disk), "DTB=%s is refused" % dtb, text)
    own = path("own.dtb")
    subprocess.run([PORT.qemu, *PORT.machine, *run.BARE, "-machine", "dumpdtb=" + own], check=True, stderr=subprocess.DEVNULL)
    for dtb, word in (("none", "Flattened Device Tree blob at"), (own, "Loading fdt from FIT")):
        status, text = script("mkdisk.py", "--output", disk, DTB=dtb)
        ok(status == 0, "an image with DTB=%s is made" % os.path.basename(dtb), text)
        with Machine(disk, boot="uboot", mem=192) as m:
            m.prompt()
            said = re.search(r"memory: (\d+) frames", m.log())
            ok(word in m.log() and int(said.group(1)) * 4096 > 180 << 20, "and boots, with all of the memory", m.log())


# ---- one disk for several ports -----------------------------------------------------------------------------------------

def test_shared():
    """i386 and x86_64 on one disk: the processor decides."""
    wide = os.path.join(os.path.dirname(O), "x86_64")
    if os.path.basename(O) != "i386" or not os.path.exists(os.path.join(wide, "anteros.boot")):
        return
    disk = path("shared.img")
    status, text = script("mkdisk.py", "--output", disk, wide)
    ok(status == 0, "an image with two kernels and two volumes is made", text)
    for boot, word in (("grub", "Anteros i386"), ("uefi", "Anteros x86_64")):
        with Machine(disk, boot=boot) as m:
            ok(word in m.prompt(), "%s: %s is started, and finds its volume" % (boot, word), m.log())
    status, text = script("mkdisk.py", "--output", disk, O)
    ok(status != 0 and "the same port" in text, "the same port twice is refused by name", text)


main(globals())
