#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an ELF program for riscv64: a page of text at 0, two of data behind it. Where the fuzzers' processes run, inputs say
what they do (step.c): nobody reads the text. It begins where a process takes its next step (PC_NEXT of fuzz.h)."""
import struct
import sys

PAGE, HEADER, SEGMENT, ENTRY = 4096, 64, 56, 0x104
EXECUTABLE, RISCV, LOAD, READ_EXECUTE, READ_WRITE = 2, 243, 1, 5, 6


def segment(flags, address, size, offset):
    return struct.pack("<IIQQQQQQ", LOAD, flags, offset, address, address, size, size, PAGE)


head = b"\x7fELF\x02\x01\x01" + bytes(9)
head += struct.pack("<HHIQQQIHHHHHH", EXECUTABLE, RISCV, 1, ENTRY, HEADER, 0, 0, HEADER, SEGMENT, 2, 0, 0, 0)
head += segment(READ_EXECUTE, 0, PAGE, PAGE) + segment(READ_WRITE, PAGE, 2 * PAGE, 2 * PAGE)
sys.stdout.buffer.write(head.ljust(PAGE, b"\0") + b"text".ljust(PAGE, b"\0") + b"data".ljust(2 * PAGE, b"\1"))
