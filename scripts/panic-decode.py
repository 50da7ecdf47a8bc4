#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Says where the addresses of a panic are: function, file and line, inlined callers too.

    panic-decode.py [--kernel FILE] [LOG]      reads a console log (standard input if none is named) and prints it
                                               with each address of its backtrace explained
    panic-decode.py [--kernel FILE] ADDRESS... explains these

The kernel is O/anteros (O=build) unless named. It must be the one that panicked, built with CONFIG_DEBUG_INFO for lines.
"""
import argparse
import os
import re
import signal
import subprocess
import sys

# A line of a panic's backtrace, as kernel/panic.c prints it.
TRACE = re.compile(r"^\s*at ([0-9a-f]+)\s*$")


def explain(kernel, addresses):
    """Address -> list of 'function at file:line', innermost first. A return address is looked up one byte earlier."""
    if not addresses:
        return {}
    questions = ["%#x" % (a - 1 if a else 0) for a in addresses]
    answer = subprocess.run(["addr2line", "-a", "-f", "-i", "-e", kernel] + questions,
                            capture_output=True, text=True, check=True).stdout.splitlines()
    found, current = {}, None
    lines = iter(answer)
    for line in lines:
        if line.startswith("0x"):
            current = int(line, 16) + 1
            found[current] = []
            continue
        place = next(lines, "??:0").split(" (discriminator")[0]
        found[current].append((line, place))
    text = {}
    for address, frames in found.items():
        known = [(f, p) for f, p in frames if f != "??"]
        text[address] = ["%s at %s" % (f, os.path.normpath(p)) for f, p in known]
    return text


def decode_log(kernel, lines, out):
    """Prints the log, and below each address of a backtrace what is there. False if there is none."""
    wanted = [int(m.group(1), 16) for m in map(TRACE.match, lines) if m]
    known = explain(kernel, list(dict.fromkeys(wanted)))
    for line in lines:
        out.write(line.rstrip("\r\n") + "\n")
        trace = TRACE.match(line)
        if trace:
            for place in known.get(int(trace.group(1), 16), []):
                out.write("      %s\n" % place)
    return bool(wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", default=os.path.join(os.environ.get("O", "build"), "anteros"))
    parser.add_argument("what", nargs="*", help="a log, or addresses")
    options = parser.parse_args()
    if not os.path.exists(options.kernel):
        sys.exit("panic-decode: %s: no such kernel" % options.kernel)
    if options.what and not os.path.exists(options.what[0]):
        try:
            addresses = [int(w, 16) for w in options.what]
        except ValueError:
            sys.exit("panic-decode: %s: neither a log nor an address" % options.what[0])
        known = explain(options.kernel, addresses)
        for address in addresses:
            places = known.get(address) or ["(not in %s)" % options.kernel]
            for place in places:
                print("%08x %s" % (address, place))
        return 0
    if options.what:
        with open(options.what[0], errors="replace") as f:
            lines = f.readlines()
    else:
        lines = sys.stdin.readlines()
    if not decode_log(options.kernel, lines, sys.stdout):
        print("panic-decode: no backtrace of a panic in it", file=sys.stderr)
        return 1
    return 0


signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads may stop early
sys.exit(main())
