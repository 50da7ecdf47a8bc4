#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make check-static: the kernel keeps the static rules on every port, and each rule is able to find what breaks it.

What breaks them is in tests/static: in these files a line marked "rule N" must be found by that rule, and nothing else.
"""
import glob
import os
import re
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests"))
from tap import finish, ok  # noqa: E402

RULES = "Documentation/devel/static-rules.md"
SEEDS = sorted(glob.glob(os.path.join(TREE, "tests/static/*.c")))


def check_static(*arguments):
    done = subprocess.run(["scripts/check-static", *arguments], cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def marks():
    wanted = set()
    for path in SEEDS:
        with open(path) as f:
            for number, line in enumerate(f, 1):
                comment = line.rpartition("/*")[2] if "/*" in line else ""
                if not line.startswith("/* Wrong"):
                    wanted.update((os.path.relpath(path, TREE), number, int(n)) for n in re.findall(r"rule (\d+)", comment))
    return wanted


def test_tree():
    status, text = check_static()
    ok(status == 0, "the kernel keeps the static rules on every port", text)
    print("# " + text.strip().split("\n")[-1])


def test_seeds():
    status, text = check_static("--seed", *(os.path.relpath(p, TREE) for p in SEEDS))
    found = {(m.group(1), int(m.group(2)), int(m.group(3))) for m in re.finditer(r"^(\S+?):(\d+): rule (\d+): ", text, re.M)}
    wanted = marks()
    for path in SEEDS:
        path = os.path.relpath(path, TREE)
        mine = [sorted(m for m in marks_of if m[0] == path) for marks_of in (wanted, found)]
        ok(mine[0] and mine[0] == mine[1], "%s: what is wrong in it is found, and nothing else" % path,
           "wanted %s\nfound %s\n%s" % (*mine, text))
    ok(status == 1, "and the checker says so with its status", text)
    with open(os.path.join(TREE, RULES)) as f:
        rules = {int(n) for n in re.findall(r"^## (\d+)\. ", f.read(), re.M)}
    ok(rules and {rule for _, _, rule in wanted} == rules, "every rule of %s has a file that breaks it" % RULES,
       "rules %s" % sorted(rules))


test_tree()
test_seeds()
finish()
