# SPDX-License-Identifier: Apache-2.0
"""A copy of the tree with all mutants of the table in it, of which one at a time is awake.

Each place becomes "mutant_now == n ? new : old" (or an if, for statements); mutant_now is a word in the kernel's data that
is changed in the file that the kernel is loaded from. So all mutants cost one build.
"""
import os
import re
import shutil
import subprocess

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOPS = ["Kconfig", "Makefile", "arch", "cap", "ckpt", "configs", "drivers", "idl", "include", "init", "kernel", "lib", "mm", "scripts",
        "tests", "tools", "user"]
SLEEPING = 0x4d757430           # in mutant_now: none
HEADER = "include/kernel/kconfig.h"     # goes before every file
DECLARE = "\n#ifndef __ASSEMBLER__\n__attribute__((weak)) volatile unsigned int mutant_now = 0x%xu;\n#endif\n" % SLEEPING


class Wrong(Exception):
    pass


def read(path):
    with open(os.path.join(TREE, path), "rb") as f:
        return f.read()


def changed(text, mutants, path):
    """The text of one file with its mutants in it."""
    for number, mutant in enumerate(mutants, 1):
        for place, old, new in mutant.edits:
            if place != path:
                continue
            if text.count(old) != 1:
                raise Wrong("mutant %s: %s has %d times: %s" % (mutant.name, path, text.count(old), old))
            awake = "mutant_now == 0x%xu" % (SLEEPING + number)
            if old.rstrip().endswith(";"):
                lines = "if (%s) { %s } else { %s }" % (awake, new, old)
            else:
                lines = "(%s ? (%s) : (%s))" % (awake, new, old)
            text = text.replace(old, lines)
    return text


def copy(folder, mutants):
    """Brings the copy up to date: a file that has not changed stays, so that make has little to do."""
    edited = {place for m in mutants for place, _, _ in m.edits}
    kept = set()
    for top in TOPS:
        walk = [("", [], [top])] if os.path.isfile(os.path.join(TREE, top)) else os.walk(os.path.join(TREE, top))
        for at, _, names in walk:
            for name in names:
                path = os.path.relpath(os.path.join(TREE, at, name), TREE)
                data = read(path)
                if path in edited:
                    data = changed(data.decode(), mutants, path).encode()
                if path == HEADER:
                    text = data.decode()
                    end = text.rindex("#endif")
                    data = (text[:end] + DECLARE + text[end:]).encode()
                target = os.path.join(folder, path)
                kept.add(target)
                if os.path.exists(target):
                    with open(target, "rb") as f:
                        if f.read() == data:
                            continue
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, "wb") as f:
                    f.write(data)
                shutil.copymode(os.path.join(TREE, path), target)
    missing = edited - {os.path.relpath(k, folder) for k in kept}
    if missing:
        raise Wrong("no such file: %s" % ", ".join(sorted(missing)))
    for at, _, names in os.walk(folder):
        for name in names:
            if os.path.join(at, name) not in kept:
                os.remove(os.path.join(at, name))


def build(folder, out, *goals):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "KCONFIG_CONFIG", "O", "LLVM", "V", "srctree")}
    done = subprocess.run(["make", "-s", "-j%d" % (os.cpu_count() or 1), "O=" + out, *goals], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode:
        raise Wrong("the mutants cannot be built:\n" + "\n".join(done.stdout.splitlines()[-30:]))


def awake(program, number, to):
    """The program with this mutant awake (0: none), in the file `to`."""
    with open(program, "rb") as f:
        data = f.read()
    sleeping = SLEEPING.to_bytes(4, "little")
    if sleeping not in data: # one copy an object, of which the linker takes one
        raise Wrong("%s has no mutant_now" % program)
    with open(to, "wb") as f:
        f.write(data.replace(sleeping, (SLEEPING + number).to_bytes(4, "little")))
    shutil.copymode(program, to)
    return to
