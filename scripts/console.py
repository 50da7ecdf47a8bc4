#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Connects this terminal to the console of a machine that was started by "make debug". Ctrl-] ends the connection.

    console.py [SOCKET]     without an argument: console.sock in the build folder
"""
import os
import select
import socket
import sys
import termios
import tty


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.environ.get("O", "build"), "console.sock")
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(path)
    except OSError as error:
        sys.exit("console: %s: %s" % (path, error.strerror))
    saved = termios.tcgetattr(0) if os.isatty(0) else None
    try:
        if saved:
            tty.setraw(0)
        while True:
            for ready in select.select([0, line], [], [])[0]:
                data = os.read(0, 256) if ready == 0 else line.recv(4096)
                if not data or (ready == 0 and b"\x1d" in data):
                    return
                if ready == 0:
                    line.sendall(data)
                else:
                    os.write(1, data)
    finally:
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)
            print()


main()
