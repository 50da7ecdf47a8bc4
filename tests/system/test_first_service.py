#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Documentation/user/first-service.md, done as it says: its files in a copy of the tree, its commands, what it says is printed.

On i386 to the letter. On the others what is built and booted is the kernel that is there already: only programs are made anew.
"""
import os
import re
import shutil
import signal
import subprocess

import lib
from lib import Machine, PORT, TREE, main, ok, path, volume_tool

LETTER = PORT.programs == "i386"
FOLDER = {"i386": "build", "x86_64": "build64", "aarch64": "builda"}[PORT.programs]
with open(os.path.join(TREE, "Documentation/user/first-service.md"), encoding="utf-8") as f:
    PAGE = f.read()
ENV = {k: v for k, v in os.environ.items() if k != "O"}


class Run(Machine):
    """What `make run` started: make and QEMU, in a group of their own."""

    def kill(self):
        if self in lib.machines:
            os.killpg(self.qemu.pid, signal.SIGKILL)
        super().kill()


def blocks(kind):
    return re.findall(r"^```%s\n(.*?)^```" % kind, PAGE, re.S | re.M)


def started(volume):
    """The page's `make run VOLUME=`."""
    if LETTER:
        return Run(volume, command=["env", "-u", "O", "make", "-C", path("tree"), "run", "VOLUME=" + volume])
    return Machine(volume)


def do(commands):
    """All but the last line of a block of the page; the volume that the last line runs."""
    *lines, last = commands.strip().splitlines()
    if not LETTER:
        lines = [re.sub(r"^make$", "make O=%s user tools" % FOLDER, re.sub(r"\bbuild/", FOLDER + "/", line)) for line in lines]
    done = subprocess.run(["sh", "-ec", "\n".join(lines)], cwd=path("tree"), env=ENV, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok(done.returncode == 0, lines[-1], done.stdout)
    volume = re.fullmatch(r"make run VOLUME=(\S+)", last)
    if not ok(volume and done.returncode == 0, last):
        raise lib.Stopped("the commands do not end with a volume to run")
    return os.path.join(path("tree"), volume.group(1))


def test_files():
    """The page's files, into a copy of the tree."""
    shutil.copytree(TREE, path("tree"), ignore=lambda folder, names: [
        n for n in names if n in (".git", "__pycache__") or os.path.samefile(folder, TREE) and n.startswith("build")])
    files = re.findall(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```", PAGE, re.S | re.M)
    for name, text in files:
        with open(os.path.join(path("tree"), name), "x", encoding="utf-8") as out:
            out.write(text)
    ok(len(files) == 6 and "six files" in PAGE, "the page has six files", [name for name, _ in files])
    made = "make O=%s %s_defconfig" % (FOLDER, PORT.programs)
    ok(LETTER or " ".join(made.split()[1:]) in PAGE, "the page says how this port is configured")
    if not LETTER:
        subprocess.run(made.split(), cwd=path("tree"), env=ENV, check=True, stdout=subprocess.DEVNULL)


def test_service():
    """It runs, refuses what is wrong, is started again by its keeper, and goes on when the plug was pulled."""
    volume = do(blocks("sh")[0])
    printed = [line for line in blocks("text")[-1].splitlines() if line]
    with started(volume) as m:
        m.expect("writer 7: number 8")
        text = m.log()
        for line in printed:
            ok(re.search("^%s$" % re.sub(r"pc 0x\w+", r"pc 0x\\w+", line), text, re.M), "it prints: " + line, text)
        ok(len(printed) > 8 and text.count("keeper:") == 1, "and faults once", text)
    with started(volume) as m:
        m.expect(r"writer 7: number (\d+)")
        n = int(m.qemu.match.group(1))
        m.expect("writer 7: number %d" % (n + 1))
        ok(1 < n <= 9, "after the plug was pulled the writer goes on, at %d" % n, m.log())
        ok("wrong:" not in m.log() and "busy" not in m.log(), "and whoever had ended has ended", m.log())
    status, text = volume_tool("verify", volume)
    ok(status == 0, "the volume is clean", text)


def test_with_the_shell():
    with started(do(blocks("sh")[1])) as m:
        m.prompt()
        for _ in range(20):  # the prompt may come before the server waits
            text = m.command("ps")
            if re.search(r"^kv .*available", text, re.M):
                break
        ok(re.search(r"^kv .*available", text, re.M) and re.search(r"^writer  ", text, re.M), "ps shows them", text)
        m.expect("writer 7: number 2")
        m.send("\r")
        m.prompt()
        ok(re.search(r"debug: writer: stopped at 0x", m.command("debug writer")), "the debugger stops the writer", m.log())
        before = m.log().count("writer 7:")
        ok(m.ckpt() > 1 and m.log().count("writer 7:") == before, "a checkpoint, while it stands", m.log())
        m.command("debug continue")
        m.expect("writer 7: number")
        ok(True, "and goes on")


def test_without_keeper():
    """What the page says of a fault that nobody is told of: the OID has a name, the address is in the program."""
    with open(os.path.join(path("tree"), "user/kv.img.txt"), encoding="utf-8") as f:
        text = f.read().replace("\tkeeper start kv_keeper\n", "")
    with open(path("alone.img.txt"), "w", encoding="utf-8") as f:
        f.write(text)
    tool = os.path.join(path("tree"), FOLDER, "tools/mkimage")
    done = subprocess.run([tool, "--map", "--objdir", os.path.join(path("tree"), FOLDER, "user"), "-o", path("alone.vol"), f.name],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with Machine(path("alone.vol")) as m:
        m.expect(r"process (\w+) stopped: fault .* pc (\w+)\W")
        oid, pc = m.qemu.match.groups()
    ok(re.search(r"^ *%s +process +wrong$" % oid, done.stdout, re.M), "mkimage --map names the process that stopped", done.stdout)
    program = os.path.join(path("tree"), FOLDER, "user/kv_wrong")
    said = subprocess.run(["addr2line", "-e", program, pc], stdout=subprocess.PIPE, text=True).stdout
    ok("kv_wrong.c:" in said, "addr2line has the line", said)


main(globals())
