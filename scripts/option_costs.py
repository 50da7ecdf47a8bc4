#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What does an option cost? Builds a configuration with each option on and off, boots each, and writes a table.

"make option-costs" calls it for the port of O and writes Documentation/option-costs-<port>.md. Two starting points: the
port's defconfig, and the same with configs/fragments/tiny.config. A number is halved and doubled within its range. The
figures are bytes, the same on every machine; boot RAM is what the kernel's image, its tables and the frames in use take when
it says at the boot how much memory it has, "-" where a configuration has no disk to boot from.

    option_costs.py [--output FILE] [--only NAME...]     --only needs --output
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TREE, "scripts"))
sys.path.insert(0, os.path.join(TREE, "tests/system"))
ENV = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "V", "O", "KCONFIG_CONFIG")}
COLUMNS = ("text", "rodata", "data", "bss")


def make(folder, *goals):
    done = subprocess.run(["make", "-s", "-j%d" % (os.cpu_count() or 1), "O=" + folder, *goals], cwd=TREE, env=ENV,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout)


def boot_ram(lib, folder):
    """KiB of frames in use when the kernel says how much memory it has: later they vary with the moment."""
    with open(os.path.join(folder, ".config")) as f:
        config = f.read()
    disks = {"CONFIG_VIRTIO_MMIO=y": "virtio", "CONFIG_VIRTIO_PCI=y": "virtio-pci", "CONFIG_IDE=y": "ide"}
    disk = next((d for word, d in disks.items() if word in config), None)
    if disk is None:
        return None
    volume = os.path.join(folder, "costs.vol")
    lib.run.copy_volume(os.path.join(folder, "image.vol"), volume)
    lib.work = folder
    with lib.Machine(volume, kernel=lib.run.kernel_file(folder, lib.PORT), mem=256, disk=disk) as m:
        found = re.search(r"^memory: (\d+) frames, (\d+) free", m.prompt(), re.M)
    return (int(found.group(1)) - int(found.group(2))) * 4


def measure(lib, folder):
    make(folder, "all")
    done = subprocess.run([os.path.join(TREE, "scripts/size.py"), "--json"], cwd=TREE, env=dict(ENV, O=folder),
                          stdout=subprocess.PIPE, text=True, check=True)
    sizes = json.loads(done.stdout)["total"]
    frames = boot_ram(lib, folder)
    sizes["ram"] = None if frames is None else frames + (sum(sizes[k] for k in COLUMNS) + 1023) // 1024
    return sizes


def options(kconf, only):
    """(name, value) to try: each switch the other way, each number halved and doubled."""
    import kconfiglib
    for symbol in kconf.unique_defined_syms:
        if symbol.choice or not symbol.visibility or (only and symbol.name not in only):
            continue
        if symbol.type == kconfiglib.BOOL and len(symbol.assignable) > 1:
            yield symbol, "n" if symbol.tri_value else "y"
        elif symbol.type == kconfiglib.INT:
            low, high = next((int(l.str_value), int(h.str_value)) for l, h, c in symbol.ranges if kconfiglib.expr_value(c))
            now = int(symbol.str_value)
            for value in (max(low, now // 2), min(high, now * 2)):
                if value != now:
                    yield symbol, str(value)


def shown(value, base=None):
    if value is None:
        return "-"
    return "%d" % value if base is None else "%+d" % (value - base) if value != base else "0"


def table(lib, work, base_files, only, out):
    import kconfiglib
    folder = os.path.join(work, "build")
    os.makedirs(folder, exist_ok=True)
    os.environ["srctree"] = TREE
    kconf = kconfiglib.Kconfig(os.path.join(TREE, "Kconfig"), warn=False)
    for number, name in enumerate(base_files):
        kconf.load_config(os.path.join(TREE, name), replace=number == 0)
    config = os.path.join(folder, ".config")
    kconf.write_config(config)
    unknown = [name for name in only if name not in kconf.syms or not kconf.syms[name].nodes]
    if unknown:
        sys.exit("option-costs: no such option: " + ", ".join(unknown))
    base = measure(lib, folder)
    out.append("| option | " + " | ".join(COLUMNS) + " | boot RAM (KiB) |")
    out.append("|---|" + "---:|" * 5)
    out.append("| (as it is) | " + " | ".join(shown(base[k]) for k in COLUMNS) + " | %s |" % shown(base["ram"]))
    for symbol, value in list(options(kconf, only)):
        before = symbol.str_value
        symbol.set_value(value)
        kconf.write_config(config)
        try:
            now = measure(lib, folder)
            cells = [shown(now[k], base[k]) for k in COLUMNS]
            cells.append("-" if None in (now["ram"], base["ram"]) else shown(now["ram"], base["ram"]))
        except (RuntimeError, lib.Stopped) as error:
            reason = re.search(r"(?:error: |boot stopped: )(.*)", str(error) + "\n" + lib.console_tail)
            cells = ["does not start: " + (reason.group(1) if reason else "see CAVEATS.md")] + [""] * 4
        symbol.set_value(before)
        out.append("| `%s=%s` | %s |" % (symbol.name, value, " | ".join(cells)))
        print(out[-1], flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output")
    parser.add_argument("--only", nargs="*", default=[])
    options_given = parser.parse_args()
    if options_given.only and not options_given.output:
        sys.exit("option-costs: --only makes a part of the table: say where with --output")
    from ports import PORTS, name_in
    port = name_in(os.path.abspath(os.environ.get("O", "build"))) or "i386"
    if not PORTS[port].qemu:
        sys.exit("option-costs: %s is no machine of its own" % port)
    with tempfile.TemporaryDirectory() as work:
        folder = os.path.join(work, "build")
        make(folder, port + "_defconfig", "all")
        os.environ["O"] = folder
        import lib
        text = ["# What an option costs on %s" % port, "",
                "Made by `make option-costs`: the kernel built with one option changed, and how many bytes more or less that is. Boot RAM is",
                "in KiB: the image, its tables, and the frames in use when the kernel says how much memory it has.", ""]
        for title, files in (("The defconfig", ["configs/%s_defconfig" % port]),
                             ("The smallest", ["configs/%s_defconfig" % port, "configs/fragments/tiny.config"])):
            text += ["## " + title, ""]
            table(lib, work, files, options_given.only, text)
            text.append("")
    with open(options_given.output or os.path.join(TREE, "Documentation/option-costs-%s.md" % port), "w") as out:
        out.write("\n".join(text))


main()
