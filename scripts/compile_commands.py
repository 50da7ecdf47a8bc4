#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes compile_commands.json from the commands that the build has stored beside its objects.

    compile_commands.py BUILD_FOLDER >compile_commands.json
"""
import json
import os
import sys


def entries(folder):
    for path, _, files in sorted(os.walk(folder)):
        for name in sorted(files):
            if not name.endswith(".o.cmd"):
                continue
            with open(os.path.join(path, name)) as text:
                command = text.readline().split(" := ", 1)[1].strip().replace("$$", "$")
            yield {"directory": os.getcwd(), "command": command, "file": command.split()[-1]}


json.dump(list(entries(sys.argv[1])), sys.stdout, indent=1)
print()
