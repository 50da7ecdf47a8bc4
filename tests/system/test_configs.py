#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Configurations: each other defconfig, each fragment, and some at random, are built, booted and restarted.

The number of random ones is CONFIGS (3), the first seed CONFIGS_SEED (1); each says its seed, with which
"make randconfig KCONFIG_SEED=" makes it again.
"""
import glob
import json
import os
import re
import subprocess
import time

import lib
from lib import Machine, TREE, note, ok, path
from ports import PORTS, name_in

ENV = {k: v for k, v in os.environ.items()
       if k not in ("O", "V", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "KCONFIG_CONFIG", "srctree")}
PORT = name_in(lib.O)
# Enough for the largest tables that a configuration can have; what CONFIG_RAM_MIN asks for comes on top.
TABLES_MEMORY = 512
# Of tiny.config: MiB of RAM that are enough, and the most KiB of text and rodata, with GCC.
SMALLEST = {"i386": 2, "x86_64": 2, "aarch64": 5}
TINY_ROM = {"i386": 60}
# Fragments that are for the simulated machine only.
HOST_ONLY = ("explore.config",)


def make(folder, *goals, **more):
    done = subprocess.run(["make", "-s", "-j2", "O=" + folder, *goals], cwd=TREE, env=dict(ENV, **more),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout


def has(folder, option):
    with open(os.path.join(folder, ".config")) as f:
        return option + "=y\n" in f.read()


def memory(folder):
    """MiB of RAM that are enough for what was built there."""
    with open(os.path.join(folder, ".config")) as f:
        return TABLES_MEMORY + int(re.search(r"^CONFIG_RAM_MIN=(\d+)$", f.read(), re.M).group(1))


def works(folder, name, mem=None):
    """Boots what was built twice on one volume: the bank's money is all there, and the second boot is a restart."""
    volume = path("configs.vol")
    lib.run.copy_volume(os.path.join(folder, "image.vol"), volume)
    kernel = lib.run.kernel_file(folder, PORTS[PORT])
    persistent = has(folder, "CONFIG_PERSISTENCE")
    try:
        for boot in range(2):
            with Machine(volume, kernel=kernel, mem=mem or memory(folder)) as m:
                text = m.prompt()
                first = m.count()
                m.command("bank start")
                total, _, wrong = m.bank()
                committed = m.count()
                waiting = time.monotonic()
                while committed <= first and time.monotonic() - waiting < lib.COMMAND_SECONDS:
                    time.sleep(0.1)
                    committed = m.count()
                generation = m.ckpt() if persistent else None
                good = (total, wrong) == (8000, 0) and "not ok" not in text
                good = good and (not persistent or generation > boot)
                good = good and (boot == 0 or (first >= reached if persistent else first < reached))
                reached = committed
                log = m.log()
            if not good:
                return ok(False, name + ": boots twice", log)
    except lib.Stopped as stopped:
        return ok(False, "%s: %s" % (name, stopped), lib.console_tail)
    if persistent:
        status, text = lib.volume_tool("verify", volume)
        return ok(status == 0, name + ": boots twice, and leaves a clean volume", text)
    return ok(True, name + ": boots twice, each time from the start")


def check_rom(folder):
    done = subprocess.run([os.path.join(TREE, "scripts/size.py"), "--json"], env=dict(ENV, O=folder), stdout=subprocess.PIPE,
                          text=True, check=True)
    total = json.loads(done.stdout)["total"]
    rom = total["text"] + total["rodata"]
    note("tiny.config: %.1f KiB of text and rodata" % (rom / 1024))
    if PORT in TINY_ROM and ENV.get("LLVM", "0") in ("", "0"):
        ok(rom <= TINY_ROM[PORT] * 1024, "tiny.config: text and rodata are at most %d KiB" % TINY_ROM[PORT], rom)


def test_fragments():
    folder = path("fragment")
    for file in sorted(glob.glob(os.path.join(TREE, "configs/fragments/*.config"))):
        name = os.path.basename(file)
        if name in HOST_ONLY:
            continue
        status, text = make(folder, PORT + "_defconfig", name)
        if status == 0:
            status, text = make(folder)
        if ok(status == 0, name + " builds", text):
            works(folder, name)
            if name == "tiny.config":
                works(folder, "%s in %d MiB" % (name, SMALLEST[PORT]), SMALLEST[PORT])
                check_rom(folder)


def test_others():
    """The port's other defconfigs, started by what they say (CONFIG_BOOT) and by nothing that the environment says."""
    folder = path("other")
    for file in sorted(glob.glob(os.path.join(TREE, "configs", PORT + "_*_defconfig"))):
        name = os.path.basename(file)
        status, text = make(folder, name)
        if status == 0:
            status, text = make(folder)
        if not ok(status == 0, name + " builds", text):
            continue
        last = 0
        for boot in ("boots", "and goes on"):
            with Machine(None, command=["env", "-u", "BOOT", "O=" + folder, os.path.join(TREE, "scripts/run.py")]) as m:
                text = m.prompt()
                first, newest = int(re.search(r"store: generation (\d+)", text).group(1)), m.ckpt()
            ok(first >= last and ("uboot" not in name or "U-Boot" in text), "%s: %s" % (name, boot), text)
            last = newest


def test_ends():
    folder = path("ends")
    for goal in ("allnoconfig", "allyesconfig", "tinyconfig"):
        status, text = make(folder, PORT + "_defconfig", goal)
        if status == 0:
            status, text = make(folder, "kernel")
        ok(status == 0, goal + " links", text)


def stops(folder, name):
    """Built without a driver for a disk: it must say so."""
    with Machine(None, disk="none", kernel=lib.run.kernel_file(folder, PORTS[PORT]), mem=memory(folder)) as m:
        try:
            status = m.ended(30)
        except lib.Stopped:
            status = None
        ok("boot stopped: no disk" in m.log() and status != 0, name + ": has no disk, and stops there", m.log())


def test_random():
    """Until so many have had a disk: then each is a system that works."""
    folder = path("random")
    seed = int(os.environ.get("CONFIGS_SEED", "1"))
    left = int(os.environ.get("CONFIGS", "3"))
    while left > 0:
        name = "random configuration %d" % seed
        status, text = make(folder, PORT + "_defconfig", "randconfig", KCONFIG_SEED=str(seed))
        if status == 0:
            status, text = make(folder)
        seed += 1
        if not ok(status == 0, name + " builds", text):
            left -= 1
        elif any(has(folder, "CONFIG_" + o) for o in ("VIRTIO_PCI", "VIRTIO_MMIO", "IDE")):
            left -= 1
            works(folder, name)
        else:
            stops(folder, name)


lib.main(globals())
