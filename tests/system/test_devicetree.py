# SPDX-License-Identifier: Apache-2.0
"""Device trees that lie. aarch64 only.

The tree of QEMU's virt machine is taken apart, changed and put together by dtc, and given to the kernel by a loader of
three instructions, since QEMU mends the trees that it passes on itself. What is needed and not there stops the boot with a
sentence on the console of CONFIG_EARLY_PL011 and a failing exit status; what can be done without is said, and the boot goes on.
"""
import re
import struct
import subprocess

import lib
from lib import Machine, Stopped, fresh_volume, main, ok, path

STUB, KERNEL, TREE = 0x41000000, 0x42000000, 0x45000000
RAM, RAM_BYTES = 0x40000000, 128 << 20


def dtc(source, *options):
    done = subprocess.run(["dtc", "-q", *options], input=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise Stopped("dtc: " + done.stderr.decode())
    return done.stdout


def true_tree():
    """The source of virt's own tree, without the initial RAM disk and command line that only its loader adds."""
    blob = path("virt.dtb")
    subprocess.run([*lib.PORT.qemu.split(), "-M", "virt,dumpdtb=" + blob, "-cpu", "cortex-a57", "-m", "128", "-nographic"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(blob, "rb") as f:
        return dtc(f.read(), "-I", "dtb", "-O", "dts").decode()


def stub(tree, kernel=KERNEL):
    """mov x0, #tree; mov x1, #kernel; br x1"""
    def mov(register, value):
        return [0xd2800000 | (value & 0xffff) << 5 | register, 0xf2a00000 | (value >> 16) << 5 | register]
    return struct.pack("<5I", *mov(0, tree), *mov(1, kernel), 0xd61f0020)


def boots(blob, at=TREE, kernel=KERNEL, x0=None, volume=None):
    """Boots with this tree; returns (exit status, or None at the prompt, console). Without a volume it must stop."""
    with open(path("stub"), "wb") as f:
        f.write(stub(at if x0 is None else x0, kernel))
    with open(path("tree"), "wb") as f:
        f.write(blob or b"\0")
    load = ["-device", "loader,file=%s,addr=%#x,force-raw=on"]
    more = [word % (path("stub"), STUB) if "%" in word else word for word in load]
    more += [word % (lib.KERNEL, kernel) if "%" in word else word for word in load]
    more += [word % (path("tree"), at) if "%" in word else word for word in load]
    more += ["-device", "loader,addr=%#x,cpu-num=0" % STUB]
    with Machine(volume, kernel=None, disk="virtio" if volume else "none", mem=128, more=more) as m:
        try:
            if volume:
                m.prompt(20)
                return None, m.log()
        except Stopped:
            pass
        try:
            return m.ended(20), m.log()
        except Stopped:
            return "no end", m.log()


def changed(source, *changes):
    for pattern, by in changes:
        source, n = re.subn(pattern, by, source, count=1, flags=re.S | re.M)
        if not n:
            raise Stopped("the tree has nothing like %r" % pattern)
    return dtc(source.encode(), "-f", "-I", "dts", "-O", "dtb")


def without(name):
    """Takes a node away, which has no children."""
    return (r"^\t%s \{.*?^\t\};\n" % name, "")


MEMORY = "memory@40000000 { device_type = \"memory\"; reg = <%s>; };\n"
STOPS = [
    ("no node of memory", [without("memory@40000000")], "names no memory"),
    ("memory without reg", [(r"(memory@40000000 \{.*?)reg = <[^>]*>;", r"\1")], "names no memory"),
    ("all memory reserved", [(r"^\};", "\treserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;\n"
                              "\t\tall@40000000 { reg = <0 0x40000000 0 0x10000000>; };\n\t};\n};")], "no memory is left"),
    ("memory of 4 KiB", [without("memory@40000000"), (r"^\};", MEMORY % "0 0x47000000 0 0x1000" + "};")], "no memory region has room|too little RAM"),
    ("memory that is not there", [without("memory@40000000"), (r"^\};", MEMORY % "0 0x40000000 0 0x40000000" + "};")], "and nothing is there"),
    ("memory where nothing is", [without("memory@40000000"), (r"^\};", MEMORY % "0 0x80000000 0 0x10000000" + "};")], "and nothing is there"),
    ("memory over the console", [(r"^\};", "memory@9000000 { device_type = \"memory\"; reg = <0 0x9000000 0 0x1000>; };\n};")], "has the console in memory"),
    ("memory over the interrupt controller", [(r"^\};", "memory@8000000 { device_type = \"memory\"; reg = <0 0x8000000 0 0x1000>; };\n};")],
     "interrupt controller are out of reach, or in memory"),
    ("no interrupt controller", [(r'compatible = "arm,cortex-a15-gic"', 'compatible = "nobody,knows"')], "interrupt controller"),
    ("an interrupt controller without registers", [(r"(intc@8000000 \{.*?)\breg = <[^>]*>;", r"\1")], "out of reach, or in memory: mend its reg"),
    ("no timer", [without("timer")], "no timer that this kernel drives"),
    ("a timer without interrupts", [(r"(\ttimer \{.*?)interrupts = <[^>]*>;", r"\1")], "mend its interrupts"),
    ("a timer whose interrupts are cut off", [(r"(\ttimer \{.*?interrupts = <)[^>]*>;", r"\1 1 13 4>;")], "mend its interrupts"),
    ("no console", [without("pl011@9000000")], "no console that this kernel drives"),
    ("a console of another kind", [(r'"arm,pl011", "arm,primecell"|"arm,pl011\\0arm,primecell"', '"ns16550a"')], "no console"),
    ("a console that is switched off", [(r"(pl011@9000000 \{)", r'\1 status = "disabled";')], "no console"),
    ("addresses of seven cells", [(r"^\t#address-cells = <0x02>", "\t#address-cells = <0x07>")], "no console"),
    ("sizes of no cells", [(r"^\t#size-cells = <0x02>", "\t#size-cells = <0x00>")], "out of reach|names no memory|no console"),
]
GOES_ON = [
    ("as it is", [], None),
    ("memory that overlaps itself", [(r"^\};", "memory@42000000 { device_type = \"memory\"; reg = <0 0x42000000 0 0x1000000 0 0x40000000 0 0x4000000>; };\n};")], None),
    ("memory in two pieces", [without("memory@40000000"), (r"^\};", MEMORY % "0 0x40000000 0 0x3000000 0 0x44000000 0 0x4000000" + "};")], None),
    ("a size of nothing, an end that wraps", [(r"^\};", "memory@1 { device_type = \"memory\"; reg = <0 1 0 0 0xffffffff 0xfffff000 0 0x2000>; };\n};")], None),
    ("an initial RAM disk that is nowhere", [(r"chosen \{", "chosen { linux,initrd-start = <0x12345000>; linux,initrd-end = <0x12346000>;")], "not in memory"),
    ("no PSCI", [without("psci")], "no PSCI"),
    ("a console that is not there in /chosen", [(r"stdout-path = [^;]*;", 'stdout-path = "/nothing";')], "the first PL011 is used"),
    ("disks without registers or interrupts", [(r"virtio_mmio@a000000 \{.*?\};", 'virtio_mmio@a000000 { compatible = "virtio,mmio"; };')], "out of reach"),
    ("a bridge to PCI that is cut off", [(r"(pcie@10000000 \{.*?)\branges = <[^>]*>;", r"\1 ranges = <1 2 3>;")], "PCI at .* left out"),
]


def stops(name, blob, words, **options):
    status, text = boots(blob, **options)
    said = re.search(r"^(boot stopped|panic): .*(%s)" % words, text, re.M)
    ok(said and status not in (0, "no end"), "%s: the boot stops and says why" % name, "status %s, wanted %s\n%s" % (status, words, text))


def test_missing():
    source = true_tree()
    for name, changes, words in STOPS:
        stops(name, changed(source, *changes), words)


def test_strange():
    source = true_tree()
    for name, changes, words in GOES_ON:
        status, text = boots(changed(source, *changes), volume=fresh_volume())
        ok(status is None and (not words or re.search(words, text)), "%s: it boots%s" % (name, " and says so" if words else ""),
           "status %s, wanted %s\n%s" % (status, words, text))


def test_no_tree():
    blob = changed(true_tree())
    stops("no tree", blob, "there is none", x0=0)
    stops("a tree at an odd address", blob, "there is none", x0=TREE + 4)
    stops("zeros", b"", "there is none")
    stops("a tree that says it is huge", blob[:4] + b"\xff\xff\xff\xf8" + blob[8:], "at most 2 MiB")
    stops("a tree that is cut off", blob[:len(blob) // 2] + bytes(len(blob) // 2), "malformed or cut off")
    stops("a tree of another version", blob[:20] + bytes((0, 0, 0, 2)) + blob[24:], "not of version 17")
    deep = "/dts-v1/; / { " + "".join("n%d { " % i for i in range(20)) + "}; " * 20 + "};"
    stops("nodes nested too deep", dtc(deep.encode(), "-I", "dts", "-O", "dtb"), "nested too deep")


def test_anywhere():
    """The kernel runs wherever it is put."""
    blob = changed(true_tree())
    for kernel in (0x40201000, 0x425ff000, 0x443ff000):
        status, text = boots(blob, kernel=kernel, volume=fresh_volume())
        ok(status is None, "loaded at %#x it boots" % kernel, "status %s\n%s" % (status, text))


main(globals() if lib.PORT.programs == "aarch64" else {})
