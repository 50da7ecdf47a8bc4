#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Deadlines, tests/system/test_realtime.py, on the host port: the same file, which sees the port of the build in O."""
import os
import sys

TEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system", "test_realtime.py")
os.execv(sys.executable, [sys.executable, "-B", TEST] + sys.argv[1:])
