# SPDX-License-Identifier: Apache-2.0
"""The ports, one row each: how what was built for it is started. run.py, mkdisk.py and the tests look here and nowhere else.

    programs    the processor of its programs: mkimage's --arch, and the end of the names of their files
    qemu        the emulator; None: the kernel is a program of this machine
    machine     QEMU's options for the machine and for an exit status of its own
    virtio      the device that is a virtio disk
    ide         has it IDE disks?
    loader      what "make image" puts on a disk that boots by itself: "grub", or None
    too_small   MiB of RAM with which it must refuse to start, by name
"""
import collections
import os

Port = collections.namedtuple("Port", "programs qemu machine virtio ide loader too_small")

PC_EXIT = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]

PORTS = {
    "i386": Port("i386", "qemu-system-i386", ["-M", "pc", "-cpu", "qemu32", *PC_EXIT], "virtio-blk-pci", True, "grub", (2, 3)),
    "host": Port("riscv64", None, [], None, False, None, ()),
}


def name_in(folder):
    """The name of the port that this build folder is configured for; None if it is no build folder."""
    try:
        with open(os.path.join(folder, ".config")) as f:
            for line in f:
                if line.startswith("CONFIG_ARCH="):
                    return line.split("=", 1)[1].strip().strip('"')
    except FileNotFoundError:
        pass
    return None
