# SPDX-License-Identifier: Apache-2.0
"""What the kernel checks before a handler runs: rights, the first word's range, the type of the first capability."""
from emit import HEAD, code, codes

RIGHTS = {"store": "OPF_STORE", "slot": "OPF_SLOT"}
TEXT = """/*
 * Made from idl/ for cap/: CHECK_<operation> is what the row of an operation has beside its number and its function
 * (struct op), OPS_<type> how many operations a type has, MAX_<operation> the longest string it takes.
 */
#ifndef KERNEL_OPS_H
#define KERNEL_OPS_H

"""


def bits(op):
    """How many bits the first word has at most; 0 = it is not checked here."""
    for f in op.ins:
        if f.words and f.first == 1:
            if f.type == "bool":
                return 1
            most = f.high if f.low == 0 else 0
            if f.enum and f.enum.kind == "flags":
                most = sum(v.number for v in f.enum.values)
            return most.bit_length() if most and most & (most + 1) == 0 and most < 0x80000000 else 0
    return 0


def capability(op):
    """The type that the first capability must have; CT_VOID = it is not checked here."""
    for f in op.ins:
        if f.type == "cap" and f.first == 0 and len(f.types) == 1:
            return "OP_SAME_TYPE" if f.types[0] == "same" else "CT_%s" % f.types[0].upper()
    return "CT_VOID"


def header(texts):
    checks, most = "", ""
    for i in texts.groups + texts.interfaces:
        for o in i.ops:
            name = code(i, o)[3:]
            flags = " | ".join(RIGHTS[str(n)] for n in sorted(o.needs)) or "0"
            checks += "#define CHECK_%s %s, %d, %s\n" % (name, flags, bits(o), capability(o))
            most += "".join("#define MAX_%s %du\n" % (name, f.max) for f in o.ins if f.max is not None)
    counts = "".join("#define OPS_%s %d\n" % (i.name, sum(o.number < 0xffff0000 for _, o in codes(i)))
                     for i in texts.interfaces)
    return HEAD + TEXT + checks + "\n" + counts + "\n" + most + "\n#endif\n"
