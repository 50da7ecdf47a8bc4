#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The attacker finds the kernel's mutants (tests/mutants/run.py), on the port of the build in O. Part of make test-all."""
import os
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(os.environ["O"], ".config")) as f:
    PORT = f.read().partition('CONFIG_ARCH="')[2].partition('"')[0]
os.execv(sys.executable, [sys.executable, "-B", os.path.join(TREE, "tests/mutants/run.py"), PORT])
