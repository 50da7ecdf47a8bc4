# SPDX-License-Identifier: Apache-2.0
"""Wrong requests for every operation of the kernel, each with the error that its text promises: too little right, words
out of their ranges, capabilities of wrong types, strings that are too long, waiting where one may not, and what "try"
says. Also all pairs of operation and error."""
import re

from emit import codes, errors_of
from emit_client import guard

TEXT = """/*
 * Wrong requests. WRONG(type, operation, words, type of c0, type of c1, bytes sent, form, error, what): form is 0, or
 * W_STORE and W_SLOT = through a read-only, an opaque capability, W_PROMPT = as a prompt call.
 * KNOWN(type, name, operations): all that a type has.
 * DOCUMENTED(type, operation, error, made): an error that it can answer, 0 = any operation; made: a wrong request above has it.
 * ALWAYS(error): any invocation can.
 */
"""
FORMS = {"store": "W_STORE", "slot": "W_SLOT"}


class Request:
    """A request that is right, to be made wrong in one place."""

    def __init__(self, i, o):
        self.i, self.o, self.words, self.caps, self.bytes = i, o, [0, 0, 0], ["CT_VOID", "CT_VOID"], 0
        for f in o.ins:
            if f.words and f.low:
                self.set(f, f.low)
            elif f.type == "cap" and f.types:
                self.set(f, i.name if str(f.types[0]) == "same" else f.types[0])

    def set(self, f, value):
        if f.type == "cap":
            self.caps[f.first] = "CT_%s" % str(value).upper()
        elif f.type == "string":
            self.bytes = value
        else:
            self.words[f.first - 1] = value & 0xffffffff
            if f.words == 2:
                self.words[f.first] = value >> 32
        return self

    def row(self, name, form, error, what):
        words = ", ".join("0x%xu" % w if w > 9 else "%d" % w for w in self.words)
        return "WRONG(CT_%s, %s, WORDS(%s), %s, %s, %d, %s, RC_%s, \"%s\")" % (
            str(self.i.name).upper(), name, words, self.caps[0], self.caps[1], self.bytes, form, error, what)


def outside(f):
    """Values of a word that its text excludes."""
    if f.low is not None:
        over = {v for v in (f.high + 1, 0x80000000, 0xffffffff) if f.high < v <= 0xffffffff}
        return ([f.low - 1] if f.low else []) + sorted(over)
    if f.type == "bool":
        return [2, 0xffffffff]
    if f.enum and f.enum.kind == "flags":
        used = sum(v.number for v in f.enum.values)
        return [1 << bit for bit in (next(b for b in range(33) if not used >> b & 1), 31) if bit < 32]
    return []


def number_of(f, value):
    if value[0].isdigit():
        return int(value, 0)
    return value if f.type == "cap" else next(v.number for v in f.enum.values if str(v.name) == str(value))


def rows(texts, i):
    types = [t for t in texts.interfaces if t.ops or str(t.name) in ("void", "start")]
    for name, o in codes(i):
        if o.number >= 0xffff0000:
            continue
        for right in o.needs:
            yield Request(i, o).row(name, FORMS[str(right)], "NO_ACCESS", "%s without the right" % o.name)
        for f in o.ins:
            for value in outside(f):
                yield Request(i, o).set(f, value).row(name, 0, "REQUEST", "%s: %s = 0x%x" % (o.name, f.name, value))
            good = {str(i.name) if str(t) == "same" else str(t) for t in f.types}
            for t in types if good else []:
                if str(t.name) not in good:
                    what = "%s: %s is a %s" % (o.name, f.name, t.name)
                    yield Request(i, o).set(f, t.name).row(name, 0, "BAD_CAP", what)
            if f.type == "string" and f.max is not None:
                what = "%s: %s of %d bytes" % (o.name, f.name, f.max + 1)
                yield Request(i, o).set(f, f.max + 1).row(name, 0, "TOO_LONG", what)
        if o.waits:
            late = Request(i, o)
            for f in o.ins:
                if f.words:
                    most = f.enum.values[0].number if f.enum else (1 << 32 * f.words) - 1
                    late.set(f, most if f.high is None else f.high)
            yield late.row(name, "W_PROMPT", "WOULD_BLOCK", "%s, prompt" % o.name)
        for error, values in o.tries:
            r = Request(i, o)
            for field, value in values:
                f = next(f for f in o.ins if str(f.name) == str(field))
                r.set(f, number_of(f, value))
            yield r.row(name, 0, error, "%s: %s" % (o.name, ", ".join("%s = %s" % v for v in values)))


def documented(i, made):
    """One line for each pair of operation and error. made: rows of wrong requests."""
    made = {tuple(re.search(r", (\w+), WORDS.*, RC_(\w+), ", row).groups()) for row in made}
    pairs = [("0", str(n)) for n, _ in i.errors] + [(name, n) for name, o in codes(i) for n, _ in errors_of(i, o)]
    return "".join("\tDOCUMENTED(CT_%s, %s, RC_%s, %d) \\\n" % (str(i.name).upper(), *p, p in made) for p in pairs)


def header(texts):
    wrong, known, pairs = "", "", ""
    for i in texts.interfaces:
        requests = list(rows(texts, i)) if i.all_ops else []
        pairs += documented(i, requests)
        if not i.all_ops:
            continue
        wrong += "".join("\t%s \\\n" % r for r in requests)
        names = ", ".join(name for name, _ in codes(i))
        known += "\tKNOWN(CT_%s, \"%s\", LIST(%s)) \\\n" % (str(i.name).upper(), i.name, names)
    every = "".join("\tALWAYS(RC_%s) \\\n" % v.name for e in texts.errors for v in e.values if v.every)
    tables = "".join("#define %s \\\n%s\n" % t for t in (("WRONG_REQUESTS", wrong), ("KNOWN_OPERATIONS", known),
                                                        ("DOCUMENTED_ERRORS", pairs), ("ALWAYS_ERRORS", every)))
    return guard("stub", "wrong", TEXT + tables, [])
