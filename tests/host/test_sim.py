#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The whole system on the simulated machine: repeatable, right under the oracle, and right after power cuts.

Finds a build of the host port through O in the environment; prints TAP.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests"))
from tap import finish, ok  # noqa: E402

O = os.path.abspath(os.environ.get("O", "build"))
SCRIPT = "bank start\nckpt\n" + "".join("@%d ckpt\n" % ms for ms in range(1500, 7000, 500)) + "@7500 bank status\n"
with open(os.path.join(TREE, "user/churn.img.txt")) as image:
    CHURN = image.read()
work = tempfile.mkdtemp(prefix="anteros-sim-")


def place(name):
    return os.path.join(work, name)


def sim(*options, fresh=True, script=SCRIPT, seconds=600):
    """Runs the machine; returns (exit status, output)."""
    if fresh:
        shutil.copyfile(os.path.join(O, "image.vol"), place("vol"))
    with open(place("script"), "w") as f:
        f.write(script)
    done = subprocess.run([os.path.join(O, "anteros"), "--volume", place("vol"), "--script", place("script"), *options],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", timeout=seconds)
    return done.returncode, done.stdout


def digest(*options):
    status, text = sim("--stop-at", "4000", "--digest", *options)
    found = re.search(r"digest ([0-9a-f]{16})", text)
    return (found.group(1) if found and status == 0 else None), text


def test_repeatable():
    for seed in ("1", "2"):
        (first, text), (second, _) = digest("--seed", seed), digest("--seed", seed)
        ok(first and first == second, "seed %s twice gives the same history" % seed, text)
    ok(digest("--seed", "1")[0] != digest("--seed", "2")[0], "another seed gives another history")


def test_one_at_a_time():
    """Two on one volume would overwrite what the other has committed."""
    shutil.copyfile(os.path.join(O, "image.vol"), place("vol"))
    command = [os.path.join(O, "anteros"), "--volume", place("vol")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as first:
        first.stdout.readline()
        status, text = sim("--stop-at", "10", fresh=False)
        first.kill()
    ok(status == 2 and "vol is in use by another program" in text, "a second run on a volume is refused", text)
    status, text = sim("--stop-at", "10", fresh=False)
    ok(status == 0, "when the first has been killed it is not", text)


def test_oracle():
    for ram in ("6", "32"):
        status, text = sim("--oracle", "--stop-at", "2000", "--ram", ram)
        ok(status == 0 and "committed" in text, "every access agrees with the oracle (%s MiB)" % ram, text)


def test_debugger():
    """The debugger of the image on the simulated processor; where the loop is, a first run tells."""
    status, text = sim("--oracle", "--stop-at", "4000", script="count\n@500 debug counter\n@600 debug step 10\n")
    steps = re.findall(r"counter: step at 0x([0-9a-f]+)", text)
    loop = max(set(steps), key=steps.count) if steps else "0"
    ok(status == 0 and len(steps) == 16 and 2 < len(set(steps)) < 16, "sixteen instructions, one by one", text)
    on = "".join("@%d debug continue\n@%d debug mem 200000 4\n" % (ms, ms + 200) for ms in (1000, 1500, 2000))
    status, text = sim("--oracle", "--stop-at", "4000", script="count\n@500 debug counter\n@600 debug break %s\n" % loop + on)
    stops = re.findall(r"counter: breakpoint at 0x%s\b" % loop, text)
    seen = [int.from_bytes(bytes.fromhex(h), "little") for h in re.findall(r"^00200000  ([0-9a-f ]{11})", text, re.M)]
    ok(status == 0 and len(stops) == 3 and len(seen) == 3 and seen[1:] == [seen[0] + 1, seen[0] + 2],
       "and three times to a breakpoint in its loop", text)


def test_power_cuts_in_a_row():
    """Restart after restart on one volume; each must find the state of a snapshot. The last one halts in order."""
    status, text = sim("--states", place("states"), "--crash-at-write", "200", "--crash-mode", "random")
    ok(status == 4, "the power fails", text)
    for seed in range(2, 6):
        status, text = sim("--states", place("states"), "--verify", "--crash-at-write", "150", "--crash-mode", "torn",
                           "--seed", str(seed), fresh=False, script="ckpt\n" * 30)
        ok(status == 4 and " 0 differences" in text, "restart %d finds its generation and goes on" % seed, text)
    status, text = sim("--states", place("states"), "--verify", fresh=False, script="\nbank status\nhalt\n")
    ok(status == 0 and "wrong 0" in text, "the bank's sums are right at the end", text)


def churn(text, size, log):
    """A volume with user/apps/churn.c in it."""
    with open(place("churn.img.txt"), "w") as f:
        f.write(text)
    subprocess.run([os.path.join(O, "tools/mkimage"), "--arch", "riscv64", "--size", size, "--log", log, "--objdir",
                    os.path.join(O, "user"), "-o", place("vol"), place("churn.img.txt")], check=True, stdout=subprocess.PIPE)


def counted(what, text):
    found = re.search(r"(\d+) %s" % what, text)
    return int(found.group(1)) if found else 0


def test_more_than_memory():
    """A volume of twice the memory: what is evicted comes back as it was (the harness panics if not), also after a cut."""
    churn(CHURN, "20", "8")
    status, text = sim("--ram", "6", "--states", place("big"), "--stop-at", "2500", "--digest", fresh=False, script="")
    ok(status == 0 and counted("evicted", text) > 1000 and counted("from the tag", text) > 1000 and
       counted("fetched again from the log", text) + counted("from home", text) > 0,
       "a volume larger than memory", text)
    status, text = sim("--ram", "6", "--states", place("big"), "--verify", "--stop-at", "2500", "--crash-at-write", "400",
                       "--crash-mode", "random", fresh=False, script="")
    ok(status == 4 and " 0 differences" in text, "and a restart finds its generation", text)
    status, text = sim("--ram", "6", "--states", place("big"), "--verify", "--stop-at", "1500", fresh=False, script="")
    ok(status == 0 and " 0 differences" in text, "also after a power cut", text)


def test_full_log():
    """Nobody takes checkpoints and the interval is far away: the log is full, writers wait, and everything goes on."""
    churn(CHURN.replace("\tcap 4 checkpoint\n\trun\n", "\tcap 4 checkpoint\n"), "24", "5")
    status, text = sim("--ram", "6", "--states", place("full"), "--stop-at", "4000", "--digest", fresh=False, script="")
    ok(status == 0 and counted("waits for the log", text) >= 4 and counted("commits", text) >= 4 and counted("made again", text),
       "a full log makes writers wait, and they go on", text)
    status, text = sim("--ram", "6", "--states", place("full"), "--verify", "--stop-at", "1500", fresh=False, script="")
    ok(status == 0 and " 0 differences" in text, "and a restart finds its generation", text)


def test_settings_of_qemu():
    for name in ("MEM", "DISK", "ICOUNT", "QEMU"):
        done = subprocess.run([os.path.join(TREE, "scripts/run.py"), "--print"], capture_output=True, text=True,
                              env=dict(os.environ, O=O, **{name: "1"}))
        ok(done.returncode == 2 and name + "= is for QEMU" in done.stderr, "%s= is refused, not ignored" % name, done.stderr)


def test_wrong_use():
    for options, word in ((("--ram", "x"), "--ram"), (("--crash-mode", "lose:"), "crash-mode"), (("--verify",), "--states"),
                          (("more",), "more"), (("--script", "/nonexistent"), "/nonexistent")):
        status, text = sim(*options)
        ok(status == 2 and word in text, "%s is refused by name" % " ".join(options), text)


try:
    for test in (test_repeatable, test_one_at_a_time, test_oracle, test_debugger, test_power_cuts_in_a_row, test_more_than_memory,
                 test_full_log, test_settings_of_qemu, test_wrong_use):
        try:
            test()
        except subprocess.TimeoutExpired as error:
            ok(False, test.__name__ + " comes to an end", str(error))
finally:
    shutil.rmtree(work)
finish()
