# SPDX-License-Identifier: Apache-2.0
"""QEMU's virt machine in its forms: processors, exception levels, interrupt controllers, where the disk is. aarch64 only.

Each boots, goes through the self-tests, and takes a checkpoint on the disk that it has.
"""
import re

import lib
from lib import Machine, fresh_volume, main, ok

FORMS = [
    ("cortex-a53, GICv2", ["-M", "virt,gic-version=2", "-cpu", "cortex-a53"]),
    ("cortex-a57, GICv3", ["-M", "virt,gic-version=3"]),
    ("neoverse-n1, GICv3", ["-M", "virt,gic-version=3", "-cpu", "neoverse-n1"]),
    ("all that QEMU has, GICv3", ["-M", "virt,gic-version=3", "-cpu", "max"]),
    ("entered at EL2, GICv2", ["-M", "virt,virtualization=on", "-cpu", "cortex-a72"]),
    ("entered at EL2, GICv3", ["-M", "virt,virtualization=on,gic-version=3", "-cpu", "max"]),
    ("four processors, of which one is used", ["-smp", "4"]),
]
DRIVE = ["-drive", "file=%s,format=raw,if=none,id=v"]
DISKS = [
    ("virtio without a bus, version 2", [*DRIVE, "-global", "virtio-mmio.force-legacy=false", "-device", "virtio-blk-device,drive=v"]),
    ("virtio on PCI, transitional", [*DRIVE, "-device", "virtio-blk-pci,drive=v"]),
    ("virtio on PCI, modern, GICv3", [*DRIVE, "-M", "virt,gic-version=3", "-device", "virtio-blk-pci,drive=v,disable-legacy=on"]),
    ("virtio on PCI below 4 GiB", [*DRIVE, "-M", "virt,highmem=off", "-device", "virtio-blk-pci,drive=v"]),
    ("an initial RAM disk", ["-m", "256", "-initrd", "%s"]),
]


def works(name, volume, **options):
    with Machine(volume, **options) as m:
        text = m.prompt()
        failed = re.findall(r"^not ok.*$", text, re.M)
        ok(not failed and m.ckpt() > 1, name, text)


def test_forms():
    for name, more in FORMS:
        works(name, fresh_volume(), more=more)


def test_disks():
    for name, more in DISKS:
        volume = fresh_volume()
        works(name, None, disk="none", more=[word.replace("%s", volume) for word in more])


def test_two_disks():
    """The one without a volume is found and passed over."""
    with open(lib.path("empty"), "wb") as f:
        f.truncate(1 << 20)
    more = ["-drive", "file=%s,format=raw,if=none,id=e" % lib.path("empty"), "-device", "virtio-blk-pci,drive=e"]
    works("a disk of each kind", fresh_volume(), more=more)


main(globals() if lib.PORT.programs == "aarch64" else {})
