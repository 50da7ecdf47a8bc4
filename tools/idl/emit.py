# SPDX-License-Identifier: Apache-2.0
"""What is written of an interface, whoever reads it: names of C, the layout of messages in words."""
import textwrap

from model import code  # noqa: F401

HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n"


def codes(interface):
    """(name of its number, operation) of all operations, those of its groups under the names of the groups."""
    for g in getattr(interface, "groups", []):
        for o in g.ops:
            yield code(g, o), o
    for o in interface.ops:
        yield code(interface, o), o


def errors_of(i, o):
    """(name, cause) of all errors that the operation has in this interface."""
    return o.all_errors + [(str(n), str(cause)) for n, op, cause in getattr(i, "one_errors", []) if str(op) == str(o.name)]


def stand(field):
    """Where it stands in a message."""
    if field.type == "cap":
        return "c%d" % field.first
    if field.type == "string":
        return "str"
    return "w%d" % field.first if field.words == 1 else "w%d, w%d" % (field.first, field.first + 1)


def side(fields):
    return ", ".join("%s = %s" % (stand(f), f.name) for f in fields)


def message(op):
    """The message of an operation in one line: arguments -> results."""
    text = side(op.ins)
    if op.outs:
        text += (" " if text else "") + "-> " + side(op.outs)
    return text


def number(n):
    return "%d" % n if n < 0x10000 else "0x%x" % n


def comment(text, indent=""):
    """A block comment of at most 120 columns."""
    one = "%s/* %s */" % (indent, text)
    if len(one) <= 120:
        return one + "\n"
    lines = textwrap.wrap(text, 116 - len(indent))
    return "%s/*\n%s%s */\n" % (indent, "".join("%s * %s\n" % (indent, line) for line in lines), indent)


def defines(rows):
    """#define lines in columns: (name, value, comment)."""
    wide = max(len(n) for n, _, _ in rows)
    value = max(len(v) for _, v, _ in rows)
    text = ""
    for n, v, c in rows:
        line = "#define %-*s %s" % (wide, n, v)
        text += "%s%s\n" % (line, " " * (value - len(v)) + " /* %s */" % c if c else "")
    return text


def enumeration(e):
    """An enumeration of C, or bits as numbers without a sign."""
    text = comment(e.doc) if e.doc else ""
    if e.kind == "flags":
        rows = [("%s_%s" % (e.prefix, v.name), "0x%02xu" % v.number, v.doc) for v in e.values]
        rows.append(("%s_ALL" % e.prefix, "0x%02xu" % sum(v.number for v in e.values), ""))
        return text + defines(rows)
    lines = []
    for v in e.values:
        lines.append("\t%s_%s = %s,%s\n" % (e.prefix, v.name, number(v.number), " /* %s */" % v.doc if v.doc else ""))
    return text + "enum %s {\n%s};\n" % (e.name, "".join(lines))


def guarded(name, text, includes=()):
    guard = "ABI_%s_H" % name.upper()
    lines = "".join("#include <%s>\n" % i for i in includes)
    return "#ifndef %s\n#define %s\n\n%s%s\n#endif\n" % (guard, guard, lines + "\n" if lines else "", text)
