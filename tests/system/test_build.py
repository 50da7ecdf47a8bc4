#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The build, on a copy of the tree in a temporary folder, with two probe files and one probe option of its own.

Prints TAP. Needs make, the i386 cross compiler and tmux; takes a full build and some seconds.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests"))
from tap import finish, ok  # noqa: E402

WORK = tempfile.mkdtemp(prefix="anteros-build-test.")
COPY = os.path.join(WORK, "tree")
OUT = os.path.join(WORK, "out")
ENV = {k: v for k, v in os.environ.items()
       if k not in ("O", "V", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "KCONFIG_CONFIG", "srctree")}

def make(*arguments, out=OUT):
    """Returns (status, what make printed)."""
    command = ["make", "-j2"] + (["O=" + out] if out else []) + list(arguments)
    done = subprocess.run(command, cwd=COPY, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def compiled(output):
    return sorted(re.findall(r"^ +(?:CC|AS|USERCC|USERAS|HOSTCC|UNITCC) +(\S+)", output, re.M))


def read(path):
    with open(path) as f:
        return f.read()


def write(path, text, mode="w"):
    with open(path, mode) as f:
        f.write(text)


def set_option(text, out=OUT):
    """Replaces one line of the configuration, as an editor would."""
    name = text.split("=")[0]
    path = os.path.join(out, ".config")
    old = read(path)
    new = re.sub(r"^(%s=.*|# %s is not set)$" % (name, name), text, old, flags=re.M)
    assert new != old, text
    write(path, new)


def list_tree():
    return sorted(os.path.join(p, f) for p, _, files in os.walk(COPY) for f in files if "__pycache__" not in p)


def not_sources(folder, names):
    top = os.path.samefile(folder, TREE)
    return [n for n in names if n in (".git", "__pycache__") or top and n.startswith("build")]


def copy_tree():
    shutil.copytree(TREE, COPY, symlinks=True, ignore=not_sources)
    write(COPY + "/include/kernel/build_probe.h", "int probe_value(void);\n")
    write(COPY + "/mm/probe_header.c", "#include <kernel/build_probe.h>\nint probe_value(void)\n{\n\treturn 1;\n}\n")
    write(COPY + "/mm/probe_option.c",
          "int probe_option(void);\nint probe_option(void)\n{\n\treturn CONFIG_BUILD_PROBE;\n}\n")
    write(COPY + "/mm/build.mk", "obj-y += probe_header.o probe_option.o\n", "a")
    write(COPY + "/Kconfig", "\nconfig BUILD_PROBE\n\tint \"Probe\"\n\trange 1 10\n\tdefault 1\n", "a")


def test_build_and_rebuild():
    before = list_tree()
    status, text = make("i386_defconfig", "all")
    ok(status == 0, "i386_defconfig and all build in a folder of their own", text)
    ok(list_tree() == before, "an out-of-tree build leaves the sources alone", set(list_tree()) ^ set(before))
    ok(os.path.isfile(OUT + "/compile_commands.json"), "the build writes compile_commands.json")

    status, text = make()
    ok(status == 0 and len(text.splitlines()) <= 1, "a second make does nothing", text)

    time.sleep(0.02)
    os.utime(COPY + "/include/kernel/build_probe.h")
    status, text = make()
    ok(status == 0 and compiled(text) == ["mm/probe_header.c"], "touching a header rebuilds only its dependents", text)

    set_option("CONFIG_BUILD_PROBE=2")
    status, text = make()
    ok(status == 0 and compiled(text) == ["mm/probe_option.c"], "changing one option rebuilds only its users", text)

    status, text = make("mm/probe_option.o", "V=1")
    ok(status == 0 and compiled(text) == [], "V=1 alone rebuilds nothing", text)

    write(COPY + "/mm/build.mk", "cflags-mm/probe_header.o += -DPROBE\n", "a")
    status, text = make()
    ok(status == 0 and compiled(text) == ["mm/probe_header.c"], "a changed command rebuilds what it makes", text)

    status, text = make()
    ok(status == 0 and len(text.splitlines()) <= 1, "after that a further make does nothing", text)


def test_floating_point():
    """No processor lets programs use it: better no program than one that faults."""
    source = COPY + "/user/apps/crash.c"
    whole = read(source)
    write(source, "int main(int n);\nint main(int n)\n{\n\treturn (int)(n * 1.5);\n}\n")
    status, text = make("user")
    ok(status != 0 and "crash" in text, "a program with floating point is not built", text)
    write(source, whole)
    status, text = make("user")
    ok(status == 0, "without it, it is", text)


def test_rooms():
    write(COPY + "/mm/probe_header.c", "#include \"ckpt/format.h\"\n", "a")
    if not os.path.exists(COPY + "/ckpt/format.h"):
        write(COPY + "/ckpt/format.h", "")
    status, text = make("check-rooms")
    ok(status != 0 and "mm/probe_header.c:6: mm must not include ckpt/format.h" in text,
       "an include across rooms is refused with its place", text)
    write(COPY + "/mm/probe_header.c", read(COPY + "/mm/probe_header.c").replace("#include \"ckpt/format.h\"\n", ""))


def test_values():
    saved = read(OUT + "/.config")
    for bad, said in (("CONFIG_CKPT_INTERVAL_SEC=0", "CONFIG_CKPT_INTERVAL_SEC=0 is out of range: 1 to 86400"),
                      ("CONFIG_NR_CONTEXTS=5000", "CONFIG_NR_CONTEXTS=5000 is out of range: 8 to 4096"),
                      ("CONFIG_TICK_HZ=fast", "CONFIG_TICK_HZ=fast is not of type int")):
        set_option(bad)
        for goal in ("kernel", "olddefconfig"):
            status, text = make(goal)
            ok(status != 0 and said in text, "%s is refused by name (%s)" % (bad, goal), text)
        write(OUT + "/.config", saved)
    for bad in ("none_defconfig", "none.config"):
        status, text = make(bad)
        ok(status != 0 and "list-defconfigs" in text and read(OUT + "/.config") == saved, "%s is refused, and by name" % bad, text)
    write(COPY + "/configs/fragments/wrong.config", "CONFIG_FASTPTH=y\n")
    status, text = make("wrong.config")
    ok(status != 0 and "wrong.config:1: there is no CONFIG_FASTPTH" in text and read(OUT + "/.config") == saved,
       "a fragment with an option that does not exist is refused with its place", text)
    write(OUT + "/.config", "CONFIG_FASTPTH=y\n", "a")
    status, text = make("olddefconfig")
    ok(status == 0 and "there is no CONFIG_FASTPTH" in text and read(OUT + "/.config") == saved,
       "but an option that went away does not make an old configuration useless", text)
    for goal, said in (("size SIZE_FLAGS=--jsn", "--jsn: the only flag is --json"), ("fuzz FUZZ_SECONDS=soon", "FUZZ_SECONDS=soon: a number"),
                       ("fuzz FUZZ_JOBS=0", "FUZZ_JOBS=0: a number"), ("fuzz TARGET=all", "no such target: all; there are invoke"),
                       ("check JOBS=many", "JOBS=many: a number"), ("check CONFIGS=some", "CONFIGS=some: a number"), ("kernel LLVM=2", "LLVM=2: 1 or 0"), ("kernel V=yes", "V=yes: 1 or 0"),
                       ("foo", 'foo: no such goal; "make help"'), ("cap", "cap is a file or folder and no goal"),
                       ("kernel ARCH=arm", "the port is what the configuration says"), ("cap/none.o", "cap/none.o: no such goal")):
        status, text = make(*goal.split())
        ok(status != 0 and said in text and "Traceback" not in text, "make %s is refused by name" % goal, text)
    for folder in ("/dev/null", "README.md"):
        status, text = make("i386_defconfig", out=folder)
        ok(status != 0 and "cannot be a build folder" in text and "Traceback" not in text, "O=%s is refused by name" % folder, text)
    done = subprocess.run(["make", "O=" + OUT, "menuconfig"], cwd=COPY, env=ENV, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok(done.returncode != 0 and "needs a terminal" in done.stdout and "Traceback" not in done.stdout,
       "menuconfig without a terminal is refused by name", done.stdout)
    status, text = make("olddefconfig")
    ok(status == 0 and read(OUT + "/.config") == saved, "olddefconfig keeps a good configuration", text)

    set_option("CONFIG_CKPT_INTERVAL_SEC=9")
    status, text = make("savedefconfig")
    small = read(OUT + "/defconfig") if status == 0 else text
    ok("CONFIG_CKPT_INTERVAL_SEC=9" in small and "TICK_HZ" not in small, "savedefconfig has only the differences", small)
    write(OUT + "/.config", saved)


def test_side_by_side():
    host = os.path.join(WORK, "host")
    status, text = make("host_defconfig", "mm/probe_option.o", out=host)
    ok(status == 0 and os.path.isfile(host + "/obj/mm/probe_option.o"), "another port builds beside the first", text)
    make("kernel")
    status, text = make("kernel")
    ok(status == 0 and compiled(text) == [], "and the first is still up to date", text)
    status, text = make("mm/probe_option.o", out=None)
    ok(status == 0 and "using i386_defconfig" in text and os.path.isfile(COPY + "/build/.config"),
       "without a configuration i386_defconfig is used, in build/, and make says so", text)
    os.makedirs(COPY + "/build/bench", exist_ok=True)
    write(COPY + "/build/rom_report.svg", "")
    status, text = make("mrproper", out=None)
    ok(status == 0 and not os.path.exists(COPY + "/build"), "mrproper leaves nothing", text)
    status, text = make("help", "list-defconfigs", out=None)
    ok(status == 0 and "menuconfig" in text and "host_defconfig" in text and not os.path.exists(COPY + "/build"),
       "help and list-defconfigs need no configuration", text)


def test_menuconfig():
    """Opens menuconfig in a terminal, searches an option, turns it on, saves, leaves."""
    tmux = ["tmux", "-L", "anteros-build-%d" % os.getpid(), "-f", "/dev/null"]
    screen = ""

    def run(*arguments):
        return subprocess.run(tmux + list(arguments), env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True).stdout

    def wait_for(text, seconds=10):
        nonlocal screen
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            screen = run("capture-pane", "-p", "-t", "m")
            if text in screen:
                return True
            time.sleep(0.05)
        return False

    name = "CONFIG_DEBUG_POISON"
    was_off = name + "=y" not in read(OUT + "/.config")
    command = "cd %s && make O=%s menuconfig; echo left with $?; sleep 30" % (COPY, OUT)
    try:
        run("new-session", "-d", "-s", "m", "-x", "100", "-y", "30", command)
        ok(wait_for("Anteros configuration"), "menuconfig opens in a terminal", screen)
        run("send-keys", "-t", "m", "/")
        wait_for("Jump to")
        run("send-keys", "-t", "m", "-l", "DEBUG_POISON")
        wait_for("DEBUG_POISON")
        run("send-keys", "-t", "m", "Enter")
        ok(wait_for("[ ] Poison freed frames"), "it finds an option by its name", screen)
        run("send-keys", "-t", "m", "y")
        ok(wait_for("[*] Poison freed frames"), "it turns the option on", screen)
        run("send-keys", "-t", "m", "q")
        wait_for("Save configuration?")
        run("send-keys", "-t", "m", "y")
        ok(wait_for("left with 0"), "it leaves with success", screen)
    finally:
        run("kill-server")
    ok(was_off and name + "=y" in read(OUT + "/.config"), "the change is in .config", screen)


def main():
    try:
        copy_tree()
        test_build_and_rebuild()
        test_floating_point()
        test_rooms()
        test_values()
        test_side_by_side()
        test_menuconfig()
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    finish()


main()
