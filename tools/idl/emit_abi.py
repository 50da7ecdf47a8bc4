# SPDX-License-Identifier: Apache-2.0
"""The numbers: headers for C, and the list that the golden test compares."""
from emit import HEAD, comment, defines, enumeration, guarded, message, number
from model import code

CAP_HEAD = """/*
 * Capability types, rights and the operations of every kernel object. Made from idl/, where each operation's errors
 * and restrictions stand too; Documentation/abi/ has them for reading.
 *
 * Message convention: word 0 of a request is the operation, word 0 of a reply is an enum rc. "w1..w3" are the other
 * words, "c0..c3" the capabilities, "str" the string. On the wire c3 of a call is the resume capability.
 * Values are ABI and stand in volumes: append only.
 */
"""
ERROR_HEAD = "/* Result codes. Made from idl/; Documentation/abi/error.md has them for reading. */\n"


def operations(i):
    rows = [(code(i, o), number(o.number) + ("u" if o.number > 0x7fffffff else ""), message(o)) for o in i.ops]
    return comment(i.doc) + (defines(rows) if rows else "")


def cap_header(texts):
    """All that the kernel's interfaces number."""
    parts = [enumeration(texts.enum_named["cap_type"])]
    parts += [enumeration(e) for e in texts.enums if not e.service]
    parts += [operations(i) for i in texts.groups + texts.interfaces if i.ops]
    parts += [operations(i) for i in texts.services if not i.prefix]
    return HEAD + CAP_HEAD + guarded("cap", "\n".join(parts))


def error_header(texts):
    return HEAD + ERROR_HEAD + guarded("error", "\n".join(enumeration(e) for e in texts.errors if not e.service))


def numbers(texts):
    """Every number of the ABI, one a line: the name in C, and the number."""
    lines = []
    for e in [texts.enum_named["cap_type"]] + texts.errors + texts.enums:
        lines += ["%s_%s %s" % (e.prefix, v.name, number(v.number)) for v in e.values
                  if str(v.name) != "NR" or e.name != "cap_type"]
    for i in texts.everything:
        lines += ["%s %s" % (code(i, o), number(o.number)) for o in i.ops]
    return lines
