#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes O/anteros.img, a disk that boots by itself. "make image" calls it. Needs neither root nor loop devices.

    sector 0        MBR: the partition table; on a PC also GRUB's first stage
    sector 1..      on a PC GRUB's core image for a BIOS, up to 1 MiB
    1 MiB           partition 1, type 0xef, FAT: loaders and kernels
    17 MiB          partition 2, type 0x41: the Anteros volume, a copy of O/image.vol
                    (and so on: one partition for each further build folder)

On a PC partition 1 has GRUB for UEFI of 64 and 32 bits, grub/grub.cfg and anteros-<port>; elsewhere anteros.itb, a FIT with
the kernel, the board's device tree and the sums of both, and boot.scr, a script that U-Boot looks for and that starts it.

    mkdisk.py [--output FILE] [--volume FILE] [--cmdline TEXT] [--dtb FILE] [--quiet] [FOLDER...]

--dtb, or DTB= in the environment, is the device tree for the FIT: a file, or "none" where U-Boot passes on one of its own.
Without it the tree is the one that QEMU makes for the machine of ports.py.

The folders, or those of ALSO= in the environment, are further build folders whose kernels and volumes go on the same disk:
one for i386 and x86_64. GRUB starts the kernel of 64 bits where the processor can.
"""
import argparse
import collections
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

import run
from ports import name_in, option

GRUB = "/usr/lib/grub"
MODULES = ["part_msdos", "fat", "normal", "configfile", "multiboot", "serial", "terminal", "test", "echo", "cpuid"]
# GRUB's formats: where its image goes, what else it needs.
GRUB_PC = ("i386-pc", None, "(,msdos1)/grub", ["biosdisk"])
GRUB_EFI = [("x86_64-efi", "BOOTX64.EFI", "/grub", ["efi_gop"]), ("i386-efi", "BOOTIA32.EFI", "/grub", ["efi_gop"])]
SECTOR, MIB = 512, 1 << 20
LABEL = "ANTEROSBOOT"
BOOT_AT, BOOT_BYTES = MIB, run.VOLUME_AT - MIB
TYPE_ESP, TYPE_ANTEROS = 0xef, 0x41
PARTITIONS = 4

GRUB_CFG = """if [ $grub_platform = pc ]; then
	serial --unit=0 --speed=115200
	terminal_input serial console
	terminal_output serial console
fi
set gfxpayload=keep
set timeout=%d
set default=%s
%s"""
GRUB_ENTRY = """menuentry "Anteros %s" --id %s {
	multiboot /anteros-%s %s
	boot
}
"""
GRUB_NARROW = """if cpuid -l; then true; else set default=i386; fi
"""

FIT = """/dts-v1/;
/ {
	description = "Anteros %(name)s";
	#address-cells = <1>;
	images {
		kernel {
			description = "Anteros %(name)s";
			data = /incbin/("kernel");
			type = "kernel";
			os = "linux";
			arch = "%(processor)s";
			compression = "none";
			load = <%(load)#x>;
			entry = <%(load)#x>;
			hash-1 { algo = "crc32"; };
			hash-2 { algo = "sha256"; };
		};
%(tree)s	};
	configurations {
		default = "anteros";
		anteros { description = "Anteros %(name)s"; kernel = "kernel"; %(with_tree)s};
	};
};
"""
FIT_TREE = """		fdt {
			description = "device tree";
			data = /incbin/("tree");
			type = "flat_dt";
			arch = "%s";
			compression = "none";
			hash-1 { algo = "crc32"; };
			hash-2 { algo = "sha256"; };
		};
"""
# Its device tree counts only if bootm is given no other, which extlinux.conf cannot say.
BOOT_SCRIPT = """setenv bootargs '%s'
load ${devtype} ${devnum}:${distro_bootpart} ${kernel_addr_r} anteros.itb && bootm ${kernel_addr_r}#anteros%s
"""
BOOT_SCRIPT_TREE = " - ${fdt_addr}"  # of U-Boot's own

# The same input makes the same disk: files in it carry this date, and its file system a fixed serial number.
FIXED_DATE = {"SOURCE_DATE_EPOCH": "946684800", **os.environ, "TZ": "UTC"}
SERIAL = "616e7465"

Problem = run.Problem
Part = collections.namedtuple("Part", "name port kernel volume")


def call(*command):
    try:
        done = subprocess.run(command, env=FIXED_DATE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        raise Problem("%s is not on this machine: scripts/setup installs it" % command[0]) from None
    if done.returncode:
        raise Problem("%s failed:\n%s" % (" ".join(command), done.stdout))


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


# ---- loaders ----------------------------------------------------------------------------------------------------------

def grub(form, output):
    kind, _, prefix, modules = form
    if not os.path.exists(os.path.join(GRUB, kind)):
        raise Problem("GRUB for %s is not on this machine: scripts/setup installs it" % kind)
    call("grub-mkimage", "-O", kind, "-d", os.path.join(GRUB, kind), "-p", prefix, "-o", output, *MODULES, *modules)
    return output


def grub_cfg(parts, cmdline):
    names = [p.name for p in parts]
    entries = "".join(GRUB_ENTRY % (n, n, n, cmdline) for n in names)
    default = "x86_64" if "x86_64" in names else names[0]
    narrow = GRUB_NARROW if len(names) > 1 else ""
    return GRUB_CFG % (2 if len(names) > 1 else 0, default, narrow + entries)


def pc_files(work, parts, cmdline):
    """What goes on a PC's boot partition: (file of this machine, name there)."""
    files = [(write(os.path.join(work, "grub.cfg"), grub_cfg(parts, cmdline)), "grub/grub.cfg")]
    files += [(grub(form, os.path.join(work, form[1])), "EFI/BOOT/" + form[1]) for form in GRUB_EFI]
    return files + [(p.kernel, "anteros-" + p.name) for p in parts]


def device_tree(work, port, given):
    """Puts it where the FIT wants it. U-Boot corrects the memory in it by what it finds."""
    made = os.path.join(work, "tree")
    if given and not os.path.exists(given):
        raise Problem("DTB=%s is not there: a device tree blob, or none" % given)
    if not given:
        given = made + ".qemu"
        call(port.qemu, *port.machine, *run.BARE, "-machine", "dtb-randomness=off,dumpdtb=" + given)
    call("dtc", "-q", "-I", "dtb", "-O", "dtb", "-o", made, given)


def fit_files(work, part, cmdline, dtb):
    """The same for a board that U-Boot starts."""
    fit = part.port.disk
    itb = os.path.join(work, "anteros.itb")
    os.symlink(part.kernel, os.path.join(work, "kernel"))
    tree = dtb != "none"
    if tree:
        device_tree(work, part.port, dtb)
    text = FIT % {"name": part.name, "processor": fit.processor, "load": fit.load,
                  "tree": FIT_TREE % fit.processor if tree else "", "with_tree": 'fdt = "fdt"; ' if tree else ""}
    call("mkimage", "-f", write(os.path.join(work, "anteros.its"), text), itb)
    script = write(os.path.join(work, "boot.cmd"), BOOT_SCRIPT % (cmdline, "" if tree else BOOT_SCRIPT_TREE))
    call("mkimage", "-A", fit.processor, "-T", "script", "-n", "Anteros", "-d", script, os.path.join(work, "boot.scr"))
    return [(itb, "anteros.itb"), (os.path.join(work, "boot.scr"), "boot.scr")]


def core_image(work):
    with open(grub(GRUB_PC, os.path.join(work, "core.img")), "rb") as f:
        data = f.read()
    data += bytes(-len(data) % SECTOR)
    if SECTOR + len(data) > BOOT_AT:
        raise Problem("GRUB's core image is too large: %d bytes" % len(data))
    # The core's first sector loads the rest by this block list: from sector 2 on, to segment 0x820.
    rest = struct.pack("<QHH", 2, len(data) // SECTOR - 1, 0x820)
    return data[:0x1f4] + rest + data[0x1f4 + len(rest):]


def first_stage():
    with open(os.path.join(GRUB, "i386-pc", "boot.img"), "rb") as f:
        code = bytearray(f.read(440))
    code[0x5c:0x64] = struct.pack("<Q", 1)   # where the core image begins
    code[0x66:0x68] = b"\x90\x90"            # take the drive number from the BIOS, whatever it is
    return bytes(code)


# ---- the disk ---------------------------------------------------------------------------------------------------------

def partition(boot, kind, at, size):
    """An entry of the partition table; addresses by cylinder, head and sector are those that mean "look at the LBA"."""
    return struct.pack("<B3sB3sII", 0x80 if boot else 0, b"\xfe\xff\xff", kind, b"\xfe\xff\xff", at // SECTOR, size // SECTOR)


def boot_record(code, places):
    """places: (volume, where, bytes). The disk's signature comes from the first volume's header."""
    with open(places[0][0], "rb") as f:
        signature = zlib.crc32(f.read(4096))
    table = partition(True, TYPE_ESP, BOOT_AT, BOOT_BYTES)
    table += b"".join(partition(False, TYPE_ANTEROS, at, size) for _, at, size in places)
    return code.ljust(440, b"\0") + struct.pack("<IH", signature, 0) + table.ljust(64, b"\0") + b"\x55\xaa"


def fill(disk, files):
    """Makes the boot partition's file system with these files."""
    fat = "%s@@%d" % (disk, BOOT_AT)
    call("mformat", "-i", fat, "-v", LABEL, "-N", SERIAL, "-T", str(BOOT_BYTES // SECTOR), "-h", "16", "-s", "63", "::")
    made = set()
    for source, name in files:
        folders = name.split("/")[:-1]
        for n in range(len(folders)):
            folder = "::/" + "/".join(folders[:n + 1])
            if folder not in made:
                call("mmd", "-i", fat, folder)
                made.add(folder)
        call("mcopy", "-i", fat, source, "::/" + name)


def part_of(folder, volume=None):
    """What one build folder puts on the disk."""
    port = run.port_of(folder)
    if port.disk is None:
        raise Problem("this port has no disk that boots by itself")
    if not option(folder, "PARTITIONS"):
        raise Problem("%s: its kernel would not find the volume in its partition: it is built without PARTITIONS" % folder)
    volume = volume or os.path.join(folder, "image.vol")
    if not os.path.exists(volume):
        raise Problem("%s is not there: run make first" % volume)
    return Part(name_in(folder), port, run.kernel_file(folder, port), volume)


def check_cmdline(cmdline):
    """It becomes a part of the loaders' own files."""
    bad = re.search(r"[^A-Za-z0-9 ._:,=/+@%-]", cmdline)
    if bad:
        raise Problem("CMDLINE=%s: the boot loader would take %r for its own; leave it out" % (cmdline, bad.group()))


def check_parts(parts):
    if len({p.name for p in parts}) != len(parts):
        raise Problem("two of the build folders are for the same port")
    if len(parts) > 1 and any(p.port.disk != "pc" for p in parts):
        raise Problem("only PCs can share a disk, not %s" % " and ".join(p.name for p in parts))
    if len(parts) > PARTITIONS - 1:
        raise Problem("the partition table has room for %d volumes" % (PARTITIONS - 1))


def check_tree(parts, dtb):
    if dtb and parts[0].port.disk == "pc":
        raise Problem("DTB=%s: a PC's disk has no device tree" % dtb)


def make(work, parts, output, cmdline, dtb):
    places, at = [], run.VOLUME_AT
    for p in parts:
        size = os.path.getsize(p.volume)
        places.append((p.volume, at, size))
        at += -(-size // MIB) * MIB
    pc = parts[0].port.disk == "pc"
    disk = os.path.join(work, "disk")
    with open(disk, "wb") as f:
        f.truncate(at)
        f.write(boot_record(first_stage() if pc else b"", places))
        f.write(core_image(work) if pc else b"")
    fill(disk, pc_files(work, parts, cmdline) if pc else fit_files(work, parts[0], cmdline, dtb))
    for volume, where, _ in places:
        # bs divides the offset and the size of every volume, so that holes stay holes.
        call("dd", "if=" + volume, "of=" + disk, "bs=64K", "seek=%d" % (where // 65536), "conv=notrunc,sparse", "status=none")
    os.replace(disk, output)


def main():
    folder = run.build_folder()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default=os.path.join(folder, "anteros.img"))
    parser.add_argument("--volume")
    parser.add_argument("--cmdline", default=os.environ.get("CMDLINE", ""))
    parser.add_argument("--dtb", default=os.environ.get("DTB", ""))
    parser.add_argument("--quiet", action="store_true", help="print nothing when all goes well")
    parser.add_argument("also", nargs="*", default=os.environ.get("ALSO", "").split())
    options = parser.parse_args()
    parts = [part_of(folder, options.volume)] + [part_of(os.path.abspath(other)) for other in options.also]
    check_parts(parts)
    check_tree(parts, options.dtb)
    check_cmdline(options.cmdline)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        make(work, parts, options.output, options.cmdline, options.dtb)
    if not options.quiet:
        ways = " or ".join("make run BOOT=" + b for b in parts[0].port.boot)
        print("%s: %d MiB. To boot it: %s" % (os.path.relpath(options.output), os.path.getsize(options.output) // MIB, ways))


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit("mkdisk: %s" % problem)
