#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The attacker finds the kernel's mutants (tests/mutants/run.py), on the host port."""
import os
import sys

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mutants", "run.py")
os.execv(sys.executable, [sys.executable, "-B", RUN, "host"])
