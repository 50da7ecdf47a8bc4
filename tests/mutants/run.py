#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Wakes one mutant of the kernel after the other (table.py) and looks whether the attacker, or a unit test, finds it.

    run.py PORT [NAME...]       O: where the tests' kernels are (tests/run gives it); prints TAP. MUTANTS="NAME..." says the same

On the host port also: without a mutant nothing is found, and Documentation/devel/attacks.md names every attack, tests that
exist, and mutants of the table.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import schemata  # noqa: E402
from schemata import TREE  # noqa: E402
from table import TABLE  # noqa: E402
sys.path.insert(0, os.path.join(TREE, "tests"))
from tap import finish, ok  # noqa: E402

PORT = sys.argv[1]
CHECK = os.path.abspath(os.environ.get("O", "build/check/" + PORT))
COPY = os.path.join(os.path.dirname(CHECK), "mutants", "tree")
OUT = os.path.join(os.path.dirname(CHECK), "mutants", PORT)
PAGE = "Documentation/devel/attacks.md"
SECONDS = 60


def unit_tests(mutants):
    return sorted({m.found.split()[1] for m in mutants if m.found.startswith("unit ")})


def limited(command, seconds, cwd=None, env=None):
    """(status or None, all that it printed)."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                              cwd=cwd, env=env)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as error:
        return None, (error.stdout or b"").decode(errors="replace")


class Host:
    def __init__(self, folder):
        self.folder = folder

    def attack(self, number, wanted):
        kernel = schemata.awake(os.path.join(OUT, "anteros"), number, os.path.join(self.folder, "anteros"))
        disk = os.path.join(self.folder, "hostile.vol")
        status, text = limited([os.path.join(CHECK, "tools/mkimage"), "--arch", "riscv64", "--size", "64", "--log", "16", "--objdir",
                                os.path.join(CHECK, "user"), "-o", disk, os.path.join(TREE, "user/hostile.img.txt")], SECONDS)
        if status:
            raise schemata.Wrong(text)
        with open(os.path.join(self.folder, "script"), "w") as f:
            f.write("@120000 echo still here\n@125000 halt\n")
        return limited([kernel, "--volume", disk, "--script", os.path.join(self.folder, "script"), "--oracle", "--stop-at", "200000"],
                       4 * SECONDS)


class Qemu:
    """The attacker on the console of a machine; the rest is as in tests/system/test_hostile.py."""

    def __init__(self, folder):
        sys.path.insert(0, os.path.join(TREE, "tests/system"))
        os.environ["O"] = CHECK
        import lib
        self.lib, self.folder = lib, folder

    def attack(self, number, wanted):
        """Ends as soon as the wanted line has come."""
        lib = self.lib
        name = os.path.basename(lib.KERNEL)
        kernel = schemata.awake(os.path.join(OUT, name), number, os.path.join(self.folder, name))
        disk = os.path.join(self.folder, "hostile.vol")
        status, text = limited([os.path.join(CHECK, "tools/mkimage"), "--arch", lib.PORT.programs, "--size", "64", "--log", "16", "--objdir",
                                os.path.join(CHECK, "user"), "-o", disk, os.path.join(TREE, "user/hostile.img.txt")], SECONDS)
        if status:
            raise schemata.Wrong(text)
        with lib.Machine(disk, kernel=kernel) as m:
            try:
                m.expect(r"# hostile: end, \d+ failed|panic:|not ok \d+ - [^\r\n]*(?:%s)[^\r\n]*\r" % wanted, 2 * SECONDS)
                return 0, lib.clean(m.log())
            except Exception:
                return None, lib.clean(m.log())


def findings(status, text):
    """What the attacker complains of, a line each; with what the machine says when it does not get to the end."""
    found = re.findall(r"^not ok \d+ - .*$", text, re.M)
    if re.search(r"panic: |AddressSanitizer|runtime error|oracle: ", text):
        found.append("panic: " + (re.findall(r"panic: .*|AddressSanitizer.*|.*runtime error.*|oracle: .*", text) or [""])[0])
    if status != 0 or "# hostile: end" not in text:
        found.append("no end")
    return found


def judge(mutant, found, text):
    if mutant.found.startswith("unit "):
        return
    hit = [f for f in found if re.search(mutant.found, f)]
    ok(hit, "%s is found%s" % (mutant.name, ": " + hit[0].partition(" - ")[2] if hit and " - " in hit[0] else ""),
       "wanted: %s\nfound: %s\n%s" % (mutant.found, "\n".join(found) or "nothing", "\n".join(text.splitlines()[-12:])))


ROWS = ["A%d" % n for n in range(1, 17)] + ["B%d" % n for n in range(1, 28)]


def check_page(printed):
    """The table of attacks against what there is: lines of the attacker, unit tests, rules, mutants."""
    with open(os.path.join(TREE, PAGE)) as f:
        text = f.read()
    with open(os.path.join(TREE, "Documentation/devel/static-rules.md")) as f:
        rules = set(re.findall(r"^## (\d+)\.", f.read(), re.M))
    with open(os.path.join(TREE, "tests/host/watch.h")) as f:
        explorer = set(re.findall(r'X\(\w+, "([a-z-]+)"\)', f.read()))
    elsewhere = set(re.findall(r"\b[AB]\d+", text.partition("Not here yet")[2]))
    names = {m.name: m for m in TABLE}
    rows = {m[0]: m for m in re.findall(r"^\| ([AB]\d+) \| .* \| .* \| (.*) \| (.*) \|$", text, re.M)}
    ok(sorted(list(rows) + list(elsewhere)) == sorted(ROWS), "every attack has a row, or a word why not",
       "missing or twice: %s" % sorted(set(ROWS) ^ (set(rows) | elsewhere)))
    wrong = []
    for row, tests, mutants in rows.values():
        if not re.search(r"(^|; )(hostile:|system) ", tests):
            wrong.append("%s: no test of it runs on every port" % row)
        for test in tests.split("; "):
            kind, _, what = test.partition(" ")
            if kind == "unit":
                good = os.path.exists(os.path.join(TREE, "tests/unit", what + ".c"))
            elif kind == "system":
                good = os.path.exists(os.path.join(TREE, "tests/system", what + ".py"))
            elif kind == "static":
                good = what in rules
            elif kind == "hostile:":
                good = ": " + what in printed or "- " + what in printed
            else:
                good = test == "explore"
            if not good:
                wrong.append("%s: there is no test %s" % (row, test))
        for mutant in mutants.split():
            if mutant not in explorer and (mutant not in names or row not in names[mutant].attacks):
                wrong.append("%s: there is no mutant %s for it" % (row, mutant))
    for mutant in TABLE:
        wrong += ["%s: %s does not name it" % (mutant.name, row) for row in mutant.attacks
                  if row not in rows or mutant.name not in rows[row][2].split()]
    ok(not wrong, "its tests and mutants exist", "\n".join(wrong))


def awake_unit(folder, test, number):
    return schemata.awake(os.path.join(OUT, "unit", test), number, os.path.join(folder, test))


def main():
    wanted = sys.argv[2:] or os.environ.get("MUTANTS", "").split()
    mutants = TABLE
    chosen = [(n, m) for n, m in enumerate(mutants, 1) if (not wanted or m.name in wanted) and PORT in m.ports]
    units = unit_tests(m for _, m in chosen) if PORT == "host" else []
    os.makedirs(OUT, exist_ok=True)
    schemata.copy(COPY, mutants)
    config = [PORT + "_defconfig"] + ([] if PORT == "host" else ["test.config"])
    if not os.path.exists(os.path.join(OUT, ".config")):
        schemata.build(COPY, OUT, *config)
    schemata.build(COPY, OUT, "warnings=-w", "kernel", *(os.path.join(OUT, "unit", u) for u in units))
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        machine = Host(folder) if PORT == "host" else Qemu(folder)
        if not wanted:
            status, text = machine.attack(0, "$x")
            found = findings(status, text)
            ok(not found and "# hostile: end" in text, "without a mutant nothing is found", "\n".join(found) + "\n" + text)
            if PORT == "host":
                check_page(text)
                for test in units:
                    status, text = limited([awake_unit(folder, test, 0)], SECONDS)
                    ok(status == 0, "without a mutant %s finds nothing" % test, text)
        for number, mutant in chosen:
            if mutant.found.startswith("unit "):
                if PORT == "host":
                    test = mutant.found.split()[1]
                    status, text = limited([awake_unit(folder, test, number)], SECONDS)
                    ok(status != 0, "%s is found by %s" % (mutant.name, test), text)
                continue
            judge(mutant, *(lambda status, text: (findings(status, text), text))(*machine.attack(number, mutant.found)))


try:
    main()
except schemata.Wrong as error:
    ok(False, "the mutants can be tried", error)
finish()
