# SPDX-License-Identifier: Apache-2.0
"""Reads volumes of format 1, written from the layouts in ckpt/format.h and sharing no code with the kernel or the tools.

Tests use it to aim at a structure (where is the newest root's directory?) and as a second opinion on what is committed.
"""
import struct

BLOCK = 4096
MAGIC_HEADER = 0x316c6f56736f4e41
MAGIC_ROOT = 0x746f6f52736f4e41
MAGIC_GENERATION = 0x656e6547736f4e41
NODATA = 1

_TABLE = []
for _n in range(256):
    for _ in range(8):
        _n = (_n >> 1) ^ (0x82f63b78 if _n & 1 else 0)
    _TABLE.append(_n)


def crc32c(data, crc=0):
    crc ^= 0xffffffff
    table = _TABLE
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


def meta_sum(uuid, block, field=None):
    """CRC32C over the UUID and the block; the 16 bytes at `field`, where its own sum stands, count as zero."""
    if field is not None:
        block = block[:field] + bytes(16) + block[field + 16:]
    return crc32c(uuid + block)


def rotl(x, bits):
    return (x << bits | x >> (64 - bits)) & (1 << 64) - 1


def frame_sum(data, oid, version, generation):
    """(lo, hi) of a frame's content: sums of kind 2."""
    lo, hi = 0x316d7553736f4e41, 0x326d7553736f4e41
    words = (oid, version << 32 | generation) + struct.unpack("<512Q", data)
    for number, word in enumerate(words):
        hi = rotl(hi, 5) ^ word
        lo = (lo + hi) & (1 << 64) - 1
        if number % 16 == 1:
            lo = rotl(lo, 23)
            hi = (hi + lo) & (1 << 64) - 1
    return lo, hi


class Root:
    def __init__(self, block):
        (self.magic, self.sequence, self.uuid, self.migrated, self.epoch_floor, self.attempts,
         number) = struct.unpack_from("<QQ16sQQII", block)
        # Each: (generation, place of its header)
        self.generations = [struct.unpack_from("<QQ", block, 64 + 32 * i) for i in range(min(number, 16))]

    @property
    def newest(self):
        return self.generations[-1][0]


class Volume:
    """A volume in a file that is open for reading (and writing, for put())."""

    def __init__(self, file):
        self.file = file
        self.header = self.block(0)
        if struct.unpack_from("<Q", self.header)[0] != MAGIC_HEADER:
            self.header = self.last_block()
        self.uuid = self.header[16:32]
        (self.blocks, root0, root1, self.log, self.log_blocks, self.journal, self.journal_blocks, ranges) = \
            struct.unpack_from("<QQQQQQQI", self.header, 48)
        self.root_places = (root0, root1)
        # Each: (first OID, frames, home, tag pots, bitmaps)
        self.ranges = [struct.unpack_from("<QQQQQ", self.header, 128 + 64 * i) for i in range(ranges)]

    def block(self, place):
        self.file.seek(place * BLOCK)
        return self.file.read(BLOCK)

    def last_block(self):
        size = self.file.seek(0, 2)
        return self.block(size // BLOCK - 1)

    def put(self, place, data):
        self.file.seek(place * BLOCK)
        self.file.write(data)
        self.file.flush()

    def root(self, slot):
        """The root in this slot if its magic, UUID and sum are right, else None."""
        block = self.block(self.root_places[slot])
        root = Root(block)
        if root.magic != MAGIC_ROOT or root.uuid != self.uuid or not root.generations:
            return None
        if meta_sum(self.uuid, block, 4080) != struct.unpack_from("<Q", block, 4080)[0]:
            return None
        return root

    def roots(self):
        """Slots with good roots, the newest first."""
        good = [(r.sequence, slot) for slot, r in ((s, self.root(s)) for s in (0, 1)) if r]
        return [slot for _, slot in sorted(good, reverse=True)]

    def newest_slot(self):
        return self.roots()[0]

    def newest(self):
        """The newest generation that a good root names, 0 if there is none."""
        slots = self.roots()
        return self.root(slots[0]).newest if slots else 0

    def generation_places(self, place):
        """Of the generation whose header is here: dict of header, directory and activities (lists of places), entries."""
        header = self.block(place)
        directory, = struct.unpack_from("<Q", header, 32)
        activities, = struct.unpack_from("<Q", header, 56)
        found = {"header": place, "directory": [], "activities": [], "entries": []}
        for name, at in (("directory", directory), ("activities", activities)):
            while at and len(found[name]) < self.blocks:
                found[name].append(at)
                block = self.block(at)
                if name == "directory":
                    number = min(struct.unpack_from("<I", block, 24)[0], 84)
                    found["entries"] += [self.entry(block, i) for i in range(number)]
                at, = struct.unpack_from("<Q", block)
        return found

    @staticmethod
    def entry(block, index):
        """(OID, place, kind, flags)"""
        oid, place, kind = struct.unpack_from("<QQQ", block, 64 + 48 * index)
        return oid, place, kind & 15, kind >> 4 & 15
