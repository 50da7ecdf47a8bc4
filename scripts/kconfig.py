#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The configuration commands of the build, strict where Kconfiglib only warns.

Kconfiglib accepts a value that is out of range, of the wrong type or not wholly read with a warning and exit status 0,
and then uses another value. Here those are errors that name the option. So is an option that does not exist, in a
defconfig or fragment; in the present configuration it is only a warning, since an old .config must stay usable.

The configuration is the file that KCONFIG_CONFIG names; option definitions are found from the folder `srctree`.

    kconfig.py defconfig FILE...        make the configuration from these files, later ones winning
    kconfig.py merge FILE...            the same, on top of the present configuration
    kconfig.py olddefconfig             give new options their defaults
    kconfig.py savedefconfig FILE       write only what differs from the defaults
    kconfig.py menuconfig               edit in the terminal
    kconfig.py allno|allyes|random      every option off, on, or as KCONFIG_SEED says; the port is the one that
                                        KCONFIG_ALLCONFIG, a file, chooses (the default port without it)
    kconfig.py sync DIR                 DIR/config/auto.conf (for make), DIR/generated/autoconf.h (for C), stamps
"""
import os
import re
import sys

import kconfiglib

FATAL = re.compile(r"outside the active range|is invalid for|is not a valid value|malformed")


def fail(text):
    sys.stderr.write("kconfig: error: %s\n" % text)
    sys.exit(1)


def load_kconfig():
    try:
        kconf = kconfiglib.Kconfig("Kconfig", warn_to_stderr=False)
    except (kconfiglib.KconfigError, OSError) as error:
        fail(str(error).strip())
    kconf.warn_assign_undef = True
    kconf.warn_assign_override = False
    kconf.warn_assign_redun = False
    return kconf


def load_values(kconf, files, present=None):
    """Loads these files over the one of the present configuration, if it is given."""
    for number, name in enumerate([present] * bool(present) + files):
        if not os.path.isfile(name):
            fail("%s: no such file" % name)
        before = len(kconf.warnings)
        kconf.load_config(name, replace=number == 0)
        unknown = [w for w in kconf.warnings[before:] if "undefined symbol" in w]
        if unknown and name != present:
            fail("\nkconfig: error: ".join(explain(w) for w in unknown))


def explain(warning):
    """One line, which names the option first."""
    text = " ".join(warning.split())
    text = re.sub(r"^(\S+:\d+: )?warning: ", r"\1", text)
    found = re.match(r"user value (\S+) on the (\w+) symbol (\w+) .*active range \(\[(\S+), (\S+)\]\)", text)
    if found:
        value, kind, name, low, high = found.groups()
        return "CONFIG_%s=%s is out of range: %s to %s is allowed" % (name, value, low, high)
    found = re.match(r"the value '(.*)' is invalid for (\w+) .* has type (\w+)", text)
    if found:
        return "CONFIG_%s=%s is not of type %s" % (found.group(2), found.group(1), found.group(3))
    found = re.match(r"(\S+:\d+: )attempt to assign the value '.*' to the undefined symbol (\w+)", text)
    if found:
        return "%sthere is no CONFIG_%s" % found.groups()
    return re.sub(r" -- falling back.*$", "", text)


def verdict(kconf):
    """Evaluates every option, prints what Kconfiglib would have warned of, and ends the program if that is an error."""
    for symbol in kconf.unique_defined_syms:
        symbol.str_value
    errors = [w for w in kconf.warnings if FATAL.search(w)]
    for warning in kconf.warnings:
        if warning not in errors:
            sys.stderr.write("kconfig: warning: %s\n" % explain(warning))
    for warning in errors:
        sys.stderr.write("kconfig: error: %s\n" % explain(warning))
    if errors:
        sys.exit(1)


def build_folder(config):
    folder = os.path.dirname(config) or "."
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        fail("%s cannot be a build folder: %s; name another with O=" % (folder, error.strerror))


def write_config(kconf):
    path = os.environ["KCONFIG_CONFIG"]
    build_folder(path)
    print(kconf.write_config(path))


def symbols(kconf):
    """The options that can be set now, in the order of the files, without the members of choices."""
    return [s for s in kconf.unique_defined_syms if not s.choice and any(node.prompt for node in s.nodes)]


def bounds(symbol):
    """The range of a number that is in force, or None."""
    for low, high, condition in symbol.ranges:
        if kconfiglib.expr_value(condition):
            return int(low.str_value, 0), int(high.str_value, 0)
    return None


def set_all(kconf, how, given):
    """Sets every option but those that the file in KCONFIG_ALLCONFIG has set."""
    import random
    dice = random.Random(os.environ.get("KCONFIG_SEED", "0"))
    for symbol in symbols(kconf):
        if symbol.name in given:
            continue
        if symbol.type == kconfiglib.BOOL:
            symbol.set_value({"allno": 0, "allyes": 2, "random": dice.choice((0, 2))}[how])
        elif symbol.type == kconfiglib.INT and how == "random" and bounds(symbol):
            # Small values as often as large ones: what breaks is at the ends and between powers of two.
            low, high = bounds(symbol)
            width = dice.randrange((high - low).bit_length() + 1)
            symbol.set_value(str(min(high, low + dice.randrange(1 << width))))


def sync(kconf, folder):
    for sub in ("config", "generated"):
        os.makedirs(os.path.join(folder, sub), exist_ok=True)
    kconf.write_autoconf(os.path.join(folder, "generated", "autoconf.h"))
    kconf.sync_deps(os.path.join(folder, "config"))
    # The list of Kconfig files, so that make asks again when one of them changes.
    with open(os.path.join(folder, "config", "kconfig.mk"), "w") as out:
        out.write("kconfig-files := %s\n" % " ".join(sorted(set(kconf.kconfig_filenames))))


def main():
    if len(sys.argv) < 2:
        fail("what to do? See the head of scripts/kconfig.py")
    command, arguments = sys.argv[1], sys.argv[2:]
    config = os.environ.get("KCONFIG_CONFIG")
    if not config:
        fail("KCONFIG_CONFIG is not set")
    kconf = load_kconfig()

    if command == "menuconfig":
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            fail("menuconfig needs a terminal; without one edit %s and run make olddefconfig" % config)
        import menuconfig
        if os.path.isfile(config):
            load_values(kconf, [], config)  # bad values are not refused here, so that they can be mended here
        build_folder(config)
        menuconfig.menuconfig(kconf)
        return
    if command == "defconfig":
        load_values(kconf, arguments)
    elif command == "merge":
        load_values(kconf, arguments, config)
    elif command in ("olddefconfig", "savedefconfig", "sync"):
        load_values(kconf, [], config)
    elif command in ("allno", "allyes", "random"):
        if os.environ.get("KCONFIG_ALLCONFIG"):
            load_values(kconf, [os.environ["KCONFIG_ALLCONFIG"]])
        given = {s.name for s in kconf.unique_defined_syms if s.user_value is not None}
    else:
        fail("unknown command " + command)
    verdict(kconf)

    if command in ("allno", "allyes", "random"):
        set_all(kconf, command, given)
        verdict(kconf)
    if command == "savedefconfig":
        print(kconf.write_min_config(arguments[0]))
    elif command == "sync":
        sync(kconf, arguments[0])
    else:
        write_config(kconf)


main()
