#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which room, file and symbol of the kernel takes how many bytes, from the ELF file alone.

"make rom_report" counts what stands in the image (text, rodata, data), "make ram_report" what is written in memory (data,
bss). Each prints a tree and draws O/rom_report.svg or O/ram_report.svg. Whatever no symbol covers (alignment, strings,
jump tables) is a row of its own in its section, so that the rows add up to the sections.

    report.py rom|ram [--sort size|name|address] [--depth N] [--json] [--elf FILE] [--svg FILE]

REPORT_FLAGS= gives options to make. Files are known from the debug information (CONFIG_DEBUG_INFO); without it
symbols hang under "(unknown)".
"""
import argparse
import bisect
import html
import json
import os
import signal
import sys

try:
    from elftools.common.exceptions import ELFError
    from elftools.dwarf.descriptions import describe_form_class
    from elftools.elf.elffile import ELFFile
except ImportError:
    sys.exit("report: python3-pyelftools is not on this machine: scripts/setup installs it")

SHF_WRITE, SHF_ALLOC = 1, 2


def chosen(section, kind):
    """Is this section part of the report?"""
    flags = section["sh_flags"]
    if not flags & SHF_ALLOC or not section["sh_size"]:
        return False
    if kind == "rom":
        return section["sh_type"] != "SHT_NOBITS"
    return bool(flags & SHF_WRITE)


class Files:
    """Address -> source file, from the debug information."""

    def __init__(self, elf):
        self.ranges, self.variables = [], {}
        if not elf.has_dwarf_info():
            return
        dwarf = elf.get_dwarf_info()
        for unit in dwarf.iter_CUs():
            top = unit.get_top_DIE()
            name = top.attributes.get("DW_AT_name")
            name = os.path.normpath(name.value.decode(errors="replace")) if name else "(unknown)"
            self.span(top, name)
            for entry in unit.iter_DIEs():
                if entry.tag == "DW_TAG_subprogram":
                    self.span(entry, name)
                elif entry.tag == "DW_TAG_variable" and "DW_AT_location" in entry.attributes:
                    place = entry.attributes["DW_AT_location"].value
                    if isinstance(place, list) and place and place[0] == 0x03:  # DW_OP_addr
                        self.variables[int.from_bytes(bytes(place[1:]), "little")] = name
        self.ranges.sort()

    def span(self, entry, name):
        low, high = entry.attributes.get("DW_AT_low_pc"), entry.attributes.get("DW_AT_high_pc")
        if low and high and isinstance(low.value, int) and low.value:
            end = high.value if describe_form_class(high.form) == "address" else low.value + high.value
            self.ranges.append((low.value, end, name))

    def of(self, address):
        if address in self.variables:
            return self.variables[address]
        index = bisect.bisect_right(self.ranges, (address, float("inf"), "")) - 1
        for low, high, name in reversed(self.ranges[max(0, index - 4):index + 1]):
            if low <= address < high:
                return name
        return None


def symbols(elf):
    """(address, size, name) of every function and object, one for each address."""
    found = {}
    table = elf.get_section_by_name(".symtab")
    for symbol in table.iter_symbols() if table else ():
        kind = symbol["st_info"]["type"]
        if kind not in ("STT_FUNC", "STT_OBJECT", "STT_NOTYPE") or not isinstance(symbol["st_shndx"], int) or not symbol.name:
            continue
        old = found.get(symbol["st_value"])
        if old is None or symbol["st_size"] > old[0]:
            found[symbol["st_value"]] = (symbol["st_size"], symbol.name)
    return sorted((address, size, name) for address, (size, name) in found.items())


def gather(elf, kind):
    """Rows (path, address, bytes), whose sum is that of the sections; and the sections."""
    files, every = Files(elf), symbols(elf)
    rows, sections = [], []
    for section in elf.iter_sections():
        if not chosen(section, kind):
            continue
        start, end = section["sh_addr"], section["sh_addr"] + section["sh_size"]
        sections.append((section.name, section["sh_size"]))
        inside = [s for s in every if start <= s[0] < end]
        reached, covered = start, 0
        for index, (address, size, name) in enumerate(inside):
            if not size:  # a label of assembly: up to the next symbol
                size = (inside[index + 1][0] if index + 1 < len(inside) else end) - address
                if not files.of(address):
                    continue
            size = min(address + size, end) - max(address, reached)
            if size <= 0:
                continue
            file = files.of(address) or "(unknown)"
            room = os.path.dirname(file) or "(unknown)"
            rows.append(((room, os.path.basename(file), name), address, size))
            reached = max(reached, address + size)
            covered += size
        if covered < end - start:
            rows.append((("(no symbol)", section.name, "padding, strings, tables"), start, end - start - covered))
    return rows, sections


def tree_of(rows):
    top = {"name": "", "bytes": 0, "address": 0, "parts": {}}
    for path, address, size in rows:
        node = top
        node["bytes"] += size
        for name in path:
            node = node["parts"].setdefault(name, {"name": name, "bytes": 0, "address": address, "parts": {}})
            node["bytes"] += size
    return top


def in_order(node, sort):
    key = {"size": lambda n: (-n["bytes"], n["name"]), "name": lambda n: n["name"], "address": lambda n: n["address"]}[sort]
    return sorted(node["parts"].values(), key=key)


def show(node, options, total, level=0):
    for part in in_order(node, options.sort):
        print("%-54s %9d %6.2f %%" % (("  " * level + part["name"])[:54], part["bytes"], 100 * part["bytes"] / total))
        if level + 1 < options.depth:
            show(part, options, total, level + 1)


def as_list(node, sort):
    return [{"name": p["name"], "bytes": p["bytes"], "parts": as_list(p, sort)} for p in in_order(node, sort)]


def draw(top, title, out):
    """Three columns of blocks, as high as what they stand for: rooms, files, symbols."""
    height, column, colours = 1400, 300, ("#4e79a7", "#59a14f", "#f28e2b", "#b07aa1", "#76b7b2", "#edc948", "#e15759", "#9c755f")
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">' % (
        3 * column + 20, height + 50), '<text x="10" y="20" font-size="15">%s</text>' % html.escape(title)]

    def block(node, level, y, colour):
        tall = node["bytes"] * height / top["bytes"]
        label = "%s: %d bytes" % (node["name"], node["bytes"])
        lines.append('<g><title>%s</title><rect x="%d" y="%.2f" width="%d" height="%.2f" fill="%s" fill-opacity="%.2f" '
                     'stroke="white" stroke-width="0.5"/>' % (html.escape(label), 10 + level * column, y, column - 2, tall,
                                                              colour, 1 - 0.25 * level))
        if tall >= 11:
            lines.append('<text x="%d" y="%.2f">%s</text>' % (14 + level * column, y + tall / 2 + 4, html.escape(label)))
        lines.append("</g>")
        for part in in_order(node, "size"):
            y = block(part, level + 1, y, colour) if level < 2 else y
        return y + tall if level == 2 or not node["parts"] else y

    y = 40.0
    for index, room in enumerate(in_order(top, "size")):
        y = block(room, 0, y, colours[index % len(colours)])
    out.write("\n".join(lines + ["</svg>", ""]))


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads may stop early
    folder = os.environ.get("O", "build")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("rom", "ram"))
    parser.add_argument("--sort", choices=("size", "name", "address"), default="size")
    parser.add_argument("--depth", type=int, default=2, help="1: rooms, 2: files, 3: symbols")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--elf", default=os.path.join(folder, "anteros"))
    parser.add_argument("--svg", help="default: the report's name in O")
    options = parser.parse_args()
    try:
        with open(options.elf, "rb") as f:
            rows, sections = gather(ELFFile(f), options.kind)
    except (OSError, ELFError) as error:
        sys.exit("report: %s: %s" % (options.elf, error))
    top = tree_of(rows)
    total = sum(size for _, size in sections)
    assert top["bytes"] == total, "rows and sections differ"
    if not total:
        sys.exit("report: %s: nothing of it is loaded" % options.elf)
    title = "%s, %s: %d bytes" % (options.elf, {"rom": "image", "ram": "memory that is written"}[options.kind], total)
    with open(options.svg or os.path.join(folder, options.kind + "_report.svg"), "w") as out:
        draw(top, title, out)
    if options.json:
        json.dump({"elf": options.elf, "total": total, "sections": dict(sections), "parts": as_list(top, options.sort)},
                  sys.stdout, indent=1)
        print()
        return
    show(top, options, total)
    print("-" * 74)
    for name, size in sections:
        print("%-54s %9d" % (name, size))
    print("%-54s %9d" % ("total", total))


main()
