# SPDX-License-Identifier: Apache-2.0
"""What programs use: a function for each operation, and for servers the way from a request to the function that answers it."""
import os

from emit import HEAD, codes, comment, defines, enumeration, message, number

TYPES = {"u64": "uint64_t", "word": "uintptr_t", "bool": "bool"}


def ctype(field):
    return TYPES.get(str(field.type), "uint32_t")


def function(op):
    """OP_PAGE_READ -> page_read"""
    return ("%s_%s" % (op.owner.prefix or op.owner.name, op.name)).lower()


def guard(folder, name, text, includes):
    word = "%s_%s_H" % (folder.upper(), name.upper())
    lines = "".join("#include <%s>\n" % i for i in includes)
    return HEAD + "/* Made from idl/. Documentation/abi/ has what each operation does and can answer. */\n#ifndef %s\n#define %s\n\n%s%s\n#endif\n" % (
        word, word, lines + "\n" if lines else "", text)


def word_args(op):
    """The words of a request as expressions, w1 up."""
    found = []
    for f in op.ins:
        if f.words == 2:
            found += ["(uint32_t)%s" % f.name, "(uint32_t)(%s >> 32)" % f.name]
        elif f.words:
            found.append(str(f.name))
    return found


def parameters(op):
    found = []
    for f in op.ins:
        if f.type == "cap":
            found.append("unsigned %s" % f.name)
        elif f.type == "string":
            found.append("const void *%s, size_t %s_len" % (f.name, f.name))
        else:
            found.append("%s %s" % (ctype(f), f.name))
    for f in op.outs:
        if f.type == "cap":
            found.append("unsigned %s" % f.name)
        elif f.type == "string" and f.struct and not f.many:
            found.append("struct %s *%s" % (f.struct, f.name))
        elif f.type == "string":
            found.append("%s *%s, size_t %s_max, size_t *%s_len" % ("struct " + f.struct if f.struct else "void", f.name, f.name, f.name))
        else:
            found.append("%s *%s" % (ctype(f), f.name))
    return found


def value(f, m):
    """A word, or two, of a message as a value of the field's type."""
    w = "%sw[%d]" % (m, f.first)
    if f.words == 2:
        return "(uint32_t)%s | (uint64_t)%sw[%d] << 32" % (w, m, f.first + 1)
    return {"word": w, "bool": w + " != 0"}.get(str(f.type), "(uint32_t)" + w)


def short(name, op):
    """The call of a small operation by one of the library's functions, or None."""
    words, wide = word_args(op), [f for f in op.ins + op.outs if f.type in ("cap", "string")]
    if not wide and not op.outs:
        return "call_words(%s)" % ", ".join(["reg", name] + words + ["0"] * (3 - len(words)))
    if len(words) > 1 or len(op.outs) != 1:
        return None
    out = op.outs[0]
    if out.type == "cap" and wide == [out]:
        return "call_cap(%s)" % ", ".join(["reg", name] + (words or ["0"]) + [str(out.name)])
    if not wide and out.type == "word":
        return "call_get(%s)" % ", ".join(["reg", name] + (words or ["0"]) + [str(out.name)])
    return None


def initialiser(name, op):
    parts = [".w = { %s }" % ", ".join([name] + word_args(op))]
    caps = [f for f in op.ins if f.type == "cap"]
    takes = [f for f in op.outs if f.type == "cap"]
    if caps:
        parts.append(".cap = { %s }" % ", ".join("(uint8_t)%s" % f.name for f in caps))
    if takes:
        parts.append(".take = { %s }" % ", ".join("(uint8_t)%s" % f.name for f in takes))
    for f in op.ins:
        if f.type == "string":
            parts.append(".out = %s, .out_len = %s_len" % (f.name, f.name))
    for f in op.outs:
        if f.type == "string":
            parts.append(".in = %s, .in_max = %s" % (f.name, "sizeof *%s" % f.name if f.struct and not f.many else "%s_max" % f.name))
    return ", ".join(parts)


def results(op):
    lines = []
    for f in op.outs:
        if f.words:
            lines.append("\t*%s = %s;\n" % (f.name, value(f, "m.")))
        elif f.type == "string" and not (f.struct and not f.many):
            lines.append("\t*%s_len = m.in_len;\n" % f.name)
    return "".join(lines)


def stub(name, op, protocol):
    head = "static inline uintptr_t %s(%s)\n{\n" % (function(op), ", ".join(["unsigned reg"] + parameters(op)))
    text = comment("%s%s" % (op.doc, " [%s]" % message(op) if message(op) else "")) + head
    small = None if protocol else short(name, op)
    if small:
        return text + "\treturn %s;\n}\n" % small
    text += "\tstruct msg m = { %s };\n" % initialiser(name, op)
    for f in op.outs:
        if f.type == "string" and f.struct and not f.many:
            text += "\t*%s = (struct %s){ 0 };\n" % (f.name, f.struct)
    if protocol:
        text += "\t%s_legal(reg, %s);\n" % (protocol, name)
    text += "\tcall(reg, &m);\n"
    if protocol:
        text += "\tif (m.w[0] == RC_OK)\n\t\t%s_step(reg, %s);\n" % (protocol, name)
    return text + results(op) + "\treturn m.w[0];\n}\n"


def includes(texts, i):
    found = ["abi/process.h"] if any(f.struct for _, o in codes(i) for f in o.ins + o.outs) else []
    found += ["invoke.h", "stdbool.h"]
    found += ["stub/%s.h" % g.name for g in i.groups] if i.kind == "interface" else []
    return found + sorted({"stub/%s.h" % stem(e) for e in texts.errors + texts.enums if e.service and e.at[0] == i.at[0]})


def stem(e):
    """The header of the numbers that stand in one file with services."""
    return os.path.basename(e.at[0]).rsplit(".", 1)[0] + "_numbers"


def client(texts, i):
    """The header of stubs of one interface, group or service."""
    text = comment(i.doc)
    if i.kind == "service":
        text += service_numbers(i)
    if i.protocols:
        text += "\n" + client_protocols(i)
    for o in i.ops:
        p = [p for p in i.protocols if any(str(op) == o.name for s in p.states for op, _ in s.steps)]
        text += "\n" + stub(dict((id(v), k) for k, v in codes(i))[id(o)], o, machine(i, p[0]) if p else None)
    return guard("stub", i.name, text, includes(texts, i))


def service_numbers(i):
    text = defines([(name, number(o.number), message(o)) for name, o in codes(i)]) if i.prefix else ""
    rows = []
    for r in i.roles:
        base = "%s_AS_%s" % (i.prefix or i.name.upper(), str(r.name).upper())
        rows.append((base, number(r.first), "%sfacet%s of %s" % ("first " if r.last > r.first else "", "s" if r.last > r.first else "", r.doc or r.name)))
        if r.last > r.first:
            rows.append((base + "_LAST", number(r.last), ""))
    return text + (defines(rows) if rows else "")


# ---- protocols ----


def machine(i, p):
    return "_".join([str(i.name)] + ([str(p.role)] if p.role else []))


def states(i, p):
    return ["%s_%s" % (machine(i, p).upper(), str(s.name).upper()) for s in p.states]


def transitions(i, p):
    """The next state, or NR for what is not legal, as a function. The start state is 0, so that nothing is to be initialised."""
    m, number_of = machine(i, p), {str(o.name): name for name, o in codes(i)}
    order = sorted(p.states, key=lambda s: s.kind != "start")
    names = ["%s_%s" % (m.upper(), str(s.name).upper()) for s in order]
    text = comment(("The protocol of %s. %s" % ("a client in the role " + p.role if p.role else "a client", p.doc)).strip())
    text += "enum %s_state { %s, %s_NR };\n" % (m, ", ".join(names), m.upper())
    text += "static inline unsigned %s_next(unsigned state, uintptr_t op)\n{\n\tswitch (state << 16 | op) {\n" % m
    for s in order:
        for op, to in s.steps:
            text += "\tcase %s_%s << 16 | %s: return %s_%s;\n" % (m.upper(), s.name.upper(), number_of[str(op)], m.upper(), to.upper())
    return text + "\t}\n\treturn %s_NR;\n}\n" % m.upper()


def client_protocols(i):
    text = ""
    for p in i.protocols:
        m = machine(i, p)
        text += transitions(i, p)
        text += "#ifdef CHECK_PROTOCOLS\nstatic uint8_t %s_at[32]; /* by register; starts anew with the program */\n" % m
        text += "static inline void %s_legal(unsigned reg, uintptr_t op)\n{\n\tif (%s_next(%s_at[reg & 31], op) == %s_NR)\n" % (m, m, m, m.upper())
        text += "\t\tprotocol_broken(\"%s\", %s_at[reg & 31], op);\n}\n" % (m, m)
        text += "static inline void %s_step(unsigned reg, uintptr_t op)\n{\n\t%s_at[reg & 31] = (uint8_t)%s_next(%s_at[reg & 31], op);\n}\n" % (m, m, m, m)
        text += "#else\n#define %s_legal(reg, op) ((void)0)\n#define %s_step(reg, op) ((void)0)\n#endif\n" % (m, m)
    return text


# ---- servers ----


def answers(op):
    """Parameters of the function that answers a request."""
    found = ["uint32_t facet"]
    if op.waits:
        found.append("unsigned resume")
    for f in op.ins:
        if f.type == "string":
            found.append("const void *%s, size_t %s_len" % (f.name, f.name))
        else:
            found.append("%s %s" % ("unsigned" if f.type == "cap" else ctype(f), f.name))
    if not op.waits:
        for f in op.outs:
            if f.type == "string":
                found.append("const void **%s, size_t *%s_len" % (f.name, f.name))
            else:
                found.append("%s *%s" % ("unsigned" if f.type == "cap" else ctype(f), f.name))
    return found


def put(op, m):
    """Results into a message."""
    lines = ""
    for f in op.outs:
        if f.words == 2:
            lines += "%sw[%d] = (uint32_t)%s;\n%sw[%d] = (uint32_t)(%s >> 32);\n" % (m, f.first, f.name, m, f.first + 1, f.name)
        elif f.words:
            lines += "%sw[%d] = %s;\n" % (m, f.first, f.name)
        elif f.type == "cap":
            lines += "%scap[%d] = (uint8_t)%s;\n" % (m, f.first, f.name)
        else:
            lines += "%sout = %s;\n%sout_len = %s_len;\n" % (m, f.name, m, f.name)
    return lines


def indent(text, tabs):
    return "".join("\t" * tabs + line + "\n" for line in text.splitlines())


def case(op):
    """One operation of a server, after the check of its role."""
    args, text = ["m->facet"] + (["m->take[3]"] if op.waits else []), ""
    for f in op.ins:
        if f.type == "string":
            if f.max is not None:
                text += "if (m->in_sent > %du)\n\treturn RC_TOO_LONG;\n" % f.max
            text += "if (m->in_sent > m->in_len)\n\treturn RC_TOO_LONG;\n"
            args.append("m->in, m->in_len")
        elif f.type == "cap":
            args.append("m->take[%d]" % f.first)
        else:
            args.append(value(f, "m->"))
            if f.low is not None:
                v = value(f, "m->")
                low = "%s < %du || " % (v, f.low) if f.low else ""
                text += "if (%s%s > %du)\n\treturn RC_REQUEST;\n" % (low, v, f.high)
            elif f.type == "bool":
                text += "if (m->w[%d] > 1)\n\treturn RC_REQUEST;\n" % f.first
            elif f.enum and f.enum.kind == "flags":
                text += "if (%s & ~%s_ALL)\n\treturn RC_REQUEST;\n" % (value(f, "m->"), f.enum.prefix)
    outs = [] if op.waits else op.outs
    for f in outs:
        if f.type == "string":
            args.append("&%s, &%s_len" % (f.name, f.name))
        else:
            args.append("&%s" % f.name)
    declare = "".join("const void *%s = NULL;\nsize_t %s_len = 0;\n" % (f.name, f.name) if f.type == "string" else
                      "%s %s = 0;\n" % ("unsigned" if f.type == "cap" else ctype(f), f.name) for f in outs)
    made = "serve_%s(%s)" % (function(op), ", ".join(args))
    if not outs:
        return text + "return %s;\n" % made
    return declare + text + "uintptr_t rc = %s;\n%sreturn rc;\n" % (made, put(op, "r->"))


def role_test(i, op):
    roles = [r for r in i.roles if str(r.name) in [str(b) for b in op.by]]
    tests = ["facet == %d" % r.first if r.first == r.last else "(facet >= %d && facet <= %d)" % (r.first, r.last) for r in roles]
    return tests[0].strip("()") if len(tests) == 1 else " || ".join(tests)


def server(texts, i):
    """From a request to the function that answers it. The program defines those functions."""
    text = "/*\n * A server includes this once and defines serve_<operation>() for each operation. <service>_dispatch() takes a request and\n"
    text += " * makes the answer of it; false = there is none yet: the function returned RC_LATER, keeps the resume capability of\n"
    text += " * register `resume`, and answers later by <operation>_reply().\n */\n"
    for name, o in codes(i):
        text += "static uintptr_t serve_%s(%s);\n" % (function(o), ", ".join(answers(o)))
    for p in i.protocols:
        text += server_protocol(i, p)
    for name, o in codes(i):
        if o.waits:
            text += later(o)
    for name, o in codes(i):
        text += "\nstatic inline uintptr_t %s_answer(const struct msg *m, struct msg *r)\n{\n" % function(o)
        text += indent(case(o), 1) + "}\n"
    return guard("serve", i.name, text + dispatch(i), ["stub/%s.h" % i.name])


def later(op):
    outs = ["const void *%s, size_t %s_len" % (f.name, f.name) if f.type == "string" else
            "%s %s" % ("unsigned" if f.type == "cap" else ctype(f), f.name) for f in op.outs]
    text = "\nstatic inline void %s_reply(%s)\n{\n\tstruct msg m = { .w = { RC_OK } };\n" % (function(op), ", ".join(["unsigned resume"] + outs))
    return text + indent(put(op, "m."), 1) + "\tsend(resume, &m);\n}\n"


def server_protocol(i, p):
    role = next((r for r in i.roles if p.role and str(r.name) == str(p.role)), None)
    first, last = (role.first, role.last) if role else (0, 0)
    m = machine(i, p)
    text = "\nstatic uint8_t %s_state[%d]; /* of each client%s */\n" % (m, last - first + 1, ", by facet" if role else "")
    index = "facet - %d" % first if role else "0"
    text += "static inline enum %s_state %s_of(uint32_t facet)\n{\n\treturn %s_state[%s];\n}\n" % (m, m, m, index)
    return text


def dispatch(i):
    name = str(i.name)
    text = "\nstatic inline uintptr_t %s_request(const struct msg *m, struct msg *r)\n{\n" % name
    body = "uint32_t facet = m->facet;\n" if i.roles else ""
    if i.protocols:
        body += "uintptr_t rc;\nunsigned next;\n"
    body += "switch (m->w[0]) {\n"
    for code_name, o in codes(i):
        body += "case %s:\n" % code_name
        if o.by:
            body += "\tif (!(%s))\n\t\treturn RC_NO_ACCESS;\n" % role_test(i, o)
        p = next((p for p in i.protocols if any(str(op) == o.name for s in p.states for op, _ in s.steps)), None)
        if p:
            role = next((r for r in i.roles if p.role and str(r.name) == str(p.role)), None)
            at = "%s_state[%s]" % (machine(i, p), "facet - %d" % role.first if role else "0")
            body += "\tnext = %s_next(%s, %s);\n\tif (next == %s_NR)\n\t\treturn RC_REQUEST;\n" % (machine(i, p), at, code_name, machine(i, p).upper())
            body += "\trc = %s_answer(m, r);\n\tif (rc == RC_OK || rc == RC_LATER)\n\t\t%s = (uint8_t)next;\n\treturn rc;\n" % (function(o), at)
        else:
            body += "\treturn %s_answer(m, r);\n" % function(o)
    body += "}\nreturn RC_UNKNOWN_OP;\n"
    text += indent(body, 1) + "}\n"
    text += "\nstatic inline bool %s_dispatch(struct msg *m)\n{\n\tstruct msg r = { .w = { 0 } };\n\n\tr.w[0] = %s_request(m, &r);\n" % (name, name)
    text += "\tfor (unsigned k = 0; k < 4; k++)\n\t\tm->w[k] = r.w[k];\n"
    if any(f.type == "cap" for _, o in codes(i) for f in o.outs):
        text += "\tfor (unsigned k = 0; k < 3; k++)\n\t\tm->cap[k] = r.cap[k];\n"
    if any(f.type == "string" for _, o in codes(i) for f in o.outs):
        text += "\tm->out = r.out;\n\tm->out_len = r.out_len;\n"
    return text + "\treturn m->w[0] != RC_LATER;\n}\n"


def headers(texts):
    """{path: text}"""
    found = {"stub/%s.h" % i.name: client(texts, i) for i in texts.groups + texts.interfaces + texts.services if i.ops}
    found.update({"serve/%s.h" % i.name: server(texts, i) for i in texts.services if i.ops})
    for name in sorted({stem(e) for e in texts.errors + texts.enums if e.service}):
        mine = [enumeration(e) for e in texts.errors + texts.enums if e.service and stem(e) == name]
        found["stub/%s.h" % name] = guard("stub", name, "\n".join(mine), [])
    names = "".join("\t[%s_%s] = \"%s\", \\\n" % (e.prefix, v.name, v.short)
                    for e in texts.errors if not e.service for v in e.values if v.number < 0x100)
    found["stub/rc_names.h"] = guard("stub", "rc_names", "/* Result codes in words: what stands between the braces of an array of texts. */\n#define RC_NAMES \\\n%s\n" % names, [])
    return found
