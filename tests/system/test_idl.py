#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The interface language: every kind of mistake is refused with its exact place, numbers never change, what is committed of
idl/ is fresh, and C sees the numbers that the list has."""
import glob
import os
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
IDLC = os.path.join(TREE, "tools/idl/idlc")
NUMBERS = "tests/abi/numbers.txt"
count = failed = 0

# What most texts below begin with, on one line, so that the text itself begins in line 2.
BASE = "errors rc prefix RC { /// d\nOK=0 \"ok\"; /// d\nREQUEST=3 \"r\"; /// d\nNO_ACCESS=4 \"n\"; /// d\nBAD_CAP=5 \"b\"; " \
       "/// d\nTOO_LONG=9 \"t\"; /// d\nWOULD_BLOCK=8 \"w\"; }\n"
FIRST = BASE.count("\n") + 1
# A text, and the places and words of all that is wrong with it: (line of the text, column, words).
WRONG = [
    # grammar
    ("/// d\ninterface a = 1 prefix A {\n\top = 1;\n}\n", [(3, 5, 'there is "=" where a name is expected')]),
    ("/// d\ninterface a = 1 prefix A {\n\t/// d\n\top x = 1\n}\n", [(5, 1, 'there is "}" where ";" or "{" is expected')]),
    ("/// d\ninterface a = 1 prefix A {\n", [(2, 27, "the file ends where")]),
    ("/// d\ninterface a = 1 prefix A {\n\trestart \"no end;\n}\n", [(3, 10, "this text has no end on its line")]),
    ("interface a = 1 prefix A @ {}\n", [(1, 26, 'cannot begin with "@"')]),
    ("interfaze a = 1 {}\n", [(1, 1, 'there is "interfaze" where')]),
    # names
    ("/// d\ninterface a = 1 prefix A {}\n/// d\ninterface a = 2 prefix B {}\n", [(4, 11, "the name a is taken by a (")]),
    ("/// d\ninterface a = 1 prefix A {}\n/// d\ninterface b = 1 prefix B {}\n", [(4, 15, "the type number 1 is taken by a (")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1;\n/// d\nop x = 2;\n}\n", [(6, 4, "the operation x is taken by x (")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1;\n/// d\nop y = 1;\n}\n", [(6, 8, "the number 1 is taken by x (")]),
    ("/// d\ngroup g prefix G {\n/// d\nop x = 1;\n}\n/// d\ninterface a = 1 prefix A {\nuse g;\n/// d\nop y = 1;\n}\n",
     [(10, 8, "the number 1 is taken by x (")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x_y = 1;\n}\n/// d\ninterface b = 2 prefix A_X {\n/// d\nop y = 1;\n}\n",
     [(9, 4, "the name OP_A_X_Y is taken (")]),
    ("enum e prefix E {\nA = 1;\nA = 2;\n}\n", [(3, 1, "the name A is taken by A (")]),
    ("enum e prefix E {\nA = 1;\nB = 1;\n}\n", [(3, 5, "the number 1 is taken by A (")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: u32, p: u32;\n}\n}\n", [(5, 12, "the name p is taken by p (")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin register: u32;\n}\n}\n", [(5, 4, "register is a word of C")]),
    # what there is not
    ("/// d\ninterface a = 1 prefix A {\nuse memry;\n}\n/// d\ngroup memory prefix M {}\n",
     [(3, 5, 'there is no group "memry"; is "memory" meant?')]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nerror REQEST \"never\";\n}\n}\n",
     [(5, 7, 'there is no error "REQEST"; is "REQUEST" meant?')]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: u33;\n}\n}\n", [(5, 7, 'there is no type "u33"')]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: cap a | bb;\n}\n}\n", [(5, 15, 'there is no type of capability "bb"')]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nneeds storr;\n}\n}\n",
     [(5, 7, 'there is no right to need "storr"; is "store" meant?')]),
    # numbers
    ("/// d\ninterface a prefix A {}\n", [(2, 11, "has the number of its type")]),
    ("/// d\ninterface a = 256 prefix A {}\n", [(2, 15, "a type number is at most 255")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 0;\n}\n", [(4, 8, "numbered from 1 to 0xfffeffff")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 0xffff0001;\n}\n", [(4, 8, "numbered from 1 to 0xfffeffff")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 256;\n}\n", [(4, 8, "the kernel's operations are numbered from 1 to 255")]),
    ("/// d\ngroup g {\n/// d\nop x = 1;\n}\n", [(4, 8, "without a prefix an operation is numbered from 0xffff0000 up")]),
    ("/// d\ninterface a = 1 {\n/// d\nop x = 1;\n}\n", [(2, 11, "needs a prefix"), (4, 8, "without a prefix")]),
    ("flags f prefix F {\nA = 1;\nB = 3;\n}\n", [(3, 5, "a flag is one bit: 3 is not a power of two")]),
    ("enum e prefix E {\nA = 0x100000000;\n}\n", [(2, 5, "does not fit 32 bits")]),
    ("/// d\ngroup g = 4 prefix G {}\n", [(2, 11, "a group has no type number")]),
    # messages
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: u64, q: u32, r: bool;\n}\n}\n",
     [(5, 20, "room for three words as arguments: r is one more")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: cap, q: cap, r: cap, s: cap;\n}\n}\n",
     [(5, 28, "room for 3 capabilities as arguments: s is one more")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nout p: string, q: string;\n}\n}\n", [(5, 16, "a message has one string: q is a second")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: string max 4097;\n}\n}\n", [(5, 18, "at most 4096 bytes")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: u32 8..7;\n}\n}\n", [(5, 11, "an empty range: 8 to 7")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: u8 < 257;\n}\n}\n", [(5, 12, "256 does not fit u8")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: bool < 1;\n}\n}\n", [(5, 14, "only a number has a range")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nerror REQUEST \"one\";\nerror REQUEST \"two\";\n}\n}\n",
     [(6, 7, "x has REQUEST twice")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: u32;\nerror REQUEST \"no\" try q = 1;\n}\n}\n",
     [(6, 24, 'there is no argument of x "q"')]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: cap, q: u32;\nerror REQUEST \"no\" try p = 1, q = a;\n}\n}\n",
     [(6, 28, "a capability is tried by its type"), (6, 35, "q is a number")]),
    ("/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: u32, c: cap;\nerror REQUEST \"no\" try p = 0x100000000 try c = b;\n}\n}\n",
     [(6, 28, "does not fit u32"), (6, 48, 'there is no value of c "b"')]),
    # descriptions
    ("interface a = 1 prefix A {}\n", [(1, 11, "a has no description (///)")]),
    ("/// d\ninterface a = 1 prefix A {\nop x = 1;\n}\n", [(3, 4, "the operation x has no description (///)")]),
    # services
    ("/// d\ninterface a = 1 prefix A {\nrole r = 1;\n}\n", [(3, 6, "only a service has roles and protocols")]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1 {\nneeds store;\n}\n}\n", [(5, 7, "a service's capabilities have no rights")]),
    ("/// d\nservice a prefix A {\nrole r = 5..4;\n}\n", [(3, 10, "facets go up")]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1 {\nby boss;\n}\n}\n", [(5, 4, 'there is no role "boss"')]),
    # protocols
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\nprotocol {\nstart one { x; }\nstate two { x -> one; }\n}\n}\n",
     [(7, 7, "the state two cannot be reached from one")]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\nprotocol {\nstart one { x -> two; }\nstate two { }\n}\n}\n",
     [(7, 7, "the state two is a dead end")]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\nprotocol {\nstart one { x -> two; }\nstate two { x -> three; }\nstate three { x -> two; }\n}\n}\n",
     [(7, 7, "the state two is a dead end"), (8, 7, "the state three is a dead end")]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\nprotocol {\nstart one { x -> two; }\nend two { x -> one; }\n}\n}\n",
     [(7, 5, "the end state two has operations")]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\nprotocol {\nstate one { x; }\n}\n}\n", [(5, 1, "a protocol has one start state, this one has 0")]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\nprotocol {\nstart one { x; }\nstart two { x; }\n}\n}\n", [(7, 7, "this one has 2")]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\nprotocol {\nstart one { y; }\n}\n}\n", [(6, 13, 'there is no operation of a "y"')]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\nprotocol {\nstart one { x -> tow; }\n}\n}\n", [(6, 18, 'there is no state "tow"')]),
    ("/// d\nservice a prefix A {\n/// d\nop x = 1;\n/// d\nop y = 2;\nprotocol {\nstart one { x; x -> two; }\nstate two { y -> one; }\n}\n}\n",
     [(8, 16, "x leads to two places")]),
    ("/// d\nservice a prefix A {\nrole r = 1;\nrole s = 2;\n/// d\nop x = 1 { by s; }\nprotocol r {\nstart one { x; }\n}\n}\n",
     [(8, 13, "x is not by the role r alone")]),
    ("/// d\nservice a prefix A {\nrole r = 1;\nrole s = 2;\n/// d\nop x = 1;\nprotocol r { start one { x; } }\nprotocol s { start one { x; } }\n}\n",
     [(7, 26, "x is not by the role r alone"), (8, 26, "x is not by the role s alone"), (8, 26, "x is in the protocol of r, too")]),
    ("/// d\ninterface p = 1 prefix P {}\n/// d\nservice a prefix A {\n/// d\nop x = 1 { in c: cap p; }\n}\n",
     [(6, 22, "a program cannot see the type of a capability")]),
    ("/// d\nservice a prefix A {\nrole r = 1;\n/// d\nop x = 1;\nprotocol {\nstart one { x; }\n}\n}\n", [(6, 1, "say whose protocol this is")]),
]
RIGHT = [
    "/// d\ninterface a = 1 prefix A {\n/// d\nop x = 1 {\nin p: u32 < 32, q: u64, c: cap a|a, s: string max 9;\nout r: cap;\nneeds store;\n"
    "waits \"for ever\";\nlimit \"no\";\nerror OK \"never\"; }\n}\n",
    "/// d\nservice a prefix A {\nrole r = 1..3;\nrole s = 4;\n/// d\nop x = 1 { by r; }\n/// d\nop y = 2 { by r; }\n/// d\nop z = 3 { by s; }\n"
    "protocol r {\nstart one { x -> two; }\nstate two { y -> one; x -> three; }\nend three { }\n}\nprotocol s { start one { z; } }\n}\n",
]


def ok(condition, name, output=""):
    global count, failed
    count += 1
    print("%s %d - %s" % ("ok" if condition else "not ok", count, name))
    if not condition:
        failed += 1
        for line in str(output).splitlines()[-30:]:
            print("# " + line)


def idlc(*arguments, cwd=TREE):
    done = subprocess.run([IDLC, *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


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
    for text, wrong in WRONG:
        write(path, BASE + text)
        status, printed = idlc("--check", "x.idl", cwd=work)
        good = status == 1 and "Traceback" not in printed and printed.count(": error: ") == len(wrong)
        good = good and all(caret(printed, (FIRST - 1 + line, column), words, BASE + text) for line, column, words in wrong)
        ok(good, "refused: " + wrong[0][2], text + "--- got, %d lines before the text:\n" % (FIRST - 1) + printed)
    for text in RIGHT:
        write(path, BASE + text)
        status, printed = idlc("--check", "x.idl", cwd=work)
        ok(status == 0 and not printed, "accepted: " + text.split("\n")[1], printed)
    status, printed = idlc("--check", "none.idl", cwd=work)
    ok(status == 1 and printed == "idlc: none.idl: No such file or directory\n", "a file that is not there is named", printed)


def forever(work):
    """Numbers are added; one that changes or goes is refused, and so is a list that is not up to date."""
    text, path, numbers = BASE + RIGHT[0], os.path.join(work, "x.idl"), os.path.join(work, "n")
    write(path, text)
    command = ["--pages", "pages", "--numbers", "n", "x.idl"]
    ok(idlc(*command, cwd=work) == (0, "") and "OP_A_X 1\n" in read(numbers), "the list gets every number")
    ok(idlc("--fresh", *command, cwd=work) == (0, ""), "then it is fresh")
    write(path, text + "/// d\ninterface b = 2 prefix B {}\n")
    status, printed = idlc("--fresh", *command, cwd=work)
    ok(status == 1 and "pages/b.md" in printed and "make abi" in printed, "what is new is missed, and what to do is said", printed)
    write(path, text.replace("op x = 1", "op x = 2"))
    status, printed = idlc(*command, cwd=work)
    at = read(numbers).splitlines().index("OP_A_X 1") + 1
    ok(status == 1 and printed == "n:%d: OP_A_X is 1 for ever, and the texts say 2\n" % at, "a number cannot change", printed)
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
        done = subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-O1", "-g", "-fsanitize=address,undefined",
                               "-fno-sanitize-recover=all", *flags, "-I", work, "-Iuser/lib/include", "-Iinclude", "-o", os.path.join(work, "service"),
                               "tests/abi/service.c"], cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ok(done.returncode == 0, "%s: a client and a server of them compile" % name, done.stdout)
        if done.returncode:
            continue
        done = subprocess.run([os.path.join(work, "service")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        results = [line.split(" - ", 1) for line in done.stdout.splitlines() if " - " in line]
        for result, what in results:
            ok(result.startswith("ok"), "%s: %s" % (name, what))
        ok(done.returncode == 0 and len(results) == 21, "%s: all of it ran" % name, done.stdout)


def golden(work):
    files = texts()
    status, printed = idlc("--fresh", "--pages", "Documentation/abi", "--numbers", NUMBERS, *files)
    ok(status == 0, "what is committed of idl/ is fresh", printed)
    status, printed = idlc("--headers", work, *files)
    ok(status == 0, "the headers are made", printed)
    checks = [line.split() for line in read(os.path.join(TREE, NUMBERS)).splitlines() if not line.startswith("#")]
    heads = [os.path.relpath(p, work) for p in glob.glob(os.path.join(work, "abi/*.h")) + glob.glob(os.path.join(work, "stub/*.h"))]
    probe = "".join("#include <%s>\n" % h for h in sorted(heads))
    probe += "".join('_Static_assert(%s == %su, "%s");\n' % (name, value, name) for name, value in checks)
    done = subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I", work, "-Iuser/lib/include", "-Iinclude", "-fsyntax-only", "-x", "c", "-"],
                          input=probe, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok(len(checks) > 100 and done.returncode == 0, "C sees all %d numbers as the list has them" % len(checks), done.stdout)


with tempfile.TemporaryDirectory(prefix="anteros-idl-test.") as folder:
    refused(folder)
with tempfile.TemporaryDirectory(prefix="anteros-idl-test.") as folder:
    forever(folder)
with tempfile.TemporaryDirectory(prefix="anteros-idl-test.") as folder:
    golden(folder)
with tempfile.TemporaryDirectory(prefix="anteros-idl-test.") as folder:
    service(folder)
print("1..%d" % count)
sys.exit(1 if failed else 0)
