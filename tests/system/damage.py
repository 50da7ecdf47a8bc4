# SPDX-License-Identifier: Apache-2.0
"""Volumes to be damaged, and where to hit them."""
import hashlib
import os
import re
import struct
import subprocess
import time

from lib import Machine, O, PORT, TREE, fresh_volume, path
from volfmt import BLOCK, NODATA, Volume, meta_sum


def digest(volume):
    with open(volume, "rb") as f:
        return hashlib.file_digest(f, "sha256").digest() if hasattr(hashlib, "file_digest") else \
            hashlib.sha256(f.read()).digest()


def make_base():
    """A volume with several generations, one not migrated yet, counter and bank running."""
    base = fresh_volume("base.vol")
    with Machine(base) as m:
        m.prompt()
        m.count()
        m.command("bank start")
        m.command("crash")
        for _ in range(4):
            time.sleep(0.2)
            m.ckpt()
        m.count()
    return base


def opened(volume):
    return Volume(open(volume, "r+b", buffering=0))


def flip(volume, place, byte=100, bit=3):
    """Flips one bit of a block."""
    block = bytearray(volume.block(place))
    block[byte] ^= 1 << bit
    volume.put(place, bytes(block))


def named_by_both(v, generation):
    return all(any(g == generation for g, _ in v.root(s).generations) for s in v.roots())


def oid_of(name):
    """Of an object of the image, by its name in the description."""
    text = subprocess.run([os.path.join(O, "tools/mkimage"), "--map", "--arch", PORT.programs, "--objdir",
                           os.path.join(O, "user"), "-o", path("map.vol"), os.path.join(TREE, "user/system.img.txt")],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(r"(?m)^\s*([0-9a-f]+)\s+\w+\s+%s$" % name, text).group(1), 16)


def in_log(v):
    """OID -> place of its newest content in the log, over the live generations."""
    found = {}
    for _, place in v.root(v.newest_slot()).generations:
        for oid, at, _, flags in v.generation_places(place)["entries"]:
            found[oid] = None if flags & NODATA else at
    return found


def text_pages(program):
    """The pages of a program's first segment, as they stand in frames."""
    with open(os.path.join(O, "user", program), "rb") as f:
        elf = f.read()
    # ELF32 and ELF64: where the table is, and of its first entry the offset and the size in the file.
    wide = elf[4] == 2
    table = struct.unpack_from("<Q" if wide else "<I", elf, 32 if wide else 28)[0]
    offset = struct.unpack_from("<Q" if wide else "<I", elf, table + (8 if wide else 4))[0]
    size = struct.unpack_from("<Q" if wide else "<I", elf, table + (32 if wide else 16))[0]
    data = elf[offset:offset + size]
    data += bytes(-len(data) % BLOCK)
    return {data[i:i + BLOCK] for i in range(0, len(data), BLOCK)}


def set_architecture(volume, arch):
    """Of both headers, sealed again."""
    with open(volume, "r+b") as f:
        v = Volume(f)
        for place in (0, v.blocks - 1):
            block = bytearray(v.block(place))
            struct.pack_into("<I", block, 12, arch)
            struct.pack_into("<QQ", block, BLOCK - 16, meta_sum(v.uuid, bytes(block), BLOCK - 16), 0)
            v.put(place, bytes(block))
