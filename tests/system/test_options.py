#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What configs can say is true: kernels with everything off, with every check on, with every number at its smallest and at
its largest are built, booted, worked with and restarted. The options and their ranges are read from the Kconfig files, so
that a new one is in here by itself."""
import os
import re
import subprocess
import time

import kconfiglib

import lib
from lib import Machine, Stopped, TREE, fresh_volume, main, note, ok, path, verify
from ports import PORTS, name_in

PORT = name_in(lib.O)
ENV = {k: v for k, v in os.environ.items()
       if k not in ("O", "V", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "KCONFIG_CONFIG", "srctree")}
# Without one of these there is no disk left, or no exit status: not what is meant by "everything off".
KEPT = ("VIRTIO_BLK", "VIRTIO_MMIO", "PCI", "SEMIHOSTING")
# Of numbers at their largest: so much RAM that no test machine should need it.
MEM_LARGEST = 1400


def options():
    """(the Kconfig tree with the port's defaults, its settable options)"""
    os.environ["srctree"] = TREE
    tree = kconfiglib.Kconfig(os.path.join(TREE, "Kconfig"), warn_to_stderr=False)
    tree.load_config(os.path.join(TREE, "configs", PORT + "_defconfig"))
    return tree, [s for s in tree.unique_defined_syms if not s.choice and any(node.prompt for node in s.nodes)]


def bounds(symbol):
    for low, high, condition in symbol.ranges:
        if kconfiglib.expr_value(condition):
            return low.str_value, high.str_value
    return None


def make(name):
    """Builds the kernel in a folder that has a configuration. Returns (status, what make said)."""
    done = subprocess.run(["make", "-s", "-j2", "O=" + path(name), "kernel"], cwd=TREE, env=ENV, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout


def build(name, choose):
    """Builds a kernel with what choose(symbol) says of each option (None = its default). Returns its file."""
    tree, settable = options()
    for symbol in settable:
        value = choose(symbol)
        if value is not None:
            symbol.set_value(value)
    folder = path(name)
    os.makedirs(folder, exist_ok=True)
    tree.write_config(os.path.join(folder, ".config"))
    began = time.monotonic()
    status, text = make(name)
    ok(status == 0, "%s: it builds" % name, text)
    note("%s: %.0f s" % (name, time.monotonic() - began))
    return lib.run.kernel_file(folder, PORTS[PORT])


def work(name, kernel, volume, keeps=True, **options):
    """A session and a restart."""
    with Machine(volume, kernel=kernel, **options) as m:
        m.prompt()
        m.command("bank start")
        m.count()
        generation = m.ckpt() if keeps else 1
        counting = time.monotonic()
        while not m.count() and time.monotonic() - counting < 20:
            time.sleep(0.2)
        ok(m.count() > 0 and m.bank()[2] == 0, "%s: programs run" % name, m.log())
        if not keeps:
            text = m.command("ckpt")
            ok("offline" in text, "%s: there are no checkpoints, and it says so" % name, text)
    with Machine(volume, kernel=kernel, **options) as m:
        m.prompt()
        found = re.search(r"volume on \w+: generation (\d+), restart", m.log())
        ok(found and int(found.group(1)) >= generation and m.bank()[2] == 0, "%s: it restarts" % name, m.log())
    status, text = verify(volume)
    ok(status == 0, "%s: the volume is good" % name, text)


def must_stop(name, kernel, volume, *words, **options):
    with Machine(volume, kernel=kernel, **options) as m:
        try:
            status = m.ended()
        except Stopped:
            status = 0
        ok(status and all(w in m.log() for w in words) and "nothing was written" in m.log(), name, m.log())


def is_bool(symbol):
    return symbol.type == kconfiglib.BOOL


def test_everything_off():
    kernel = build("off", lambda s: 0 if is_bool(s) and s.name not in KEPT else None)
    work("off", kernel, fresh_volume("off.vol"), keeps=False)


def test_every_check():
    checks = ("ASSERT", "AUDIT", "AUDIT_ON_DIRTY", "DEBUG_FREEZE", "DEBUG_POISON", "SELFTEST")
    kernel = build("checks", lambda s: 0 if s.name == "KERNEL_THREADS" else 2 if s.name in checks else None)
    work("checks, no kernel threads", kernel, fresh_volume("checks.vol"))


def test_smallest():
    smallest = build("smallest", lambda s: bounds(s)[0] if bounds(s) else 0 if s.name == "ASSERT" else None)
    work("smallest", smallest, fresh_volume("smallest.vol"), mem=max(PORTS[PORT].too_small) + 1)

    contexts = build("smallest", lambda s: bounds(s)[s.name == "NR_CONTEXTS"] if bounds(s) else
                     0 if s.name == "ASSERT" else None)
    volume = fresh_volume("contexts.vol")
    must_stop("a log too small for the tables is refused by name", contexts, volume,
              "a third of the log is 1365 blocks", "tables need")
    config = os.path.join(path("smallest"), ".config")
    with open(config) as f:
        text = re.sub(r"(?m)^(CONFIG_LOG_DIR_ENTRIES)=.*", r"\1=1024", f.read())
    with open(config, "w") as f:
        f.write(text)
    status, text = make("smallest")
    ok(status and "CONFIG_LOG_DIR_ENTRIES=1024 is out of range: 65536 to" in text,
       "a directory too small for the tables is refused by name when it is configured", text)


def large_volume():
    volume = path("large.vol")
    subprocess.run([os.path.join(lib.O, "tools/mkimage"), os.path.join(TREE, "user/system.img.txt"), "-o", volume,
                    "--arch", PORTS[PORT].programs, "--size", "600", "--log", "400",
                    "--objdir", os.path.join(lib.O, "user")], check=True)
    return volume


def test_largest():
    kernel = build("largest", lambda s: bounds(s)[1] if bounds(s) else None)
    work("largest", kernel, large_volume(), mem=MEM_LARGEST)
    must_stop("largest: too little RAM is refused by name", kernel, path("large.vol"), "too little RAM", mem=256)


main(globals())
