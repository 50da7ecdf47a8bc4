#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A machine that another system has used before, as far as the protocol of booting allows it (dirty_x86.S, dirty_aarch64.S).

Its ways into the kernel, breakpoints, flags, counters and interrupts are still there; the attacker (user/apps/hostile.h)
finds none of them.
"""
import os
import re
import struct
import subprocess

import lib
from lib import KERNEL, Machine, PORT, TREE, image_volume, main, ok, path, run

SECONDS = 120
HERE = os.path.join(TREE, "tests", "system")
SERIAL = ("-serial", "stdio", "-monitor", "none")


def made(name, *command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not ok(done.returncode == 0, name + " is made", done.stdout):
        raise lib.Stopped("there is no " + name)


def attacked(name, command):
    with Machine(None, command=command) as m:
        m.expect(r"# hostile: end, (\d+) failed", SECONDS)
        text = m.log()
    lines = re.findall(r"^(?:not )?ok \d+ - .*$", text, re.M)
    failed = [line for line in lines if line.startswith("not")]
    ok(len(lines) > 500 and not failed, name + ": the attacker finds nothing that was left", "\n".join(failed) or text)


def pc():
    """The kernel is the loader's module."""
    loader, disk = path("dirty"), image_volume("hostile.vol", "hostile.img.txt")
    made("the loader", "i686-linux-gnu-gcc", "-nostdlib", "-static", "-no-pie", "-Wl,-N,-Ttext=0x2000000,-estart,--build-id=none",
         "-o", loader, os.path.join(HERE, "dirty_x86.S"))
    # Of 64 bits also under a kernel of 32, as the other system was. QEMU 7.2 reads the stack of a far return as if the kernel
    # did, so that SMAP would forbid it for ever.
    attacked("a PC", run.qemu_command(PORT._replace(qemu="qemu-system-x86_64"), loader, disk, disk="virtio", serial=SERIAL,
                                      more=["-cpu", "max,smap=off", "-initrd", KERNEL]))


def branch(at, to):
    return struct.pack("<I", 0x14000000 | (to - at) // 4 & 0x3ffffff)


def aarch64():
    """It comes behind the kernel, whose first instruction leads to it, and its last one to where that led."""
    made("the loader", "aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-no-pie", "-Wl,-N,-Ttext=0,-e0,--build-id=none",
         "-o", path("dirty"), os.path.join(HERE, "dirty_aarch64.S"))
    made("its code", "aarch64-linux-gnu-objcopy", "-O", "binary", path("dirty"), path("dirty.bin"))
    with open(KERNEL, "rb") as f:
        kernel = f.read()
    with open(path("dirty.bin"), "rb") as f:
        code = f.read()
    entry = (struct.unpack_from("<I", kernel)[0] & 0x3ffffff) * 4
    kernel += bytes(-len(kernel) % 4096)
    with open(path("kernel"), "wb") as f:
        f.write(branch(0, len(kernel)) + kernel[4:] + code[:-4] + branch(len(kernel) + len(code) - 4, entry))
    for name, more in (("EL1", []), ("EL2", ["-M", "virt,virtualization=on"]),
                       ("EL2, GICv3, all features", ["-M", "virt,virtualization=on,gic-version=3", "-cpu", "max"])):
        disk = image_volume("hostile.vol", "hostile.img.txt")
        attacked(name, run.qemu_command(PORT, path("kernel"), disk, disk="virtio", serial=SERIAL, more=more))


def test_attacker():
    aarch64() if PORT.programs == "aarch64" else pc()


main(globals())
