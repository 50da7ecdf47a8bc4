#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The documents: links lead somewhere, commands in code blocks exist, each room has its README."""
import os
import re
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests"))
from tap import finish, ok  # noqa: E402

# Words that may begin a line of a code block and are not ours.
OTHERS = {"cd", "git", "qemu-system-i386", "qemu-system-x86_64", "qemu-system-aarch64", "gdb-multiarch", "tmux", "cat", "dd", "cp", "sudo", "apt-get", "grep", "echo", "sed"}


# Of messages, inside the kernel, and examples: not in an interface's text.
OTHER_NAMES = {"RC_STALL", "CT_NAME", "RC_LATER", "RC_NO_TEXT"}


def documents():
    found = []
    for folder, folders, names in os.walk(TREE):
        folders[:] = [f for f in folders if not f.startswith((".", "build")) and f != "__pycache__"]
        found += [os.path.join(folder, n) for n in names if n.endswith(".md")]
    return sorted(found)


def short(path):
    return os.path.relpath(path, TREE)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def links(path):
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", read(path), flags=re.S)):
        if re.match(r"[a-z]+:", target):
            continue
        name = target.split("#")[0]
        if name and not os.path.exists(os.path.join(os.path.dirname(path), name)):
            wrong.append("%s: %s" % (short(path), target))
    return wrong


def shell_blocks(path):
    return re.findall(r"```sh\n(.*?)```", read(path), flags=re.S)


def goals():
    """What make knows: the goals that help lists, and files of configs/."""
    text = subprocess.run(["make", "-s", "help"], cwd=TREE, stdout=subprocess.PIPE, text=True).stdout
    names = set(re.findall(r"^  ([a-z][a-z-]*) +- ", text, re.M))
    return names | set(os.listdir(os.path.join(TREE, "configs"))) | set(os.listdir(os.path.join(TREE, "configs/fragments")))


def command_problem(line, known):
    """What is wrong with one command of a document, or None."""
    words = re.sub(r"\s#.*", "", line).split()
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words.pop(0)
    if not words or words[0].startswith("#") or words[0] in OTHERS:
        return None
    if words[0] == "make":
        bad = [w for w in words[1:] if "=" not in w and not w.startswith("-") and w not in known
               and not re.fullmatch(r"[a-z0-9_/]+(/|\.o)", w)]
        return "make has no goal %s" % ", ".join(bad) if bad else None
    path = os.path.join(TREE, words[0])
    if os.access(path, os.X_OK):
        return None
    return "%s is nothing that can be run" % words[0] if not words[0].startswith("build") else None


def main():
    pages = documents()
    names = {short(p) for p in pages}
    for needed in ("README.md", "CAVEATS.md", "CHANGES.md", "Documentation/README.md", "Documentation/glossary.md",
                   "Documentation/boards/pc.md"):
        ok(needed in names, "%s is there" % needed)
    rooms = ["cap", "ckpt", "drivers", "idl", "include", "init", "kernel", "lib", "mm", "tests", "tools", "user"]
    rooms += ["arch/" + port for port in sorted(os.listdir(os.path.join(TREE, "arch")))]
    missing = [r for r in rooms if r + "/README.md" not in names]
    ok(not missing, "every room has a README", "\n".join(missing))
    long = [n for n in (r + "/README.md" for r in rooms) if n in names and len(read(os.path.join(TREE, n)).splitlines()) > 40]
    ok(not long, "of at most 40 lines", "\n".join(long))

    wrong = [w for p in pages for w in links(p)]
    ok(not wrong, "every link leads somewhere", "\n".join(wrong))

    index = os.path.join(TREE, "Documentation")
    listed = set(re.findall(r"\]\(([^)\s]+)\)", read(os.path.join(index, "README.md"))))
    listed |= {"abi/" + n for n in re.findall(r"\]\(([^)\s]+)\)", read(os.path.join(index, "abi/README.md")))}
    missing = [n for n in (os.path.relpath(p, index) for p in pages if p.startswith(index)) if n != "README.md" and n not in listed]
    ok(not missing, "Documentation/README.md lists every page", "\n".join(missing))
    table = set(re.findall(r"`(\w+)/`", read(os.path.join(TREE, "README.md"))))
    missing = [n for n in os.listdir(TREE) if os.path.isdir(os.path.join(TREE, n)) and not n.startswith((".", "build"))
               and n not in table | {"Documentation"}]
    ok(not missing, "the README names every room", "\n".join(missing))
    long = [short(p) for p in pages if "/devel/porting" in p and len(read(p).splitlines()) > 80]
    ok(not long, "pages on porting have at most 80 lines", "\n".join(long))

    numbers = {line.split()[0] for line in read(os.path.join(TREE, "tests/abi/numbers.txt")).splitlines() if line.strip()}
    wrong = ["%s: %s" % (short(p), name) for p in pages for name in sorted(set(re.findall(r"\b(?:OP|CT|CLOCK|RC|PS)_[A-Z_]+\b", read(p))))
             if name not in numbers | OTHER_NAMES and not name.endswith("_")]
    ok(not wrong, "operations, types and errors that documents name are there", "\n".join(wrong))

    known = goals()
    commands = [(p, line.strip()) for p in pages for block in shell_blocks(p) for line in block.replace("\\\n", " ").splitlines()]
    pieces = [(p, piece.strip()) for p, line in commands for piece in re.split(r"&&|\|\||;|\|", line)]
    wrong = ["%s: %s: %s" % (short(p), line, problem) for p, line in pieces
             for problem in [command_problem(line, known)] if problem]
    ok(len(pieces) > 5 and not wrong, "every command in a document can be run", "\n".join(wrong))

    readme = read(os.path.join(TREE, "README.md"))
    for needed in ("scripts/setup && make run", "scripts/setup && make check"):
        ok(needed in readme, "the README has: %s" % needed)
    with open(os.path.join(TREE, ".ci/run")) as f:
        ok("scripts/setup && make check" in f.read(), ".ci/run runs the README's test command")

    done = subprocess.run(["make", "-s", "hal-report"], cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok(done.returncode == 0, "every port has the whole HAL, within its limits", done.stdout)
    # The rule that keeps portable code portable: at most 2 lines in 1,000 ask which port it is, or what is configured.
    lines = asked = 0
    for room in ("cap", "ckpt", "init", "kernel", "lib", "mm"):
        for name in sorted(os.listdir(os.path.join(TREE, room))):
            if name.endswith((".c", ".h")):
                text = read(os.path.join(TREE, room, name)).splitlines()
                lines += len(text)
                # Guards of headers are no question.
                asked += sum(bool(re.match(r"\s*#\s*(if|ifdef|elif)\b|\s*#\s*ifndef\s+(?!\w+_H\b)", line)) for line in text)
    ok(lines > 5000 and asked * 1000 <= 2 * lines, "portable code has few #if", "%d in %d lines" % (asked, lines))
    boards = [n for n in sorted(os.listdir(os.path.join(TREE, "configs"))) if n.endswith("_defconfig")]
    pages = "".join(read(p) for p in documents() if "/boards/" in p or "/arch/host/" in p)
    missing = [b for b in boards if b not in pages]
    ok(not missing, "every defconfig stands on a board's page", "\n".join(missing))
    wanted = {"what works": r"\n## What (works|is driven)\n", "how to build it": r"```sh\n[^`]*_defconfig|make run", "a boot": r"(?s)```text\n((?!```).)*\nanteros>",
              "how to debug it": r"make [^`\n]*debug\b|`make debug`", "what is missing": r"\n## Gaps\n|Known gaps:"}
    on_media = {"how to put it on a medium": r"sudo dd if="}
    boards = {short(p): read(p) for p in documents() if "/boards/" in p}
    missing = ["%s: %s" % (name, what) for name, text in boards.items()
               for what, pattern in {**wanted, **({} if name.endswith("/host.md") else on_media)}.items() if not re.search(pattern, text)]
    ok(len(boards) > 2 and not missing, "every board's page says what a reader looks for", "\n".join(missing))
    finish()


main()
