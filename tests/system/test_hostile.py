#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An attacker at user level (user/apps/hostile.h): every attack has its named error, the kernel and the shell go on.

On the port of the build in O: in QEMU; on the host port under the sanitizers, each access to memory compared with
a walk of the address space (--oracle). The attacker prints TAP; each of its lines is one here.
"""
import os
import re
import subprocess

import lib
from lib import Machine, O, PORT, image_volume, main, ok, path, verify

SECONDS = 240
LINE = re.compile(r"^(ok|not ok) (\d+) - (.*)$", re.M)
BEGIN = "# hostile: begin"
END = r"# hostile: end, (\d+) failed"
AFTER = r"# hostile: after the restart, (\d+) failed"


def judge(text, end=END):
    """The attacker's lines, as lines of this test."""
    text = text[max(text.find(BEGIN), 0):]
    lines = LINE.findall(text)
    for verdict, _, what in lines:
        ok(verdict == "ok", what)
    plan = re.search(r"^1\.\.(\d+)$", text, re.M)
    said = re.search(end, text)
    ok(plan and [int(n) for _, n, _ in lines] == list(range(1, int(plan.group(1)) + 1)), "no line is missing", text)
    ok(said and said.group(1) == "0", "the attacker says that nothing failed", text)


def in_qemu():
    disk = image_volume("hostile.vol", "hostile.img.txt")
    with Machine(disk) as m:
        m.prompt()
        before = m.expect(END, SECONDS)
        judge(before + m.qemu.match.group(0))
        m.send("\r")
        m.prompt()
        text = m.command("help")
        ok("ckpt" in text, "the shell still answers", text)
        ok(m.ckpt() > 1, "and a checkpoint commits")
        m.send("halt\r")
        ok(m.ended() == 0, "and the system halts in order", m.log())
    with Machine(disk) as m:
        judge(m.expect(AFTER, SECONDS) + m.qemu.match.group(0), AFTER)
        m.send("\r")
        m.prompt()
        text = m.command("help")
        ok("ckpt" in text, "what is left of it restarts", text)
    status, text = verify(disk)
    ok(status == 0, "the volume is clean", text)


def simulated(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          timeout=4 * SECONDS)
    return done, lib.clean(done.stdout)


def on_the_host():
    disk = image_volume("hostile.vol", "hostile.img.txt")
    with open(path("script"), "w") as f:
        f.write("@120000 echo still here\n@121000 ckpt\n@125000 halt\n")
    command = [os.path.join(O, "anteros"), "--volume", disk, "--script", path("script"), "--oracle", "--stop-at", "200000"]
    done, text = simulated(command)
    judge(text)
    ok("fault: process hostile" not in text, "the attacker ended in peace", text)
    ok(re.search(r"^still here$", text, re.M), "the shell still answers", text)
    ok(re.search(r"generation \d+ committed", text), "and a checkpoint commits", text)
    ok(done.returncode == 0, "and the system halts in order", "status %d\n%s" % (done.returncode, text))
    with open(path("script"), "w") as f:
        f.write("@5000 halt\n")
    done, text = simulated(command)
    judge(text, AFTER)
    ok(done.returncode == 0, "what is left of it restarts", text)
    status, text = verify(disk)
    ok(status == 0, "the volume is clean", text)


def test_hostile():
    in_qemu() if PORT.qemu else on_the_host()


main(globals())
