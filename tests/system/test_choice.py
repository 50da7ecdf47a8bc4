# SPDX-License-Identifier: Apache-2.0
"""From where to restart: ckpt= on the command line, and the question after three restarts without a commit."""
import re
import time

from lib import Machine, copy_volume, fresh_volume, main, ok, verify, volume_tool

base = None          # two generations that are whole; in the newer the counter runs and the bank does not
older = newer = 0


def kept(volume):
    """(newest generation, oldest that the newest root keeps whole)"""
    text = volume_tool("info", volume)[1]
    roots = re.findall(r"sequence (\d+),.* whole from (\d+), generations [\d ]*?(\d+)$", text, re.M)
    _, whole, newest = max(roots, key=lambda root: int(root[0]))
    return int(newest), int(whole)


def test_base():
    global base, older, newer
    base = fresh_volume("base.vol")
    with Machine(base) as m:
        m.prompt()
        older = m.ckpt()
        m.count()
        newer = m.ckpt()
    ok(kept(base) == (newer, older), "generations %d and %d are whole" % (older, newer), kept(base))


def test_stopped():
    volume = copy_volume(base, "stopped.vol")
    with Machine(volume, cmdline="ckpt=stopped") as m:
        text = m.prompt()
        # The counter, and whoever else was at work at that moment.
        ok(re.search(r"stopped: [1-9]\d* processes are held", m.log()), "all but the shell is held, and the boot says so", m.log())
        text = m.command("ps")
        ok(re.search(r"^counter +held", text, re.M) and re.search(r"^shell +ready", text, re.M), "ps shows it", text)
        first = m.count()
        time.sleep(0.3)
        ok(m.count() == first, "the counter does not count")
        time.sleep(6)
        ok(kept(volume)[0] == newer, "no checkpoint is taken by itself")
        generation = m.ckpt()
    with Machine(volume) as m:
        m.prompt()
        now = m.count()
        time.sleep(0.3)
        ok(m.count() > now >= first, "a checkpoint of it lets the counter go on at the next boot, where it was")
    ok(kept(volume)[0] >= generation and verify(volume)[0] == 0, "the volume is good", verify(volume)[1])


def test_previous():
    volume = copy_volume(base, "previous.vol")
    with Machine(volume, cmdline="ckpt=previous") as m:
        m.prompt()
        text = m.log()
        ok("generation %d is given up for the one before it, %d" % (newer, older) in text and
           "volume on virtio0: generation %d" % older in text, "ckpt=previous takes the older generation", text)
        text = m.command("count")
        ok("(started)" in text, "in which the counter did not run", text)
        ok(m.ckpt() > newer, "generation numbers do not repeat")
    ok(verify(volume)[0] == 0, "the volume is good", verify(volume)[1])


def restart_without_commit(volume):
    with Machine(volume) as m:
        m.prompt()
        return m.log()


def test_question():
    volume = copy_volume(base, "question.vol")
    logs = [restart_without_commit(volume) for _ in range(3)]
    ok(not any("Restart from" in text for text in logs), "three restarts without a commit go unasked", logs[-1])
    with Machine(volume) as m:
        m.expect(r"n, p, s\? \(n after 10 s\) ")
        text = m.log()
        ok("3 restarts from generation %d without a commit" % newer in text and
           "p  previous: generation %d" % older in text, "the fourth lists the choices with their generations", text)
        m.send("q")
        m.expect("'q' is none of n, p, s")
        m.send("\r")
        m.expect("key 0x0d is none of n, p, s")
        m.send("p")
        m.prompt()
        ok("generation %d is given up" % newer in m.log(), "wrong keys are told so, and p goes back", m.log())
    volume = copy_volume(base, "silence.vol")
    for _ in range(3):
        restart_without_commit(volume)
    with Machine(volume) as m:
        m.expect(r"n, p, s\? \(n after 10 s\) ")
        began = time.monotonic()
        m.prompt()
        seconds = time.monotonic() - began
        ok(8 < seconds < 30 and "generation %d, restart" % newer in m.log(),
           "silence takes the newest after 10 seconds", "%.1f s\n%s" % (seconds, m.log()))


def test_wrong_value():
    volume = copy_volume(base, "wrong.vol")
    with Machine(volume, cmdline="ckpt=oldest") as m:
        status = m.ended()
        ok(status and "ckpt= is none of newest, previous, stopped" in m.log() and "nothing was written" in m.log(),
           "another value is refused by name", m.log())
    volume = fresh_volume("new.vol")
    with Machine(volume, cmdline="ckpt=previous") as m:
        status = m.ended()
        ok(status and "generation 1 is the only one that is whole" in m.log(), "a new volume has no previous one",
           m.log())


main(globals())
