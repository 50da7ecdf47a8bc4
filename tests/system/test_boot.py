#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Boots, and types every command of the shell once."""
import os
import re
import time

from lib import Machine, O, PORT, PROMPT, fresh_volume, main, note, ok, verify


def numbers(text):
    return [int(n) for n in re.findall(r"\d+", text)]


def test_session():
    volume = fresh_volume()
    with Machine(volume) as m:
        m.prompt()
        seconds = time.monotonic() - m.started
        note("boot to prompt: %.2f s" % seconds)
        ok(True, "the first boot reaches the prompt")

        text = m.command("help")
        missing = [w for w in ("help", "ps", "ckpt", "count", "uptime", "halt", "crash", "bank") if w not in text]
        ok(not missing, "help names every command", "missing: %s\n%s" % (missing, text))

        text = m.command("ps")
        ok("shell" in text, "ps shows the shell itself", text)

        first, second = m.ckpt(), m.ckpt()
        ok(first > 1 and second > first, "ckpt prints ascending generations", "%d, %d" % (first, second))

        text = m.command("ckpt -v")
        ok(len(numbers(text)) > 1, "ckpt -v prints more than the generation", text)

        m.count()
        a = m.count()
        time.sleep(0.5)
        b = m.count()
        ok(b > a, "the counter counts by itself", "%d, %d" % (a, b))

        text = m.command("ps")
        ok("count" in text, "ps shows the counter", text)

        text = m.command("uptime")
        ok(len(numbers(text)) >= 2, "uptime prints both times", text)

        text = m.command("crash")
        ok("fault: process crash" in text, "crash: the child's fault is reported", text)
        text = m.command("help")
        ok("help" in text, "and the shell goes on", text)
        c = m.count()
        ok(c >= b, "and so does the counter", "%d, %d" % (b, c))

        text = m.command("log")
        ok(re.search(r"^Anteros \w+$", text, re.M) and "volume on" in text and "lost" not in text,
           "log shows what the kernel has logged since the restart", text)

        text = m.command("no-such-command")
        ok("no-such-command" in text or "unknown" in text.lower(), "an unknown command is named", text)
        text = m.command("halt now")
        ok("halt: now: it takes no words" in text,
           "words that a command does not take are named, and nothing is done", text)
        text = m.command("date")
        ok("date: nobody has set the clock" in text and "drivers.img.txt" in text,
           "date says why it has none, and who would", text)
        text = m.command("")
        ok(text.strip() == "", "an empty line does nothing", text)
        long_line = "x" * 2000
        text = m.command(long_line)
        ok(PROMPT not in text, "a line that is too long does no harm", text)
        text = m.command("help")
        ok("help" in text, "and the shell still listens", text)

        counted = m.count()
        m.send("halt\r")
        ok(m.ended() == 0 and "committed" in m.log()[-200:], "halt takes a checkpoint and ends QEMU with status 0", m.log())
    status, text = verify(volume)
    ok(status == 0, "the volume is clean after halt", text)
    with Machine(volume) as m:
        text = m.prompt()
        ok("without a commit" not in text and m.count() >= counted, "and all goes on from where it was halted", text)


def test_line_editing():
    with Machine(fresh_volume("edit.vol")) as m:
        m.prompt()
        m.send("hexx\x7f\x7flp\r")
        text = m.prompt()
        ok("ckpt" in text, "backspace takes back what was typed", text)
        m.send("halt\x15help\r")
        text = m.prompt()
        ok("ckpt" in text, "Ctrl-U throws the line away", text)


def test_bank():
    with Machine(fresh_volume("bank.vol")) as m:
        m.prompt()
        m.command("bank start")
        sum1, moved1, _ = m.bank()
        time.sleep(1)
        sum2, moved2, wrong = m.bank()
        ok(sum1 == sum2 and sum1 > 0, "the bank's sum is constant", "%d, %d" % (sum1, sum2))
        ok(wrong == 0, "and no audit was wrong", "%d" % wrong)
        ok(moved2 > moved1, "and money moves", "%d, %d" % (moved1, moved2))


def test_restart():
    volume = fresh_volume("restart.vol")
    with Machine(volume) as m:
        m.prompt()
        m.count()
        time.sleep(0.3)
        floor = m.count()
        generation = m.ckpt()
    with Machine(volume) as m:
        boot = m.prompt()
        said = re.search(r"generation (\d+)", boot)
        ok(said and int(said.group(1)) >= generation, "a restart says which generation it goes on from", boot)
        value = m.count()
        ok(value >= floor, "the counter goes on from the checkpoint", "%d, %d" % (floor, value))


def test_ide():
    if not PORT.ide:
        return
    volume = fresh_volume("ide.vol")
    with Machine(volume, disk="ide") as m:
        m.prompt()
        generation = m.ckpt()
        ok(generation > 1, "the same with an IDE disk", m.log())
        m.send("halt\r")
        m.ended()
    with Machine(volume, disk="virtio") as m:
        m.prompt()
        ok(True, "and the volume goes on behind virtio", m.log())


def test_selftest_verdict():
    """The kernel's self-tests print TAP before the first prompt, if they are built in."""
    with Machine(fresh_volume("self.vol")) as m:
        text = m.prompt()
    lines = [line for line in text.splitlines() if re.match(r"(not )?ok \d+", line)]
    for line in lines:
        ok(line.startswith("ok"), "in the kernel: " + re.sub(r"^(not )?ok \d+( -)? *", "", line))
    plan = re.search(r"^1\.\.(\d+)$", text, re.M)
    with open(os.path.join(O, ".config")) as f:
        wanted = "CONFIG_SELFTEST=y" in f.read()
    ok(bool(lines) == wanted and (not plan or int(plan.group(1)) == len(lines)), "each of them ran, if they are built in", text)
    note("%d self-tests in the kernel" % len(lines))


main(globals())
