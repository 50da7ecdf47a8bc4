#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the kernel's bytes are: text, rodata, data and bss per room and per file.

Rows are the object files that were linked; the total is the linked kernel itself. The difference, in the row "(rest)", is
what the linker did: the compiler's library and alignment, less merged strings and what nobody calls (so it may be below 0).

Then the tables of the kernel by the option that sets their size, and the least memory with which it starts.

    make size                      a table
    make size SIZE_FLAGS=--json    the same for programs
"""
import json
import os
import signal
import struct
import subprocess
import sys

KINDS = ("text", "rodata", "data", "bss")
SHT_NOBITS, SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 8, 1, 2, 4


def sections(path):
    """Yields (type, flags, size) for each section of an ELF file."""
    with open(path, "rb") as f:
        image = f.read()
    if image[:4] != b"\x7fELF":
        sys.exit("size: %s is not an ELF file" % path)
    wide = image[4] == 2
    order = "<" if image[5] == 1 else ">"
    table = struct.unpack_from(order + ("Q" if wide else "I"), image, 0x28 if wide else 0x20)[0]
    entry_size, count = struct.unpack_from(order + "HH", image, 0x3A if wide else 0x2E)
    form = order + ("IIQQQQ" if wide else "IIIIII")
    for i in range(count):
        _, kind, flags, _, _, size = struct.unpack_from(form, image, table + i * entry_size)
        yield kind, flags, size


def measure(path):
    sizes = dict.fromkeys(KINDS, 0)
    for kind, flags, size in sections(path):
        if not flags & SHF_ALLOC:
            continue
        if kind == SHT_NOBITS:
            sizes["bss"] += size
        elif flags & SHF_EXECINSTR:
            sizes["text"] += size
        elif flags & SHF_WRITE:
            sizes["data"] += size
        else:
            sizes["rodata"] += size
    return sizes


# Tables whose size an option sets: the symbols, as the kernel calls them.
TABLES = {"NR_CONTEXTS": ["contexts"], "NR_ACTIVITIES": ["activities", "uses"], "NR_TABLES": ["tables"],
          "NR_DEPEND": ["depends"], "NR_RMAP": ["rmaps"], "LOG_DIR_ENTRIES": ["entries", "hash", "order"],
          "KLOG_SIZE": ["ring"], "NR_VIRTIO_BLK": ["queue_memory", "disks"]}

# KiB beside them. On a PC the 384 below 1 MiB and 128 at the end (SeaBIOS) are the firmware's; the rest is for page tables
# and what does not fill a page.
KEPT_PC, KEPT_OTHER = 640, 64


def tables(folder):
    """Option -> its value and the bytes of its tables; and the options of the build."""
    config, symbols = {}, {}
    with open(os.path.join(folder, ".config")) as f:
        for line in f:
            if line.startswith("CONFIG_"):
                name, value = line[7:].rstrip("\n").split("=", 1)
                config[name] = value
    nm = subprocess.run(["nm", "-S", os.path.join(folder, "anteros")], stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in nm.splitlines():
        words = line.split()
        if len(words) == 4 and words[2] in "bBdD":
            symbols[words[3]] = symbols.get(words[3], 0) + int(words[1], 16)
    found = {option: {"value": int(config[option]), "bytes": sum(symbols.get(n, 0) for n in names)}
             for option, names in TABLES.items() if option in config}
    return found, config


def show_tables(folder, total):
    found, config = tables(folder)
    print("\n%-24s%12s%12s%12s" % ("table", "entries", "bytes", "an entry"))
    for option, table in found.items():
        print("%-24s%12d%12d%12.1f" % (option, table["value"], table["bytes"], table["bytes"] / table["value"]))
    if "RAM_MIN" in config:
        parts = [(sum(total.values()) + 1023) // 1024, int(config["RAM_MIN"]) * 1024]
        parts += [sum(parts) // 50, KEPT_PC if config["ARCH"] in ('"i386"', '"x86_64"') else KEPT_OTHER]
        print("\nleast memory: image and tables + RAM_MIN + 2 % for the headers of frames + what is kept beside them = "
              + "%s = %d KiB" % (" + ".join(map(str, parts)), sum(parts)))


def room_of(name):
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] in ("arch", "tests") and len(parts) > 2 else parts[0]


def add(into, sizes):
    for kind in KINDS:
        into[kind] += sizes[kind]


def gather(folder):
    """Total, rooms and files of the kernel that was built in this folder."""
    kernel = os.path.join(folder, "anteros")
    with open(kernel + ".cmd") as f:
        words = f.read().split()
    start = os.path.join(folder, "obj") + os.sep
    objects = [w for w in words if w.startswith(start) and w.endswith(".o")]
    files = {w[len(start):-2]: measure(w) for w in objects}
    rooms, known = {}, dict.fromkeys(KINDS, 0)
    for name, sizes in files.items():
        add(rooms.setdefault(room_of(name), dict.fromkeys(KINDS, 0)), sizes)
        add(known, sizes)
    total = measure(kernel)
    rest = {kind: total[kind] - known[kind] for kind in KINDS}
    return {"kernel": kernel, "tables": tables(folder)[0], "total": total, "rest": rest, "rooms": rooms, "files": files}


def row(name, sizes):
    print("%-36s%s" % (name, "".join("%9d" % sizes[k] for k in KINDS)))


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads may stop early
    if sys.argv[1:] not in ([], ["--json"]):
        sys.exit("size: %s: the only flag is --json" % " ".join(sys.argv[1:]))
    result = gather(os.environ.get("O", "build"))
    if sys.argv[1:]:
        json.dump(result, sys.stdout, indent=1, sort_keys=True)
        print()
        return
    print("%-36s%s" % ("", "".join("%9s" % k for k in KINDS)))
    for room, sizes in sorted(result["rooms"].items()):
        row(room + "/", sizes)
        for name, file_sizes in sorted(result["files"].items()):
            if room_of(name) == room:
                row("  " + name, file_sizes)
    row("(rest)", result["rest"])
    row("total", result["total"])
    total = result["total"]
    show_tables(os.environ.get("O", "build"), total)
    print("\ntext and rodata: %.1f KiB" % ((total["text"] + total["rodata"]) / 1024))


main()
