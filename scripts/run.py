#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what was built: in QEMU as ports.py says, the host port as a program of its own. "make run" calls it.

The console is the terminal. The volume is O/disk.vol: copied from O/image.vol at the first run, kept ever after, so that
killing the run and starting it again goes on where the last checkpoint was. With a boot loader the machine gets a disk and
nothing else: O/disk.img, whose volume is kept likewise, while all before it is made anew from what was built. Settings
come from the environment:

    O=build         the build folder
    BOOT=kernel     what starts it: QEMU itself (kernel), or from the disk grub, uefi or uboot, as the port has it; else
                    what the configuration says (CONFIG_BOOT)
    FRESH=1         throw the volume away and start from a new copy of the image
    VOLUME=file     use this volume instead of O/disk.vol
    DISK=virtio     how the disk is attached: virtio (the port's usual one), virtio-pci, ide (on a PC), module (in memory, by
                    the loader) or none; else by the driver that the kernel has; without CONFIG_PERSISTENCE module
    MEM=64          MiB of RAM (more if the firmware needs more)
    ICOUNT=1        virtual time from the count of instructions: slower, the same figures in every run
    CMDLINE=text    the kernel's command line
    QEMU=program    instead of the port's own

    run.py              run it
    run.py --print      print the command instead
"""
import os
import shlex
import subprocess
import sys

from ports import PORTS, Boot, name_in, option

# The acceleration is always chosen, never detected: under nested virtualisation KVM can be slower than translation.
TRANSLATED = ["-accel", "tcg"]
COUNTED = ["-accel", "tcg,thread=single", "-icount"]
BARE = ["-nic", "none", "-display", "none", "-no-reboot"]
MEM = 64
# Where the first volume begins in a disk that boots by itself: mkdisk.py has the rest.
VOLUME_AT = 17 << 20


class Problem(Exception):
    """Something that the person at the terminal must be told; no traceback."""


def build_folder():
    return os.path.abspath(os.environ.get("O", "build"))


def port_of(folder):
    """The row of the port that this folder is configured for."""
    name = name_in(folder)
    if name not in PORTS:
        raise Problem("%s is no build folder: run make first" % folder)
    return PORTS[name]


def kernel_file(folder, port):
    """What a loader starts; for the host port the program."""
    kernel = os.path.join(folder, "anteros.boot" if port.qemu else "anteros")
    if not os.path.exists(kernel):
        raise Problem("%s is not there: run make first" % kernel)
    return kernel


def way_to_boot(port, boot):
    """What ports.py has under this name of BOOT=."""
    if not port.qemu and boot != "kernel":
        raise Problem("BOOT=%s: this port is a program of this machine, no loader starts it" % boot)
    ways = {"kernel": Boot(None, [], 1), **port.boot}
    if boot not in ways:
        raise Problem("BOOT=%s: this port has BOOT=%s" % (boot, ", ".join(ways)))
    way = ways[boot]
    for word in way.options:
        if word.startswith("/") and not os.path.exists(word):
            raise Problem("%s is not on this machine: scripts/setup installs it" % word)
    return way


def flag(name):
    """Is this setting on? A word that is neither yes nor no is no yes: FRESH= throws a volume away."""
    value = os.environ.get(name, "")
    if value not in ("", "0", "1"):
        raise Problem("%s=%s: 1 or 0" % (name, value))
    return value == "1"


def memory(port, way, boot, wanted):
    """MiB of RAM, checked."""
    if not wanted:
        return max(MEM, way.memory)
    if not wanted.isdigit() or int(wanted) == 0:
        raise Problem("MEM=%s: a number of MiB" % wanted)
    # With less than the kernel can refuse by name, the machine would stand still and say nothing.
    least = max(way.memory, min(port.too_small, default=1))
    if int(wanted) < least:
        raise Problem("MEM=%s: with BOOT=%s the machine would say nothing below %d; without MEM= it has %d" % (
            wanted, boot, least, max(MEM, way.memory)))
    return int(wanted)


def usual_disk(folder):
    """How a volume is attached to what was built here: by the driver that it has."""
    if option(folder, "RAMBLK") and not option(folder, "PERSISTENCE"):
        return "module"
    if option(folder, "IDE") and not option(folder, "VIRTIO_BLK"):
        return "ide"
    return "virtio-pci" if option(folder, "VIRTIO_PCI") and not option(folder, "VIRTIO_MMIO") else "virtio"


def disk_options(port, volume, disk):
    if disk == "none" or volume is None:
        return []
    if "," in volume:
        volume = volume.replace(",", ",,")
    drive = "file=%s,format=raw,cache=writeback" % volume
    if disk in ("virtio", "virtio-pci"):
        device = port.virtio if disk == "virtio" else "virtio-blk-pci"
        return ["-drive", drive + ",if=none,id=volume", "-device", device + ",drive=volume"]
    if disk == "ide" and port.ide:
        return ["-drive", drive + ",if=ide"]
    if disk == "module":
        return ["-initrd", volume]
    raise Problem("DISK=%s: virtio, virtio-pci, %smodule or none" % (disk, "ide, " if port.ide else ""))


def qemu_command(port, kernel, volume=None, disk=None, mem=None, icount=False, cmdline="", boot="kernel",
                 serial=("-serial", "mon:stdio"), more=()):
    """The command that boots this kernel, or, without one, from the disk. Tests use it too, so that they test what people
    run. icount=N: an instruction takes 2^N ns of the machine's time (True: one)."""
    way = way_to_boot(port, boot)
    command = [os.environ.get("QEMU") or way.qemu or port.qemu]
    command += ([*COUNTED, "shift=%d,sleep=on" % (icount if icount is not True else 0)] if icount is not False else TRANSLATED) + port.machine + way.options + BARE
    command += ["-m", str(mem or memory(port, way, boot, None)), *serial]
    if kernel:
        command += ["-kernel", kernel]
        if cmdline:
            command += ["-append", cmdline]
    disk = disk or usual_disk(os.path.dirname(kernel or ""))
    return command + disk_options(port, volume, disk) + list(more)


def copy_volume(source, target):
    """Copies a volume without filling its holes; the target is there wholly or not at all."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", source, target + ".new"], check=True)
    os.replace(target + ".new", target)


def say_if_older(volume, image):
    if os.path.getmtime(image) > os.path.getmtime(volume):
        print("run: %s is older than the image; FRESH=1 starts from the new one." % os.path.relpath(volume), file=sys.stderr)


def persistent_volume(folder, fresh):
    """The volume of this build folder, made if need be."""
    image = os.path.join(folder, "image.vol")
    volume = os.path.join(folder, "disk.vol")
    if not os.path.exists(image):
        raise Problem("%s is not there: run make first" % image)
    if fresh or not os.path.exists(volume):
        copy_volume(image, volume)
    else:
        say_if_older(volume, image)
    return volume


def persistent_disk(folder, fresh):
    """The disk of this build folder that boots by itself: new up to the volume, which is kept."""
    image, disk = os.path.join(folder, "anteros.img"), os.path.join(folder, "disk.img")
    made = subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "mkdisk.py"), "--quiet"],
                          env=dict(os.environ, O=folder))
    if made.returncode:
        raise Problem("no disk to boot from")
    if fresh or not os.path.exists(disk):
        copy_volume(image, disk)
        return disk
    if os.path.getsize(disk) != os.path.getsize(image):
        raise Problem("the volume in %s is not of the size that is built now; FRESH=1 starts from the new one"
                      % os.path.relpath(disk))
    say_if_older(disk, os.path.join(folder, "image.vol"))
    with open(image, "rb") as new, open(disk, "r+b") as old:
        old.write(new.read(VOLUME_AT))
    return disk


def of_qemu(kernel):
    for name in ("MEM", "DISK", "ICOUNT", "QEMU"):
        if os.environ.get(name):
            raise Problem("%s= is for QEMU: this port is a program; %s --help has its options" % (name, os.path.relpath(kernel)))


def usable(volume, fresh):
    """VOLUME= of the environment."""
    if not os.path.exists(volume):
        raise Problem("VOLUME=%s is not there: without VOLUME= the build folder's own is used" % volume)
    if os.path.isdir(volume):
        raise Problem("VOLUME=%s is a folder" % volume)
    if fresh:
        raise Problem("FRESH=1 is for the build folder's own volume: %s is made anew by mkimage" % volume)


def main():
    if sys.argv[1:] not in ([], ["--print"]):
        raise Problem("%s: the only word is --print; settings come from the environment" % " ".join(sys.argv[1:]))
    folder = build_folder()
    port = port_of(folder)
    kernel = kernel_file(folder, port)
    boot = os.environ.get("BOOT") or option(folder, "BOOT") or "kernel"
    way = way_to_boot(port, boot)
    fresh, icount = flag("FRESH"), flag("ICOUNT")
    cmdline = os.environ.get("CMDLINE", "")
    mem = memory(port, way, boot, os.environ.get("MEM"))
    if not port.qemu:
        of_qemu(kernel)
    if boot == "kernel":
        if os.environ.get("VOLUME"):
            usable(os.environ["VOLUME"], fresh)
        volume = os.environ.get("VOLUME") or persistent_volume(folder, fresh)
    elif os.environ.get("VOLUME"):
        raise Problem("VOLUME= goes with BOOT=kernel: with BOOT=%s the volume is a partition" % boot)
    else:
        volume, kernel, cmdline = persistent_disk(folder, fresh), None, ""
    disk = os.environ.get("DISK") or (usual_disk(folder) if boot == "kernel" else "virtio")
    if disk == "module" and boot != "kernel":
        raise Problem("DISK=module goes with BOOT=kernel")
    if disk == "module" and not os.environ.get("MEM"):
        # It lies in memory; QEMU may put it as late as in the middle.
        mem += 2 * (os.path.getsize(volume) >> 20)
    if not port.qemu:
        command = [kernel, "--volume", volume] + shlex.split(cmdline)
    else:
        command = qemu_command(port, kernel, volume, disk, mem, icount, cmdline, boot)
    if "--print" in sys.argv[1:]:
        print(shlex.join(command))
        return 0
    if port.qemu and sys.stdin.isatty():
        print("run: %s on %s; Ctrl-A X ends the machine at once, like pulling the plug." % (
            os.path.relpath(kernel) if kernel else boot, os.path.relpath(volume)), file=sys.stderr)
    sys.stdout.flush()
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        raise Problem("%s is not on this machine: %s" % (
            command[0], "QEMU= names it" if os.environ.get("QEMU") else "scripts/setup installs it"))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        print("run: %s" % problem, file=sys.stderr)
        sys.exit(2)
