#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The 64-bit PC with other processors and other memory than the rest of the tests have. On other ports there is no test."""
import re

from lib import Machine, PORT, Stopped, fresh_volume, main, ok, verify


def lives(name, volume, **options):
    """Boots, works, takes a checkpoint, halts, restarts. Returns what the boot said."""
    with Machine(volume, **options) as m:
        said = m.prompt()
        m.count()
        text = m.command("crash")
        generation = m.ckpt()
        ok("fault: process crash" in text and generation > 1, "%s: it works" % name, m.log())
        m.send("halt\r")
        ok(m.ended() == 0, "%s: it halts" % name, m.log())
    with Machine(volume, **options) as m:
        m.prompt()
        ok(m.count() >= 0 and m.ckpt() > generation, "%s: it restarts" % name, m.log())
    ok(verify(volume)[0] == 0, "%s: the volume is clean" % name)
    return said


def test_no_long_mode():
    with Machine(fresh_volume("narrow.vol"), more=["-cpu", "qemu32"]) as m:
        try:
            m.expect(r"boot stopped: [^\n]*\n")
        except Stopped:
            ok(False, "a processor without 64 bits is refused by name", m.log())
            return
        status, text = m.ended(), m.log()
    ok(status and "no 64-bit mode" in text and "i386_defconfig" in text, "a processor without 64 bits is refused by name", text)


def test_all_features():
    """With all that QEMU knows: then the processor itself refuses the kernel what it should not touch (SMEP, SMAP)."""
    lives("-cpu max", fresh_volume("max.vol"), more=["-cpu", "max"])


def test_other_machine():
    lives("-M q35", fresh_volume("q35.vol"), more=["-M", "q35"])


def test_memory():
    """Above 4 GiB there are tables of the kernel that are made at boot. Half of this memory is there, beyond a hole."""
    said = lives("memory above 4 GiB", fresh_volume("large.vol"), more=["-M", "pc,max-ram-below-4g=128M"], mem=256)
    frames = int(re.search(r"memory: (\d+) frames", said).group(1))
    ok(frames > 60000, "memory above 4 GiB: all of it is used", said)


main(globals() if PORT.programs == "x86_64" else {})
