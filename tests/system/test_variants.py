#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Other ways to build the same: a second compiler, a second reader of the Kconfig files, another place."""
import glob
import json
import os
import re
import subprocess
import xml.dom.minidom

import lib
from ports import name_in
from lib import Machine, TREE, ok, path

ENV = {k: v for k, v in os.environ.items()
       if k not in ("O", "V", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "KCONFIG_CONFIG", "srctree", "LLVM")}
PORT = name_in(lib.O)


def do(*command, **more):
    done = subprocess.run(command, cwd=TREE, env=dict(ENV, **more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout


def values(name):
    """What a .config says, without its comments."""
    with open(name) as f:
        return [line for line in f.read().splitlines() if re.match(r"CONFIG_|# CONFIG_\w+ is not set$", line)]


def test_two_parsers():
    """Kconfiglib and the C implementation, which share no code, must make the same of every configuration."""
    for file in sorted(glob.glob(os.path.join(TREE, "configs/*_defconfig"))):
        name = os.path.basename(file)
        one, two = path(name + ".one"), path(name + ".two")
        status, text = do("scripts/kpython", "scripts/kconfig.py", "defconfig", file, srctree=".", KCONFIG_CONFIG=one)
        status2, text2 = do("kconfig-conf", "--defconfig=" + file, "Kconfig", srctree=".", KCONFIG_CONFIG=two)
        ok(status == 0 and status2 == 0 and values(one) == values(two) and len(values(one)) > 10 and "warning" not in text2,
           "%s: kconfig-frontends reads it as Kconfiglib does" % name, text + text2)


def test_reproducible():
    status, text = do("make", "repro-check", O=lib.O)
    ok(status == 0 and re.search(r"repro-check: [1-9]\d* files compared, 0 differ", text),
       "two builds in two places are equal in every byte", text)


def test_reports():
    status, text = do("scripts/size.py", "--json", O=lib.O)
    size = json.loads(text)["total"]
    for kind, wanted in (("rom", size["text"] + size["rodata"] + size["data"]), ("ram", size["data"] + size["bss"])):
        picture = path(kind + ".svg")
        status, text = do("scripts/report.py", kind, "--json", "--svg", picture, O=lib.O)
        report = json.loads(text) if status == 0 else {"total": text, "parts": []}
        shown = {part["name"]: part["bytes"] for part in report["parts"]}
        ok(report["total"] == wanted == sum(shown.values()), "%s_report adds up to what make size says" % kind, report["total"])
        ok(all(shown.get(room, 0) > 0 for room in ("kernel", "mm", "ckpt")) and
           shown.get("(unknown)", 0) * 50 < wanted, "and knows whose the bytes are", shown)
        ok(len(xml.dom.minidom.parse(picture).getElementsByTagName("rect")) > 20, "and draws them")
    for command in ("scripts/size.py", "scripts/report.py rom", "scripts/hal_report.py"):
        status, text = do("sh", "-c", "%s | true" % command, O=lib.O)
        ok("Traceback" not in text and "Broken pipe" not in text, "%s: who reads it may stop early" % command, text)
    status, text = do("scripts/report.py", "rom", "--elf", "README.md", O=lib.O)
    ok(status == 1 and text.startswith("report: README.md: "), "a file that is no ELF is told so", text)


def test_option_costs():
    table = path("costs.md")
    status, text = do("scripts/option_costs.py", "--output", table, "--only", "KLOG_SIZE", O=lib.O)
    with open(table) as f:
        rows = re.findall(r"^\| `KLOG_SIZE=(\d+)` \| (\S+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$", f.read(), re.M)
    doubled = [row for row in rows if row[0] == "32768"]
    ok(status == 0 and len(rows) == 2 and doubled and int(doubled[0][4]) == 16384 and int(doubled[0][5]) == 16,
       "option-costs: a log twice as large costs its bytes, in bss and in RAM", "%s\n%s" % (rows, text))
    status, text = do("scripts/option_costs.py", "--output", path("none.md"), "--only", "NO_SUCH", O=lib.O)
    ok(status == 1 and "no such option: NO_SUCH" in text and not os.path.exists(path("none.md")),
       "option-costs: an unknown option is told so", text)


def test_llvm():
    folder = path("llvm")
    status, text = do("make", "-j2", "LLVM=1", "O=" + folder, PORT + "_defconfig", "test.config", "all")
    with open(os.path.join(folder, "compile_commands.json")) as f:
        commands = f.read()
    ok(status == 0 and "clang" in commands and "gcc " not in commands, "clang and lld build everything", text)
    volume = path("llvm.vol")
    lib.run.copy_volume(os.path.join(folder, "image.vol"), volume)
    for boot in ("first boot", "restart"):
        with Machine(volume, kernel=lib.run.kernel_file(folder, lib.PORT)) as m:
            text = m.prompt()
            m.command("bank start")
            said = m.bank()
            generation = m.ckpt()
        ok("not ok" not in text and said[0] == 8000 and said[2] == 0 and generation > 1, "its kernel works: " + boot, m.log())


lib.main(globals())
