# SPDX-License-Identifier: Apache-2.0
"""Which room refers to whose symbols, and how long things are."""
import re
import subprocess

# Room -> rooms, or single symbols of them, that its objects may refer to. Who may include whom is in scripts/check-rooms.
# "hal" is the port, whichever it is.
BASE = {"klog", "panic_at", "cpu0", "state", "stall_on"}
THREADS = {"kthread_register", "kthread_wake", "kthread_wake_at", "kthread_set_prio", "kthread_device", "kthread_run_until",
           "irq_register"}
ALLOWED = {
    "lib": {"hal"},
    "mm": {"lib", "hal", "cap_lookup", "cap_weaken", "obj_cap"} | BASE,
    "cap": {"lib", "hal", "mm", "kernel"},
    "kernel": {"lib", "hal", "mm", "cap_has_ops", "cap_invoke", "cap_lookup", "obj_cap"},
    "ckpt": {"lib", "hal", "mm"} | BASE | THREADS,
    "drivers": {"lib", "hal"} | BASE | THREADS,
    "hal": {"lib", "drivers", "klog_put"} | BASE,
}
ENTRY = "include/kernel/entry.h"        # by these, and no other, a port calls up
PORTABLE_LINES, FUNCTION_LINES = 15000, 60


def room(path):
    top = path.split("/")[0]
    return "hal" if top == "arch" else top


def symbols(objects, report):
    """Rule 12. objects: (path of the source, object file)."""
    with open(ENTRY) as f:
        entry = set(re.findall(r"\b(kernel_\w+)\(", f.read()))
    owner, wanted = {}, []
    path_of = {obj: path for path, obj in objects}
    for line in subprocess.run(["nm", "-A", *path_of], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
        obj, _, line = line.partition(":")
        path, (kind, name) = path_of[obj], line.split()[-2:]
        if kind == "U":
            wanted.append((path, name))
        elif kind.isupper():
            owner.setdefault(name, room(path))
    for path, name in wanted:
        mine, other = room(path), owner.get(name)
        allowed = ALLOWED.get(mine)
        if other in (None, mine) or allowed is None or other in allowed or name in allowed or path.startswith("arch/host/"):
            continue
        if mine == "hal" and name in entry:
            continue
        report(12, "%s:1" % path.replace(".o", ".c"), "%s refers to %s, which is of %s" % (mine, name, other), [])


def functions(text):
    """(name, first line, lines) of each function: from its head to the brace at the start of a line."""
    lines, begin, name = text.split("\n"), None, None
    for number, line in enumerate(lines, 1):
        head = re.match(r"^[a-z_][\w \*]*?\b(\w+)\(", line)
        if head and not line.endswith(";"):
            begin, name = number, head.group(1)
        elif line == "}" and begin:
            yield name, begin, number - begin + 1
            begin = None


def lengths(files, report):
    """Rule 13. files: path -> the path whose room counts. Returns the figures as text."""
    total, longest = 0, ("none", 0)
    for path, stands in files.items():
        with open(path) as f:
            text = f.read()
        total += sum(not line.isspace() for line in text.splitlines(True))
        if not stands.startswith("cap/"):
            continue
        for name, begin, count in functions(text):
            longest = max(longest, (name, count), key=lambda pair: pair[1])
            if count >= FUNCTION_LINES:
                report(13, "%s:%d" % (stands, begin), "%s has %d lines; a function of cap/ has less than %d" %
                       (name, count, FUNCTION_LINES), [])
    if total >= PORTABLE_LINES:
        report(13, "include:1", "the portable part has %d lines that are not empty, not less than %d" % (total, PORTABLE_LINES), [])
    return "longest function of cap/: %s, %d lines; portable part: %d lines" % (longest[0], longest[1], total)
