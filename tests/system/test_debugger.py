#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The debugger of the image (user/apps/debugger.c) and the shell's command debug: it has a process capability, and no more."""
import collections
import re
import time

from lib import Machine, fresh_volume, main, ok

COUNTER_PAGE = 0x200000  # user/apps/counter.h: the low word comes first


def stops(text):
    return [int(a, 16) for a in re.findall(r"^debug: counter: \S.* at 0x([0-9a-f]+)$", text, re.M)]


def memory(m, address, n):
    text = m.command("debug mem %x %x" % (address, n))
    return bytes.fromhex("".join(re.findall(r"^[0-9a-f]{8}  ((?: ?[0-9a-f]{2})+)$", text, re.M)).replace(" ", ""))


def counted(m):
    return int.from_bytes(memory(m, COUNTER_PAGE, 4), "little")


def run_on(m, what, at):
    """It stops there again; the counter is less urgent than the shell, so that comes after the prompt."""
    m.command("debug continue")
    m.expect(r"debug: counter: %s at 0x%x\b" % (what, at))
    m.command("")


def test_stop_and_step():
    global volume, loop
    volume = fresh_volume("debug.vol")
    with Machine(volume) as m:
        m.prompt()
        while m.count() == 0:
            pass
        text = m.command("debug counter")
        ok(len(stops(text)) == 1 and len(re.findall(r"\b(pc|[er]ip|sp|[er]sp) +[0-9a-f]{8}", text)) == 2,
           "a process is stopped, and its registers are shown", text)
        before = counted(m)
        time.sleep(0.2)
        ok(before > 0 and counted(m) == before, "it is stopped, and its memory can be read", before)
        text = m.command("debug step 40", seconds=120)
        pcs = stops(text)
        ok(len(pcs) == 0x40 and all(0x10000 <= pc < 0x11000 for pc in pcs) and len(set(pcs)) > 2,
           "it goes on instruction by instruction", text)
        after = counted(m)
        ok(0 < after - before < 0x40, "and does what they say", "%d, %d" % (before, after))
        loop = collections.Counter(pcs[:-1]).most_common(1)[0][0]
        code = memory(m, loop, 16)
        m.command("debug break %x" % loop)
        run_on(m, "breakpoint", loop)
        first = counted(m)
        run_on(m, "breakpoint", loop)
        ok(counted(m) == first + 1, "it stops at a breakpoint in its loop, every time round", counted(m) - first)
        ok(memory(m, loop, 16) == code, "while it is stopped its program is as it was")
        m.ckpt()
        run_on(m, "breakpoint", loop)


def test_after_restart():
    with Machine(volume) as m:
        m.prompt()
        first = counted(m)
        run_on(m, "breakpoint", loop)
        ok(counted(m) == first + 1, "after a restart the breakpoint is still there, and whoever waits at it")
        m.command("debug delete %x" % loop)
        text = m.command("debug continue")
        time.sleep(0.2)
        ok("breakpoint" not in text + m.command(""), "without it, it runs", m.log())
        text = m.command("debug regs")
        ok("the process runs; debug NAME" in text, "and while it runs nothing of it is shown", text)
        m.command("debug detach")
        first = m.count()
        time.sleep(0.2)
        ok(m.count() > first, "let go, it counts")
        text = m.command("debug step")
        ok("no process is attached" in text, "and is nobody's business any more", text)


def test_fault():
    with Machine(fresh_volume("crash.vol")) as m:
        m.prompt()
        m.command("crash")
        text = m.command("debug crash")
        ok(re.search(r"^debug: crash: no page there at 0x1[0-9a-f]{4}$", text, re.M), "a process that has faulted can be looked at", text)
        text = m.command("debug detach") + m.command("ps")
        ok(re.search(r"^crash +stopped .*no page there", text, re.M), "and stays stopped when it is let go", text)


def test_refused():
    with Machine(fresh_volume("refused.vol")) as m:
        m.prompt()
        for line, answer in (("debug nobody", "no process nobody; ps"), ("debug shell", "who would read"), ("debug debugger", "it cannot stop itself"),
                             ("debug", "usage"), ("debug mem", "usage"), ("debug break 1x", "usage"), ("debug continue 1", "usage"),
                             ("debug regs", "no process is attached; debug NAME")):
            text = m.command(line)
            ok(re.search(answer, text), line + " is answered by its reason", text)
        m.command("debug counter")
        for line, answer in (("debug mem 0", "no memory there"), ("debug break 0", "no memory there"), ("debug delete 10000", "no such breakpoint"),
                             ("debug mem 10000 101", "BYTES at most 100")):
            text = m.command(line)
            ok(re.search(answer, text), line + " is answered by its reason", text)
        for i in range(8):
            m.command("debug break %x" % (0x10000 + 4 * i))
        text = m.command("debug break 10020")
        ok("too many breakpoints" in text, "the ninth breakpoint is one too many", text)


main(globals())
