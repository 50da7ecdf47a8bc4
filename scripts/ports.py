# SPDX-License-Identifier: Apache-2.0
"""The ports, one row each: how what was built for it is started. run.py, mkdisk.py and the tests look here and nowhere else.

    programs    the processor of its programs: mkimage's --arch, and the end of the names of their files
    qemu        the emulator; None: the kernel is a program of this machine
    machine     QEMU's options for the machine and for an exit status of its own
    virtio      the device that is a virtio disk
    ide         has it IDE disks?
    disk        what "make image" puts on a disk that boots by itself: "pc" (GRUB), a Fit (for U-Boot), or None
    boot        what starts it from that disk, by the names that BOOT= has
    too_small   MiB of RAM with which it must refuse to start, by name

A way to boot: the emulator, if it is another one; the options that it adds to those of the machine; the MiB of RAM that the
firmware needs. A Fit: the processor as U-Boot names it, and where in RAM the kernel goes.
"""
import collections
import os

Port = collections.namedtuple("Port", "programs qemu machine virtio ide disk boot too_small")
Fit = collections.namedtuple("Fit", "processor load")
Boot = collections.namedtuple("Boot", "qemu options memory")

PC_EXIT = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
ARM_EXIT = ["-semihosting-config", "enable=on,target=native"]
# A BIOS is what QEMU has without being asked. UEFI is a PC's usual one, of 64 bits, also under a kernel of 32. U-Boot is of
# 32 bits, finds GRUB as a UEFI would, and needs RAM up to 128 MiB and some for itself. It gets a display without a ROM: when
# it runs the ROM of the usual one, the machine dies or stands still once in some hundred starts. The display stands where
# the usual one does, so that the disk comes third: U-Boot gives interrupts to a few places only.
PC_BOOT = {
    "grub": Boot(None, [], 64),
    "uefi": Boot("qemu-system-x86_64", ["-cpu", "qemu64", "-bios", "/usr/share/ovmf/OVMF.fd"], 128),
    "uboot": Boot(None, ["-bios", "/usr/lib/u-boot/qemu-x86/u-boot.rom", "-vga", "none", "-device", "bochs-display,romfile=,addr=2"], 256),
}
ARM_BOOT = {
    "uboot": Boot(None, ["-bios", "/usr/lib/u-boot/qemu_arm64/u-boot.bin"], 128),
}

PORTS = {
    "i386": Port("i386", "qemu-system-i386", ["-M", "pc", "-cpu", "qemu32", *PC_EXIT], "virtio-blk-pci", True, "pc",
                 PC_BOOT, (2, 3)),
    "x86_64": Port("x86_64", "qemu-system-x86_64", ["-M", "pc", "-cpu", "qemu64", *PC_EXIT], "virtio-blk-pci", True, "pc",
                   PC_BOOT, (2, 3)),
    "aarch64": Port("aarch64", "qemu-system-aarch64", ["-M", "virt", "-cpu", "cortex-a57", *ARM_EXIT], "virtio-blk-device",
                    False, Fit("arm64", 0x40600000), ARM_BOOT, (5, 6)),
    "host": Port("riscv64", None, [], None, False, None, {}, ()),
}


def option(folder, name):
    """The text of an option in a build folder; None if it is not set there, or this is no build folder."""
    try:
        with open(os.path.join(folder, ".config")) as f:
            for line in f:
                if line.startswith("CONFIG_%s=" % name):
                    return line.split("=", 1)[1].strip().strip('"')
    except FileNotFoundError:
        pass
    return None


def name_in(folder):
    """The name of the port that this build folder is configured for; None if it is no build folder."""
    return option(folder, "ARCH")
