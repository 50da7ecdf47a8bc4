# SPDX-License-Identifier: Apache-2.0
"""What a test in Python prints: TAP, which tests/run counts."""
import sys

count = failed = 0


def ok(condition, name, output=""):
    """One line; on failure with the end of `output` as comment. Gives whether it is ok."""
    global count, failed
    count += 1
    print("%s %d - %s" % ("ok" if condition else "not ok", count, name))
    if not condition:
        failed += 1
        for line in str(output).splitlines()[-40:]:
            print("# " + line)
    sys.stdout.flush()
    return bool(condition)


def finish():
    """The plan; ends the program."""
    print("1..%d" % count)
    sys.exit(1 if failed else 0)
