#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A driver at user level (user/apps/rtc.h): it reads the machine's clock through a capability to its registers, which are
mapped where they are memory, woken by its interrupt, and sets the wall clock. Without the capability the same program gets
nowhere. After a restart the old capability is void, and the supervisor starts the driver with a new one. Another driver has a
page that its device writes to (user/apps/dma.c).

On the port of the build in O: in QEMU; on the host port with a simulated clock.
"""
import datetime
import os
import re
import subprocess

import lib
from lib import Machine, O, PORT, image_volume, main, ok, path, verify

DATE = re.compile(r"^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) UTC$", re.M)
SECONDS = 60


def set_by_driver(m):
    """Waits until the driver has set the clock, then for a prompt on a line of its own. What was printed."""
    m.expect(r"the wall clock is set: \w+", SECONDS)
    m.send("\r")
    m.prompt()
    return m.log()


def date(m):
    """What the shell's `date` says; None if it is no date."""
    found = DATE.search(m.command("date"))
    return found and datetime.datetime(*[int(n) for n in found.groups()], tzinfo=datetime.timezone.utc)


def is_now(when):
    """QEMU's clock is this machine's; how late the test looks does not matter."""
    return when is not None and abs((datetime.datetime.now(datetime.timezone.utc) - when).total_seconds()) < 12 * 3600


# What becomes of an access where nothing is: the operation's answer and the mapping's.
NOTHING = {"aarch64": ("device error", r"fault: process prober: trap"),
           "riscv64": ("device error", r"fault: process prober: no page there")}


def mapped(text):
    """The registers that are mapped are those that the capability names."""
    found = re.search(r"rtc: its register \w+ is (\w+), by its capability (\w+)", text)
    ok(found and found[1] == found[2] and found[1] not in ("0", "ffffffff"),
       "a device is mapped: what its capability reads is read there", text)


def nothing(text, log):
    answer, fault = NOTHING.get(PORT.programs, ("ok", None))
    ok("where nothing is, a read is answered: " + answer in log, "an access to a place where nothing is: %s" % answer, log)
    ok(re.search(fault, text) if fault else "something was read" in log,
       "and what is mapped there stops nobody but its reader", text)


def used_memory(log):
    ok(re.search(r"a page for a device, in the machine's memory at [1-9a-f]\w*000: ok", log), "a page for a device has an address", log)
    if PORT.qemu:
        ok("dma: the device says: QEMU" in log, "at which the device writes to it", log)


def in_qemu():
    disk = image_volume("drivers.vol", "drivers.img.txt")
    with Machine(disk) as m:
        text = set_by_driver(m)
        ok("rtc: without its capability: the capability is void" in text, "without the capability an invocation is void", text)
        ok(re.search(r"fault: process thief: (illegal instruction|no page there)", text), "and the instruction faults", text)
        log = m.command("log")
        mapped(log)
        nothing(text, log)
        used_memory(log)
        when = date(m)
        ok(is_now(when), "the driver sets the wall clock: %s" % when, m.log())
        later = date(m)
        ok(later and when and later >= when, "which goes on", str(later))
        ok(m.ckpt() > 1, "a checkpoint commits")
        m.kill()
    with Machine(disk) as m:
        set_by_driver(m)
        ok(is_now(date(m)), "after a restart the driver sets it again", m.log())
        text = m.command("log")
        mapped(text)
        ok("after a restart the device's capability is: the capability is void" in text, "with a new capability: the old one is void",
           text)
        m.send("halt\r")
        ok(m.ended() == 0, "the system halts in order", m.log())
    status, text = verify(disk)
    ok(status == 0, "the volume is clean", text)


def run_host(disk, script):
    with open(path("script"), "w") as f:
        f.write(script)
    command = [os.path.join(O, "anteros"), "--volume", disk, "--script", path("script"), "--oracle", "--stop-at", "200000"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=240)
    return done.returncode, lib.clean(done.stdout)


def on_the_host():
    disk = image_volume("drivers.vol", "drivers.img.txt")
    status, text = run_host(disk, "@500 date\n@3000 date\n@4000 log\n@5000 ckpt\n@9000 halt\n")
    ok("rtc: without its capability: the capability is void" in text, "without the capability an invocation is void", text)
    ok("fault: process thief: no page there" in text, "and an access faults", text)
    ok("date: nobody has set the clock" in text, "nobody has set the clock before its interrupt", text)
    ok("2026-11-21 16:00:0" in text, "the driver sets the wall clock", text)
    ok("rtc: the wall clock is set: ok" in text, "at the end of a second", text)
    mapped(text)
    nothing(text, text)
    used_memory(text)
    ok(status == 0, "the system halts in order", text)
    status, text = run_host(disk, "@3000 date\n@4000 log\n@9000 halt\n")
    ok("2026-11-21 16:00:0" in text, "after a restart the driver sets it again", text)
    mapped(text)
    ok("after a restart the device's capability is: the capability is void" in text, "with a new capability: the old one is void", text)
    ok(status == 0, "the system halts in order", text)


def test_drivers():
    in_qemu() if PORT.qemu else on_the_host()


main(globals())
