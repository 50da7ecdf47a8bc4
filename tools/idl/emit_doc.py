# SPDX-License-Identifier: Apache-2.0
"""The pages of Documentation/abi."""
import os

from emit import codes, errors_of, number, stand

MADE = "<!-- Made from idl/ by \"make abi\". Change the text there. -->\n"
PROMPT = "Prompt: yes, it never waits for another process."
SERVED = "The server does not wait for others before it answers."
WHOLE = "Nothing: a checkpoint has it wholly or not at all."
GOES_ON = "Nothing: client and server go on where they were."


def describe(field):
    """The type of an argument or result in words."""
    text = {"cap": "capability", "bool": "0 or 1"}.get(str(field.type), str(field.type))
    if field.type == "cap" and field.types:
        same = str(field.types[0]) == "same"
        text = "capability of the same type" if same else "%s capability" % " or ".join(field.types)
    if field.type == "string":
        text = "bytes"
        if field.max is not None:
            text += ", at most %d" % field.max
        if field.struct:
            text += ": %sstruct %s" % ("an array of " if field.many else "", field.struct)
    if field.enum:
        text = "u32, %s %s_*" % ("bits" if field.enum.kind == "flags" else "one of", field.enum.prefix)
    if field.type == "u64":
        text = "u64, low word first"
    if field.low is not None:
        text += ", %s to %s" % (number(field.low), number(field.high))
    return text


def fields(title, all_fields):
    if not all_fields:
        return ""
    return "| %s | where | what |\n|---|---|---|\n%s\n" % (
        title, "".join("| `%s` | %s | %s |\n" % (f.name, stand(f), describe(f)) for f in all_fields))


def operation(i, name, o):
    text = "## %s\n\n`%s` = %s\n\n%s\n\n" % (o.name, name, number(o.number), o.doc)
    text += fields("argument", o.ins) + fields("result", o.outs)
    errors = errors_of(i, o)
    if errors:
        text += "| error | cause |\n|---|---|\n%s\n" % "".join("| `RC_%s` | %s |\n" % e for e in errors)
    for limit in o.limits:
        text += "%s\n\n" % limit
    prompt = PROMPT if i.kind == "interface" else SERVED
    if o.waits:
        prompt = "Prompt: no, it waits %s." % o.waits
    text += "%s A restart: %s\n" % (prompt, restart(i, o))
    return text


def restart(i, o):
    said = o.restart or (i.restart if o.waits else None) or (WHOLE if i.kind == "interface" else GOES_ON)
    return said if said[1].isupper() else said[0].lower() + said[1:]


def page(i):
    text = "%s# %s\n\n%s\n\n" % (MADE, i.name, i.doc)
    if i.kind == "interface":
        text += "Capability type `CT_%s` = %d. " % (str(i.name).upper(), i.number)
    text += "What every invocation can answer is in [error](error.md#any-invocation).\n\n"
    if i.restart:
        text += "A restart: %s\n\n" % i.restart
    if i.errors:
        rows = "".join("| `RC_%s` | %s |\n" % e for e in i.errors)
        text += "Any operation:\n\n| error | cause |\n|---|---|\n%s\n" % rows
    if i.roles:
        text += "| role | facet | |\n|---|---|---|\n%s\n" % "".join(
            "| %s | %s | %s |\n" % (r.name, number(r.first) + (" to %d" % r.last if r.last > r.first else ""), r.doc)
            for r in i.roles)
    for p in i.protocols:
        text += protocol(p)
    parts = [operation(i, name, o) for name, o in codes(i)]
    return text.rstrip("\n") + "\n" + "".join("\n" + p for p in parts)


def protocol(p):
    text = "The protocol of %s:%s\n\n| state | operation | leads to |\n|---|---|---|\n" % (
        "a client in the role %s" % p.role if p.role else "a client", " " + p.doc if p.doc else "")
    for s in p.states:
        for op, to in s.steps:
            text += "| %s%s | %s | %s |\n" % (s.name, " (start)" if s.kind == "start" else "", op, to)
        if not s.steps:
            text += "| %s (end) | | |\n" % s.name
    return text + "\n"


def error_page(texts):
    text = MADE + "# error\n\n"
    for e in sorted(texts.errors, key=lambda e: bool(e.service)):
        text += "## Of the services in %s\n\n" % os.path.basename(e.at[0]) if e.service else ""
        text += "%s\n\n| code | number | meaning |\n|---|---|---|\n" % e.doc
        rows = ["| `%s_%s` | %s | %s |\n" % (e.prefix, v.name, number(v.number), v.doc) for v in e.values]
        text += "".join(rows) + "\n"
    text += "## Any invocation\n\nThese can answer an invocation of any capability, whatever the operation:\n\n"
    text += "| error | cause |\n|---|---|\n"
    return text + "".join("| `RC_%s` | %s |\n" % (v.name, v.every) for e in texts.errors for v in e.values if v.every)


def first(doc):
    """The first sentence of a description."""
    return doc.split(". ")[0].rstrip(".")


def index(texts):
    text = MADE + "# Interfaces\n\nOne page for each: its operations, their arguments, results, errors with their causes, "
    text += "and what a restart does.\n\n"
    text += "| type | number | |\n|---|---|---|\n"
    text += "".join("| [%s](%s.md) | %d | %s |\n" % (i.name, i.name, i.number, first(i.doc)) for i in texts.interfaces)
    if texts.services:
        text += "\n| service | |\n|---|---|\n"
        text += "".join("| [%s](%s.md) | %s |\n" % (i.name, i.name, first(i.doc)) for i in texts.services)
    return text + "\n[Result codes](error.md), and what any invocation can answer.\n"


def pages(texts):
    """{file name: text}"""
    found = {"%s.md" % i.name: page(i) for i in texts.interfaces + texts.services}
    found["error.md"] = error_page(texts)
    found["README.md"] = index(texts)
    return found
