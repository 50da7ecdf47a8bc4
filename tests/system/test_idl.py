#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The interface language: every kind of mistake is refused with its exact place, numbers never change, what is committed
of idl/ is fresh, C sees the numbers that the list has, and a client and a server made of a text keep to it."""
import glob
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests"))
from tap import finish, ok  # noqa: E402

IDLC = os.path.join(TREE, "tools/idl/idlc")
NUMBERS = "tests/abi/numbers.txt"

# What most texts begin with. Lines of a text are counted behind it.
ERRORS = ("OK", "REQUEST", "NO_ACCESS", "BAD_CAP", "TOO_LONG", "WOULD_BLOCK")
BASE = "".join('errors %s prefix RC { /// d\n%s = %d "text"; }\n' % (n.lower(), n, k) for k, n in enumerate(ERRORS))
FIRST = BASE.count("\n")


def cases():
    """(text, what is wrong: a list of (line of the text, column, words)) of tests/abi/texts.txt."""
    for block in re.split(r"\n\n+", read(os.path.join(TREE, "tests/abi/texts.txt")).strip("\n")):
        lines = [line for line in block.split("\n") if not line.startswith("#")]
        wrong = [re.fullmatch(r"! (\d+):(\d+): (.*)", line).groups() for line in lines if line.startswith("!")]
        if lines:
            text = "".join(line + "\n" for line in lines if not line.startswith("!"))
            yield text, [(int(line), int(column), words) for line, column, words in wrong]


def run(command, cwd=TREE, text=None):
    return subprocess.run(command, cwd=cwd, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def idlc(*arguments, cwd=TREE):
    done = run([IDLC, *arguments], cwd)
    return done.returncode, done.stdout


def gcc(work, *arguments, text=None):
    """With the headers that are in `work`."""
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I", work, "-Iuser/lib/include", "-Iinclude"]
    return run(["gcc", *flags, *arguments], text=text)


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def read(path):
    with open(path) as f:
        return f.read()


def caret(printed, where, words, text):
    """Is there an error at this place with these words, the line under it, and a caret under the column?"""
    lines = printed.splitlines()
    line, column = where
    for at, head in enumerate(lines):
        if head.startswith("x.idl:%d:%d: error: " % (line, column)) and words in head:
            source = text.split("\n")[line - 1]
            lead = "".join("\t" if c == "\t" else " " for c in source[:column - 1])
            return lines[at + 1] == source and lines[at + 2].rstrip("~") == lead + "^"
    return False


def refused(work):
    path = os.path.join(work, "x.idl")
    kinds = 0
    for text, wrong in cases():
        write(path, BASE + text)
        status, printed = idlc("--check", "x.idl", cwd=work)
        if not wrong:
            ok(status == 0 and not printed, "accepted: " + text.split("\n")[1], printed)
            continue
        kinds += 1
        good = status == 1 and "Traceback" not in printed and printed.count(": error: ") == len(wrong)
        good = good and all(caret(printed, (FIRST + line, column), words, BASE + text) for line, column, words in wrong)
        ok(good, "refused: " + wrong[0][2], "%s--- got, %d lines before the text:\n%s" % (text, FIRST, printed))
    ok(kinds > 50, "%d wrong texts" % kinds)
    text = 'errors mine prefix RC {\n\t/// d\n\tMINE = %s "mine";\n}\n'
    text += "/// d\nservice s prefix S {\n\t/// d\n\top x = 1;\n}\n"
    for number, wrong in (("0x5", True), ("0x100", False)):
        write(path, text % number)
        status, printed = idlc("--check", os.path.join(TREE, "idl/error.idl"), "x.idl", cwd=work)
        told = caret(printed, (3, 9), "a service's own errors are numbered from 0x100", text % number)
        ok((status, told) == (int(wrong), wrong), "a service's error %s, refused: %s" % (number, wrong), printed)
    status, printed = idlc("--check", "none.idl", cwd=work)
    ok(status == 1 and printed == "idlc: none.idl: No such file or directory\n", "a missing file is named", printed)
    status, printed = idlc("--headers", "/dev/null/x", *sorted(glob.glob("idl/*.idl", root_dir=TREE)))
    good = status == 1 and printed.startswith("idlc: /dev/null/x/") and "Traceback" not in printed
    ok(good, "so is a folder that cannot be", printed)
    status, printed = idlc("--headers", "made", os.path.join(TREE, "idl/error.idl"), cwd=work)
    ok(status == 1 and "name all of idl/" in printed, "numbers are made of all texts together only", printed)


def forever(work):
    """Numbers are added; one that changes or goes is refused, and so is a list that is not up to date."""
    text = BASE + next(t for t, wrong in cases() if not wrong)
    path, numbers = os.path.join(work, "x.idl"), os.path.join(work, "n")
    write(path, text)
    command = ["--pages", "pages", "--numbers", "n", "x.idl"]
    ok(idlc(*command, cwd=work) == (0, "") and "OP_A_X 1\n" in read(numbers), "the list gets every number")
    ok(idlc("--fresh", *command, cwd=work) == (0, ""), "then it is fresh")
    write(path, text + "/// d\ninterface b = 2 prefix B {}\n")
    status, printed = idlc("--fresh", *command, cwd=work)
    good = status == 1 and "pages/b.md" in printed and "make abi" in printed
    ok(good, "what is new is missed, and what to do is said", printed)
    write(path, text.replace("op x = 1", "op x = 2"))
    status, printed = idlc(*command, cwd=work)
    at = read(numbers).splitlines().index("OP_A_X 1") + 1
    good = status == 1 and printed == "n:%d: OP_A_X is 1 for ever, and the texts say 2\n" % at
    ok(good, "a number cannot change", printed)
    write(path, text.replace("op x = 1", "op y = 1"))
    status, printed = idlc(*command, cwd=work)
    ok(status == 1 and "OP_A_X is 1 for ever, and the texts have it no more" in printed, "nor go", printed)


def texts():
    return sorted(os.path.relpath(p, TREE) for p in glob.glob(os.path.join(TREE, "idl/*.idl")))


def service(work):
    """The made client and server talk to each other (tests/abi/service.c), with and without the client's checks."""
    status, printed = idlc("--headers", work, "tests/abi/service.idl", *texts())
    ok(status == 0, "headers of a service are made", printed)
    for name, flags in (("with assertions", ["-DCHECK_PROTOCOLS"]), ("without", [])):
        done = gcc(work, "-Wno-unused-parameter", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                   *flags, "-o", os.path.join(work, "service"), "tests/abi/service.c")
        ok(done.returncode == 0, "%s: a client and a server of them compile" % name, done.stdout)
        if done.returncode:
            continue
        done = run([os.path.join(work, "service")])
        results = [line.split(" - ", 1) for line in done.stdout.splitlines() if " - " in line]
        for result, what in results:
            ok(result.startswith("ok"), "%s: %s" % (name, what))
        ok(done.returncode == 0 and len(results) == 24, "%s: all of it ran" % name, done.stdout)


def golden(work):
    files = texts()
    status, printed = idlc("--fresh", "--pages", "Documentation/abi", "--numbers", NUMBERS, *files)
    ok(status == 0, "what is committed of idl/ is fresh", printed)
    status, printed = idlc("--headers", work, *files)
    ok(status == 0, "the headers are made", printed)
    checks = [line.split() for line in read(os.path.join(TREE, NUMBERS)).splitlines() if not line.startswith("#")]
    heads = [os.path.relpath(p, work) for room in ("abi", "stub") for p in glob.glob(os.path.join(work, room, "*.h"))]
    probe = "".join("#include <%s>\n" % h for h in sorted(heads))
    probe += "".join('_Static_assert(%s == %su, "%s");\n' % (name, value, name) for name, value in checks)
    done = gcc(work, "-fsyntax-only", "-x", "c", "-", text=probe)
    good = len(checks) > 100 and done.returncode == 0
    ok(good, "C sees all %d numbers as the list has them" % len(checks), done.stdout)
    lines = [line for line in read(os.path.join(work, "stub/wrong.h")).splitlines() if "KNOWN(" in line]
    known = set(re.findall(r"OP_\w+", "".join(lines)))
    fuzzed = set(re.findall(r"OP_\w+", read(os.path.join(TREE, "tests/fuzz/step.c"))))
    ok(len(known) > 80 and known <= fuzzed, "the fuzzer has every operation in its lists (tests/fuzz/step.c)",
       known - fuzzed)


with tempfile.TemporaryDirectory(prefix="anteros-idl-test.") as folder:
    refused(folder)
with tempfile.TemporaryDirectory(prefix="anteros-idl-test.") as folder:
    forever(folder)
with tempfile.TemporaryDirectory(prefix="anteros-idl-test.") as folder:
    golden(folder)
with tempfile.TemporaryDirectory(prefix="anteros-idl-test.") as folder:
    service(folder)
finish()
