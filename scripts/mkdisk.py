#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes O/anteros.img, a disk that boots by itself. "make image" calls it. Needs neither root nor loop devices.

    sector 0        MBR: GRUB's first stage and the partition table
    sector 1..      GRUB's core image, up to 1 MiB
    1 MiB           partition 1, FAT: the kernel and grub.cfg
    17 MiB          partition 2, type 0x41: the Anteros volume, a copy of O/image.vol

    mkdisk.py [--output FILE] [--volume FILE] [--cmdline TEXT]
"""
import argparse
import os
import struct
import subprocess
import sys
import tempfile

import run

GRUB = "/usr/lib/grub/i386-pc"
MODULES = ["biosdisk", "part_msdos", "fat", "search", "search_label", "configfile", "normal", "multiboot", "serial",
           "terminal"]
SECTOR, MIB = 512, 1 << 20
LABEL = "ANTEROSBOOT"
BOOT_AT, BOOT_BYTES = MIB, 16 * MIB
VOLUME_AT = BOOT_AT + BOOT_BYTES
TYPE_FAT16, TYPE_ANTEROS = 0x0e, 0x41

EARLY_CFG = """search.fs_label %s root
set prefix=($root)/grub
configfile ($root)/grub/grub.cfg
""" % LABEL

GRUB_CFG = """serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
set timeout=0
set default=0
menuentry "Anteros" {
	multiboot /anteros %s
	boot
}
"""


# The same input makes the same disk: files in it carry this date, and its file system a fixed serial number.
FIXED_DATE = {"SOURCE_DATE_EPOCH": "946684800", **os.environ, "TZ": "UTC"}
SERIAL = "616e7465"


Problem = run.Problem


def call(*command):
    try:
        done = subprocess.run(command, env=FIXED_DATE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        raise Problem("%s is not on this machine: scripts/setup installs it" % command[0]) from None
    if done.returncode:
        raise Problem("%s failed:\n%s" % (" ".join(command), done.stdout))


def core_image(work):
    early, core = os.path.join(work, "early.cfg"), os.path.join(work, "core.img")
    with open(early, "w") as f:
        f.write(EARLY_CFG)
    call("grub-mkimage", "-O", "i386-pc", "-d", GRUB, "-p", "/grub", "-c", early, "-o", core, *MODULES)
    with open(core, "rb") as f:
        data = f.read()
    data += bytes(-len(data) % SECTOR)
    if SECTOR + len(data) > BOOT_AT:
        raise Problem("GRUB's core image is too large: %d bytes" % len(data))
    # The core's first sector loads the rest by this block list: from sector 2 on, to segment 0x820.
    rest = struct.pack("<QHH", 2, len(data) // SECTOR - 1, 0x820)
    return data[:0x1f4] + rest + data[0x1f4 + len(rest):]


def partition(boot, kind, at, size):
    """An entry of the partition table; addresses by cylinder, head and sector are those that mean "look at the LBA"."""
    return struct.pack("<B3sB3sII", 0x80 if boot else 0, b"\xfe\xff\xff", kind, b"\xfe\xff\xff", at // SECTOR, size // SECTOR)


def boot_record(volume_bytes):
    with open(os.path.join(GRUB, "boot.img"), "rb") as f:
        code = bytearray(f.read(440))
    code[0x5c:0x64] = struct.pack("<Q", 1)   # where the core image begins
    code[0x66:0x68] = b"\x90\x90"            # take the drive number from the BIOS, whatever it is
    code[440:446] = bytes(6)
    table = partition(True, TYPE_FAT16, BOOT_AT, BOOT_BYTES) + partition(False, TYPE_ANTEROS, VOLUME_AT, volume_bytes)
    return bytes(code) + table + bytes(32) + b"\x55\xaa"


def make(folder, port, output, volume, cmdline):
    if port.loader != "grub":
        raise Problem("this port has no disk that boots by itself")
    kernel = run.kernel_file(folder, port)
    if not os.path.exists(volume):
        raise Problem("%s is not there: run make first" % volume)
    if not os.path.exists(os.path.join(GRUB, "boot.img")):
        raise Problem("GRUB for PC BIOS is not on this machine: scripts/setup installs it")
    with tempfile.TemporaryDirectory(dir=folder) as work:
        config = os.path.join(work, "grub.cfg")
        with open(config, "w") as f:
            f.write(GRUB_CFG % cmdline)
        disk = os.path.join(work, "disk")
        volume_bytes = os.path.getsize(volume)
        with open(disk, "wb") as f:
            f.truncate(VOLUME_AT + volume_bytes)
            f.write(boot_record(volume_bytes))
            f.write(core_image(work))
        fat = "%s@@%d" % (disk, BOOT_AT)
        call("mformat", "-i", fat, "-v", LABEL, "-N", SERIAL, "-T", str(BOOT_BYTES // SECTOR), "-h", "16", "-s", "63", "::")
        call("mmd", "-i", fat, "::/grub")
        call("mcopy", "-i", fat, config, "::/grub/grub.cfg")
        call("mcopy", "-i", fat, kernel, "::/anteros")
        # bs divides the offset and the size of every volume, so that holes stay holes.
        call("dd", "if=" + volume, "of=" + disk, "bs=64K", "seek=%d" % (VOLUME_AT // 65536), "conv=notrunc,sparse",
            "status=none")
        os.replace(disk, output)


def main():
    folder = os.path.abspath(os.environ.get("O", "build"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default=os.path.join(folder, "anteros.img"))
    parser.add_argument("--volume", default=os.path.join(folder, "image.vol"))
    parser.add_argument("--cmdline", default=os.environ.get("CMDLINE", ""))
    options = parser.parse_args()
    port = run.port_of(folder)
    make(folder, port, options.output, options.volume, options.cmdline)
    shown = os.path.relpath(options.output)
    print("%s: %d MiB. To boot it:\n  %s -accel tcg -drive file=%s,format=raw -nographic"
          % (shown, os.path.getsize(options.output) // MIB, port.qemu, shown))


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit("mkdisk: %s" % problem)
