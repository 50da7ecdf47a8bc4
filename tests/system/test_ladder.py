# SPDX-License-Identifier: Apache-2.0
"""The ladder that a new port or board climbs, one test a step; each can be run alone:

    O=<build folder> /usr/bin/python3 tests/system/test_ladder.py test_1_line

The kernel has CONFIG_SELFTEST. A step that fails says what was on the console instead.
"""
import re

from lib import Machine, Stopped, fresh_volume, main, ok


def console(pattern, seconds=30, **options):
    """Boots without a disk, until the pattern has been printed or the machine has ended; returns the console's text."""
    with Machine(None, disk="none", **options) as m:
        try:
            m.expect(pattern, seconds)
        except Stopped:
            pass
        return m.log()


def self_test(text, *words):
    for word in words:
        found = re.search(r"^((?:not )?ok) \d+ - (.*%s.*)$" % word, text, re.M)
        ok(found and found.group(1) == "ok", "in the kernel: " + (found.group(2) if found else word), text)


def test_1_line():
    text = console(r"Anteros \w+\s+\n")
    ok("Anteros" in text, "a line on the console", text)


def test_2_timer():
    self_test(console("self-tests:.*\n"), "clock_ticks")


def test_3_traps():
    text = console("self-tests:.*\n")
    if re.search(r" - trap", text):
        self_test(text, "trap")
    ok("boot stopped: no disk" in console("nothing was written.*\n"), "the kernel lives on after its self-tests", text)


def test_4_tables():
    text = console("self-tests:.*\n")
    self_test(text, "tables_made_and_discarded", "tables_follow_the_tree", *re.findall(r" - (tables: [\w ]+)", text))


def test_5_program():
    with Machine(fresh_volume("ladder.vol")) as m:
        m.prompt()
        ok("help" in m.command("help"), "a program reads a line and answers", m.log())


def checkpointed():
    """A volume on which the counter runs, its value, and the generation of a checkpoint that came later."""
    volume = fresh_volume("ladder.vol")
    with Machine(volume) as m:
        m.prompt()
        m.count()
        return volume, m.count(), m.ckpt()


def test_6_disk():
    _, _, generation = checkpointed()
    ok(generation > 1, "a checkpoint is on the disk", generation)


def test_7_restart():
    volume, value, generation = checkpointed()
    with Machine(volume) as m:
        text = m.prompt()
        said = re.search(r"^volume on \S+ generation (\d+), restart (\d+)", text, re.M)
        ok(said and int(said.group(1)) >= generation and int(said.group(2)) > 1, "it goes on from there", text)
        ok(m.count() >= value, "and so do its programs", m.log())


main(globals())
