#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mkimage: the volume that it makes, read by code of its own (volfmt.py and this file), and bad descriptions and options.

Prints TAP. Needs a build (O in the environment) but no machine.
"""
import fcntl
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TREE, "tests/system"), os.path.join(TREE, "tests")]
import volfmt  # noqa: E402
from tap import finish, ok  # noqa: E402

O = os.path.abspath(os.environ.get("O", os.path.join(TREE, "build")))
MKIMAGE = os.path.join(O, "tools", "mkimage")
PROGRAMS = os.path.join(O, "user")
SYSTEM = os.path.join(TREE, "user", "system.img.txt")
UUID = "00112233-4455-6677-8899-aabbccddeeff"

CT_PAGE, CT_GPT, CT_RANGE = 2, 4, 11
NK_PAGE, NK_NODE, KIND_GPT, KIND_PROCESS = 15, 1, 2, 3
RO, NX = 1, 16
RUNNING = 2

work = tempfile.mkdtemp(prefix="anteros-mkimage-test.")

# Of each kind of processor: its tag in a process node, where pc is among the registers, bytes of pc, end of user space.
REGISTERS = {"i386": (1, 32, 4, 0xc0000000), "x86_64": (2, 128, 8, 0x7f8000000000), "aarch64": (3, 256, 8, 1 << 39),
             "riscv64": (4, 248, 8, 0xc0000000)}


def arch():
    with open(os.path.join(PROGRAMS, "shell"), "rb") as f:
        return {3: "i386", 62: "x86_64", 183: "aarch64", 243: "riscv64"}[struct.unpack_from("<H", f.read(20), 18)[0]]


def mkimage(*arguments, programs=PROGRAMS, output="out.vol", text=None):
    """Returns (status, all that it printed). With `text`, that is the description (d.txt)."""
    command = [MKIMAGE, "--objdir", programs, "-o", os.path.join(work, output)] + list(arguments)
    if text is not None:
        with open(os.path.join(work, "d.txt"), "w") as f:
            f.write(text)
        command.append("d.txt")
    done = subprocess.run(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


# ---- a reader of images ------------------------------------------------------------------------------------------


class Cap:
    def __init__(self, data):
        w = struct.unpack("<4I", data)
        self.type, self.payload, self.version = w[0] & 255, w[0] >> 8, w[1]
        self.oid, self.rights = w[2] | (w[3] & 0xffffff) << 32, w[3] >> 24
        self.words = w
        self.size = (self.payload & 63) + 12


class Image:
    def __init__(self, path):
        self.file = open(path, "rb")
        self.volume = volfmt.Volume(self.file)
        root = self.volume.root(0)
        self.generation = self.volume.generation_places(root.generations[0][1])
        self.frames = {}
        self.bad_sums = []
        self.zero_pages = 0
        for place in self.generation["directory"]:
            block = self.volume.block(place)
            for i in range(struct.unpack_from("<I", block, 24)[0]):
                self.read_frame(block[64 + 48 * i:112 + 48 * i])

    def read_frame(self, entry):
        oid, place, kind, version, generation, lo, hi = struct.unpack("<QQQIIQQ", entry)
        data = self.volume.block(place) if place else bytes(4096)
        self.zero_pages += not place
        if place and volfmt.frame_sum(data, oid, version, generation) != (lo, hi):
            self.bad_sums.append(oid)
        self.frames[oid] = (kind & 15, version, data)

    def node(self, oid):
        """(kind, l2v, version, the 32 slots as bytes)"""
        data = self.frames[oid & ~7][2][64 + 576 * (oid & 7):][:576]
        own, version, kind, l2v = struct.unpack_from("<QIBB", data)
        assert own == oid
        return kind, l2v, version, data[64:]

    def slot(self, oid, index):
        return Cap(self.node(oid)[3][16 * index:16 * index + 16])

    def walk(self, cap, address):
        """(content, rights) of the page, or None."""
        rights = 0
        while cap.type == CT_GPT:
            if address >> cap.size:
                return None
            kind, l2v, version, _ = self.node(cap.oid)
            assert kind == KIND_GPT and version == cap.version and l2v < cap.size
            rights |= cap.rights
            cap = self.slot(cap.oid, address >> l2v)
            address &= (1 << l2v) - 1
        if cap.type != CT_PAGE:
            return None
        kind, version, data = self.frames[cap.oid]
        assert kind == NK_PAGE and version == cap.version
        return data, rights | cap.rights

    def activities(self):
        """OIDs of the processes that are to run."""
        found = []
        for place in self.generation["activities"]:
            block = self.volume.block(place)
            for i in range(struct.unpack_from("<I", block, 24)[0]):
                found.append(struct.unpack_from("<Q", block, 64 + 48 * i)[0])
        return found

    def processes(self):
        """Name -> OID."""
        found = {}
        for oid, (kind, _, _) in self.frames.items():
            for i in range(7 if kind == NK_NODE else 0):
                if self.node(oid + i)[0] == KIND_PROCESS:
                    name = struct.pack("<3I", *self.slot(oid + i, 7).words[1:])
                    found[name.rstrip(b"\0").decode()] = oid + i
        return found


def first_segment(program):
    """(address, bytes) of the first page of a program's text."""
    with open(os.path.join(PROGRAMS, program), "rb") as f:
        data = f.read()
    wide = data[4] == 2
    phoff = struct.unpack_from("<Q", data, 32)[0] if wide else struct.unpack_from("<I", data, 28)[0]
    offset, address, size = struct.unpack_from("<8xQQ8xQ" if wide else "<4xII4xI", data, phoff)
    return address, data[offset:offset + min(size, 4096)]


# ---- the image of the system ---------------------------------------------------------------------------------------


def check_volume():
    status, text = mkimage("--uuid", UUID, SYSTEM)
    ok(status == 0 and not text, "the image of the system becomes a volume, without a word", text)
    path = os.path.join(work, "out.vol")
    mkimage("--uuid", UUID, SYSTEM, output="again.vol")
    with open(path, "rb") as a, open(os.path.join(work, "again.vol"), "rb") as b:
        ok(a.read() == b.read(), "the same description and UUID give the same bytes")
    stat = os.stat(path)
    ok(stat.st_size == 64 << 20 and stat.st_blocks * 512 < 4 << 20, "the file is sparse", stat)

    image = Image(path)
    v = image.volume
    ok(v.block(0) == v.last_block() and volfmt.meta_sum(v.uuid, v.block(0), 4080)
       == struct.unpack_from("<Q", v.block(0), 4080)[0], "header and its copy are the same, sum right")
    ok(v.uuid.hex() == UUID.replace("-", ""), "UUID as asked for")
    ok(v.roots() == [0] and v.newest() == 1 and not any(v.block(v.root_places[1])), "one root, generation 1")
    ok(v.root_places[1] - v.root_places[0] >= 256, "the roots are at least 1 MiB apart")
    first, frames, home, tagpots, bitmaps = v.ranges[0]
    ok(len(v.ranges) == 1 and home + frames <= v.blocks - 1 and tagpots + 2 * -(-frames // 127) <= home
       and v.log + v.log_blocks <= max(v.root_places[1], v.log + v.log_blocks), "what the header places does not overlap")
    ok(list(image.frames) == sorted(image.frames) and all(first <= o < first + 8 * frames for o in image.frames),
       "the directory is in order and inside the range")
    ok(not image.bad_sums, "every frame's sum is right", image.bad_sums)
    ok(image.zero_pages > 0, "pages of zeroes take no block (%d)" % image.zero_pages)
    return image


def check_processes(image):
    processes = image.processes()
    expected = {"shell", "watcher", "counter", "crash", "debugger", "gate", "auditor", "patrol"} | {
        "teller%d" % i for i in (1, 2, 3)} | {"account%d" % i for i in range(1, 9)}
    ok(set(processes) == expected, "all processes are there, with their names", set(processes) ^ expected)
    ok(set(image.activities()) == {processes[n] for n in expected if re.match("shell|watcher|debugger|gate|auditor|account", n)},
       "those that are to run have activities")
    shell = processes["shell"]
    space = image.slot(shell, 2)
    address, text = first_segment("shell")
    page, rights = image.walk(space, address)
    ok(page.startswith(text) and rights & RO and not rights & NX, "the shell's text is mapped, executable, not writable")
    ok(image.walk(space, 0) is None, "nothing is mapped at address 0")
    page, rights = image.walk(space, 0x400000 - 4096)
    ok(not any(page) and not rights & RO and rights & NX, "its stack is zero, writable, not executable")
    ok(image.walk(space, 0x400000) is None and image.walk(space, 0x400000 - 5 * 4096) is None, "and ends where it should")
    layout, version, run, _ = struct.unpack_from("<HHBB", image.node(shell)[3], 128)
    tag, at, size, _ = REGISTERS[arch()]
    ok((layout, version, run) == (tag, 1, RUNNING), "its registers have their tag")
    ok(int.from_bytes(image.node(shell)[3][192 + at:192 + at + size], "little") == address, "and its pc is the entry")
    stores = [image.walk(image.slot(processes["account%d" % i], 2), address) for i in (1, 2)]
    caps = [image.slot(processes["account%d" % i], 2).oid for i in (1, 2)]
    ok(stores[0] == stores[1] and caps[0] != caps[1], "two processes of one program share text, not their space")
    free = image.slot(image.slot(shell, 3).oid, 7)
    length = (free.payload << 32) | free.version
    ok(free.type == CT_RANGE and free.oid == max(image.frames) + 8
       and length == image.volume.ranges[0][1] - len(image.frames), "the shell's range is all that is left")


def check_prime_range():
    status, said = mkimage(text="schedule s priority 1 limit 1\nprocess a {\n program crash\n schedule s\n cap 7 range prime\n cap 8 range\n}\n")
    ok(status == 0, "a prime range is made", said)
    image = Image(os.path.join(work, "out.vol"))
    registers = image.slot(image.processes()["a"], 3).oid
    prime, rest = image.slot(registers, 7), image.slot(registers, 8)
    first, frames = image.volume.ranges[0][:2]
    ok(prime.type == CT_RANGE and prime.oid == first and (prime.payload << 32 | prime.version) == frames,
       "it is over all frames", (prime.oid, prime.version, image.volume.ranges[0]))
    ok(rest.oid > first and rest.oid + 8 * rest.version == first + 8 * frames, "and what is left over is its end")


# ---- what is wrong ---------------------------------------------------------------------------------------------------

PROCESS = "schedule s priority 1 limit 1\nprocess a {\n program crash\n schedule s\n%s\n}\n"

BAD = [
    ("an empty description", "# nothing\n", "d.txt: the description is empty"),
    ("an unknown word", "page p\nfrobnicate x\n", "d.txt:2: unknown word 'frobnicate'"),
    ("an unknown word in a process", PROCESS % " color red", "d.txt:5: 'color' is not known in a process"),
    ("an unknown word in a node", "node n {\n cap 1 klog\n}\n", "d.txt:2: 'cap' is not known in a node"),
    ("a name that is taken", "page p\nnode p {\n}\n", "d.txt:2: the name 'p' is taken by the page in line 1"),
    ("no name", "page\n", "d.txt:1: a name is missing at the end of the line"),
    ("a register out of range", PROCESS % " cap 32 klog", "d.txt:5: register: 32 is out of range (0 to 31)"),
    ("register 0", PROCESS % " cap 0 klog", "d.txt:5: register 0 is always void"),
    ("a register that is not a number", PROCESS % " cap x klog", "d.txt:5: register: 'x' is not a number"),
    ("a negative number", PROCESS % " cap -1 klog", "d.txt:5: register: '-1' is not a number"),
    ("a register set twice", PROCESS % " cap 1 klog\n cap 1 sleep", "d.txt:6: register 1 is already set in line 5"),
    ("a slot out of range", "node n {\n slot 32 klog\n}\n", "d.txt:2: slot: 32 is out of range (0 to 31)"),
    ("a capability of no kind", PROCESS % " cap 1 root", "d.txt:5: 'root' is not a kind of capability"),
    ("a capability that is not there", PROCESS % " cap 1", "d.txt:5: a capability is missing at the end of the line"),
    ("a name that nothing has", PROCESS % " cap 1 page q", "d.txt:5: there is no page 'q'"),
    ("a name of another kind", PROCESS % " cap 1 page s", "d.txt:5: 's' is a schedule (line 1), not a page"),
    ("a right that the kind has not", PROCESS % " cap 1 process a nx", "d.txt:5: 'nx' is not expected here"),
    ("a facet out of range", PROCESS % " cap 1 start a 16777216", "d.txt:5: facet: 16777216 is out of range"),
    ("a number of more than 32 bits", PROCESS % " cap 1 number 4294967296", "d.txt:5: number: 4294967296 is out of range"),
    ("a text of more than 12 bytes", PROCESS % ' cap 1 text "thirteen byte"', "d.txt:5: text: more than 12 bytes"),
    ("a quote that is left open", 'page p text "abc\n', "d.txt:1: the closing quote is missing"),
    ("words behind the end", "page p q\n", "d.txt:1: 'q' is not expected here"),
    ("a brace that is left open", "node n {\n slot 1 klog\n", "d.txt:2: '}' is missing for the '{' in line 1"),
    ("no brace", "node n\n", "d.txt:1: '{' is missing at the end of the line"),
    ("a program that is not there", "process a {\n program nosuch\n}\n", "d.txt:1: PROGRAMS/nosuch: No such file"),
    ("a program outside the folder", "process a {\n program ../x\n}\n", "d.txt:2: '../x' is not a file in the folder"),
    ("a process without a program", "process a {\n stack 1\n}\n", "d.txt:1: process 'a' has no program"),
    ("two programs", PROCESS % " program shell", "d.txt:5: program is already set"),
    ("to run without a schedule", "process a {\n program crash\n run\n}\n", "d.txt:1: process 'a' is to run but has no"),
    ("a name that is too long", "process abcdefghijklm {\n program crash\n}\n", "d.txt:1: the name 'abcdefghijklm' is longer"),
    ("a title that is too long", PROCESS % " title abcdefghijklm", "d.txt:5: title: more than 12 bytes"),
    ("a priority out of range", "schedule s priority 14 limit 1\n", "d.txt:1: priority: 14 is out of range (0 to 13)"),
    ("a schedule without a limit", "schedule s priority 1\n", "d.txt:1: schedule 's' needs a limit"),
    ("limits that the system has not", "schedule s limit 65536\n", "d.txt: the schedules' limits add up to 65536"),
    ("more to run than the limit", PROCESS.replace("limit 1", "limit 0") % " run", "d.txt:1: schedule 's': 1 processes"),
    ("an address inside a page", "page p\n" + PROCESS % " map 0x200001 p", "d.txt:6: address: 0x200001 is inside a page"),
    ("an address of the kernel", "page p\n" + PROCESS % " map USER_END p", "d.txt:6: address USER_END is not in user"),
    ("two pages at one address", "page p\n" + PROCESS % " map 0x10000 p", "d.txt:6: two pages at address 0x10000"),
    ("a page that is not there", PROCESS % " map 0x200000 p", "d.txt:5: there is no page 'p'"),
    ("a call count out of range", PROCESS % " count 0x100000000000000", "d.txt:5: count: 0x100000000000000 is out of range"),
    ("a stack out of range", PROCESS % " stack 513", "d.txt:5: stack: 513 is out of range"),
    ("a stack below zero", PROCESS % " stack 8 top 0x4000", "d.txt:2: process 'a': the stack does not fit"),
    ("a file that is not there", "page p file nosuch\n", "d.txt:1: PROGRAMS/nosuch: No such file"),
    ("a file outside the folder", "page p file ../x\n", "d.txt:1: '../x' is not a file in the folder"),
    ("a description of no machine", "page p\n", "d.txt: no process says for which machine this is"),
    ("a zero byte", "page p\0q\n", "d.txt:1: a zero byte: this is not a text file"),
]


def check_bad_descriptions():
    for name, text, expected in BAD:
        out = os.path.join(work, "bad.vol")
        end = "%#x" % REGISTERS[arch()][3]
        text, expected = text.replace("USER_END", end), expected.replace("PROGRAMS", PROGRAMS).replace("USER_END", end)
        status, said = mkimage(output="bad.vol", text=text)
        ok(status == 1 and any(line.startswith(expected) for line in said.splitlines()) and not os.path.exists(out),
           "%s is named" % name, "status %d\n%s\nexpected: %s" % (status, said, expected))
    status, said = mkimage(text="\0\n" * 9)
    ok(status == 1 and "zero byte" in said and len(said.splitlines()) < 3,
       "what is no text is not read to its end", said)
    status, said = mkimage(text="page p q\nnode n {\n slot 99 klog\n}\nschedule s\n")
    ok(status == 1 and len(said.splitlines()) == 3, "several complaints come in one go", said)


def check_bad_programs():
    folder = os.path.join(work, "programs")
    os.mkdir(folder)
    with open(os.path.join(PROGRAMS, "crash"), "rb") as f:
        good = f.read()
    other = bytearray(good)
    struct.pack_into("<H", other, 18, 8)  # MIPS
    segment = bytearray(good)
    struct.pack_into("<I", segment, 52 + 4 if good[4] == 1 else 64 + 8, 0x7fffffff)
    high = bytearray(good)
    if good[4] == 1:
        struct.pack_into("<I", high, 52 + 8, 0xc0000000)
    else:
        struct.pack_into("<Q", high, 64 + 16, 0xffffffff80000000)
    entry = bytearray(good)
    struct.pack_into("<I" if good[4] == 1 else "<Q", entry, 24, 0x1000)
    for name, data, expected in (("that is no ELF file", b"#!/bin/sh\n" * 10, "not an ELF file"),
                                 ("that is empty", b"", "not an ELF file"),
                                 ("of another machine", bytes(other), "not an executable for"),
                                 ("that is cut off", good[:80], "the file is cut off or damaged"),
                                 ("with a segment in the kernel", bytes(high), "a segment lies outside user space"),
                                 ("whose segment lies outside the file", bytes(segment), "the file is cut off or damaged"),
                                 ("that begins nowhere", bytes(entry), "its entry 0x1000 is not in an executable segment")):
        with open(os.path.join(folder, "p"), "wb") as f:
            f.write(data)
        status, said = mkimage(programs=folder, text="process a {\n program p\n}\n")
        ok(status == 1 and said.startswith("d.txt:1: program p: " + expected), "a program %s is named" % name, said)


def check_bad_options():
    for name, status, arguments, expected in (
            ("an unknown machine", 2, ("--arch", "vax", SYSTEM), "mkimage: --arch: 'vax' is not known"),
            ("a size that is no number", 2, ("--size", "big", SYSTEM), "mkimage: --size: 'big' is not a number"),
            ("a size of nothing", 2, ("--size", "0", SYSTEM), "mkimage: --size: '0' is not a number of MiB"),
            ("a bad UUID", 2, ("--uuid", "123", SYSTEM), "mkimage: --uuid: '123' is not a UUID"),
            ("no description", 2, (), "mkimage: which description?"),
            ("a description that is not there", 1, ("nosuch.txt",), "nosuch.txt: No such file or directory"),
            ("a description that is a folder", 1, (".",), ".: Is a directory"),
            ("a volume with no room", 1, ("--size", "16", "--log", "16", SYSTEM), SYSTEM + ": the volume is too small"),
            ("a log that is too large", 1, ("--size", "9000", "--log", "4097", SYSTEM), SYSTEM + ": the log is too large"),
            ("a volume that is too large", 1, ("--size", "2000000", SYSTEM), SYSTEM + ": the volume is too large"),
            ("a volume without end", 1, ("--size", "16777216", SYSTEM), SYSTEM + ": the volume is too large"),
            ("a log that is too small", 1, ("--log", "1", SYSTEM), SYSTEM + ": the log is too small"),
            ("a folder that is not there", 1, ("-o", "nosuch/out.vol", SYSTEM), SYSTEM + ": nosuch/out.vol: No such file")):
        found, said = mkimage(*arguments)
        ok(found == status and said.startswith(expected), "%s is named" % name, "status %d\n%s" % (found, said))
    other = next(a for a in REGISTERS if a != arch())
    found, said = mkimage("--arch", other, text=PROCESS % "")
    ok(found == 1 and said == "d.txt:2: program crash: not an executable for %s\n" % other, "programs of another machine are named", said)
    device = os.path.join(work, "null.vol")
    os.symlink("/dev/null", device)
    status, said = mkimage(SYSTEM, output="null.vol")
    ok(status == 1 and "not a file" in said and os.path.islink(device), "a device is refused, and stays", said)
    status, said = mkimage(text=PROCESS % "", output="d.txt")
    ok(status == 1 and "d.txt: this is the description" in said and os.path.getsize(os.path.join(work, "d.txt")) < 1000,
       "a description is not overwritten by its volume", said)
    used = os.path.join(work, "used.vol")
    with open(used, "w") as f:
        f.write("precious")
        f.flush()
        fcntl.lockf(f, fcntl.LOCK_EX)
        status, said = mkimage(SYSTEM, output="used.vol")
    with open(used) as f:
        ok(status == 1 and "used.vol: in use by another program" in said and f.read() == "precious",
           "nor a volume in use", said)
    text = "".join("process p%d {\n program shell\n stack 512\n}\n" % i for i in range(10))
    status, said = mkimage("--size", "20", "--log", "16", text=text)
    ok(status == 1 and "the volume is too small: the image takes" in said, "an image that does not fit is named", said)


def main():
    try:
        missing = [p for p in (MKIMAGE, os.path.join(PROGRAMS, "shell")) if not os.path.exists(p)]
        ok(not missing, "mkimage and the programs are built", missing)
        if not missing:
            check_processes(check_volume())
            check_prime_range()
            check_bad_descriptions()
            check_bad_programs()
            check_bad_options()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    finish()


main()
