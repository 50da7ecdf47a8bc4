# SPDX-License-Identifier: Apache-2.0
"""Reads a log of QEMU's blklogwrites and makes the disks that a loss of power could have left.

The disk of a log is a medium plus a volatile cache. A write that was complete when a flush was issued is on the medium
when that flush is done. Every other write may be there or not, whatever the others do; of a frame that was being written
any of its sectors may be new. Two writes to the same sector keep their order.

Format (little-endian): sector 0 holds magic, version, number of entries, sector size; then, per entry, one sector with
sector, count, flags, and the data. The number of entries in the header is brought up to date at flushes only, so that
what follows is found by walking on until something is no entry.
"""
import struct

MAGIC = 0x6a736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
SECTOR = 512


class Write:
    __slots__ = ("at", "length", "data")

    def __init__(self, at, length, data):
        self.at, self.length, self.data = at, length, data


def parse(path, disk_bytes):
    """List of Write (data is where it stands in the log) and FLUSH, in order."""
    found = []
    with open(path, "rb") as f:
        magic, version, entries, size = struct.unpack("<QQQI", f.read(28))
        if magic != MAGIC or version != 1:
            raise ValueError("%s: not a log of blklogwrites" % path)
        end = f.seek(0, 2)
        at, index = size, 0
        while at + size <= end:
            f.seek(at)
            sector, count, flags, _ = struct.unpack("<QQQQ", f.read(32))
            sane = flags < 16 and (sector + count) * size <= disk_bytes
            if index >= entries and (not sane or (not count and not flags)):
                break
            if not sane:
                raise ValueError("%s: entry %d makes no sense" % (path, index))
            at += size
            index += 1
            if flags & MARK:
                continue
            if count and not flags & DISCARD:
                if at + count * size > end:
                    break
                found.append(Write(sector * size, count * size, at))
                at += count * size
            if flags & (FLUSH | FUA):
                found.append(FLUSH)
    return found


class Rebuilder:
    """A disk, brought to the state after each flush in turn; subsets of later writes can be tried and undone."""

    def __init__(self, log_path, log, disk_path):
        self.log = log
        self.source = open(log_path, "rb")
        self.disk = open(disk_path, "r+b", buffering=0)
        self.position = 0

    def data(self, write):
        self.source.seek(write.data)
        return self.source.read(write.length)

    def put(self, at, data):
        self.disk.seek(at)
        self.disk.write(data)

    def to_next_flush(self):
        """Applies everything up to and including the next flush. False at the end of the log."""
        if FLUSH not in self.log[self.position:]:
            return False
        end = self.log.index(FLUSH, self.position)
        for write in self.log[self.position:end]:
            self.put(write.at, self.data(write))
        self.position = end + 1
        return True

    def window(self, flushes=1):
        """The writes after this flush, up to the n-th flush from here: those whose fate is open. Writes that the
        next flush has covered cannot be lost when the one after it is in flight, so more than one needs a new base."""
        found = []
        for item in self.log[self.position:]:
            if item is FLUSH:
                flushes -= 1
                if not flushes:
                    break
            else:
                found.append(item)
        return found

    def apply(self, writes, torn=None):
        """Puts these writes on the disk; of writes[torn[0]] only the sectors in torn[1]. Returns what undoes it."""
        undo = []
        for index, write in enumerate(writes):
            data = self.data(write)
            self.disk.seek(write.at)
            old = self.disk.read(write.length)
            undo.append((write.at, old))
            if torn and torn[0] == index:
                parts = [data[i:i + SECTOR] if i // SECTOR in torn[1] else old[i:i + SECTOR]
                         for i in range(0, write.length, SECTOR)]
                data = b"".join(parts)
            self.put(write.at, data)
        return undo

    def undo(self, undo):
        for at, old in reversed(undo):
            self.put(at, old)
