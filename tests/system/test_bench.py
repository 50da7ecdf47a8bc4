#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The program of "make bench" measures every row that tests/bench/run wants, also in the kernel with all checks.

What it invokes must be answered as it says, so a row that could not be measured ends it. The figures are not looked at: with
checks they are others. It is stopped before the large checkpoints, for which the log's directory would be too small.
"""
import os
import re

from lib import Machine, TREE, image_volume, main, note, ok

LATER = {"pause_16m", "pause_256m", "ckpt_per_page"}


def test_rows():
    with open(os.path.join(TREE, "tests/bench/run"), encoding="utf-8") as f:
        rows = re.findall(r'^    \("(\w+)", "', f.read(), re.M)
    ok(len(rows) > 20 and LATER < set(rows), "tests/bench/run has its rows", rows)
    with Machine(image_volume("bench.vol", "bench.img.txt", size=768, log=640), icount=True, mem=256) as m:
        text = m.expect(r"LB page_fault [^\n]*\n|bench: [^\n]*\n|panic[^\n]*\n|stopped[^\n]*\n", seconds=300)
        text += m.qemu.match.group(0)
    found = {name: int(value) for name, value in re.findall(r"LB (\w+) min \d+ med (\d+) max \d+", text)}
    missing = [name for name in rows if name not in LATER and not found.get(name)]
    ok(not missing, "the program measures each of them, but for checkpoints: %d rows" % len(found), "%s\n%s" % (missing, text[-500:]))
    note("call and reply %s, a notice there and back %s, with all checks" % (found.get("round_trip"), found.get("notice")))


main(globals())
