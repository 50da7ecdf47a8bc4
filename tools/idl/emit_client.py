# SPDX-License-Identifier: Apache-2.0
"""What programs use to call: a function for each operation, and the protocols that a client keeps to."""
import os
from string import Template

from emit import HEAD, codes, comment, defines, enumeration, message, number

TYPES = {"u64": "uint64_t", "word": "uintptr_t", "bool": "bool"}

HEADER = Template("""$head/* Made from idl/. Documentation/abi/ has what each operation does and can answer. */
#ifndef $word
#define $word

$includes$text
#endif
""")
NEXT = Template("""${comment}enum ${m}_state { $states, ${M}_NR };
static inline unsigned ${m}_next(unsigned state, uintptr_t op)
{
	switch ((uint64_t)state << 32 | op) {
$cases	}
	return ${M}_NR;
}
""")
CHECKS = Template("""#ifdef CHECK_PROTOCOLS
static uint8_t ${m}_at[32]; /* by register; starts anew with the program */
static inline void ${m}_legal(unsigned reg, uintptr_t op)
{
	if (${m}_next(${m}_at[reg & 31], op) == ${M}_NR)
		protocol_broken("${m}", ${m}_at[reg & 31], op);
}
static inline void ${m}_step(unsigned reg, uintptr_t op)
{
	${m}_at[reg & 31] = (uint8_t)${m}_next(${m}_at[reg & 31], op);
}
#else
#define ${m}_legal(reg, op) ((void)0)
#define ${m}_step(reg, op) ((void)0)
#endif
""")
WORDS = Template("""static inline const char *${name}_rc_name(uintptr_t rc)
{
	switch (rc) {
$cases	}
	return rc_name(rc);
}
""")


def ctype(field):
    return TYPES.get(str(field.type), "uint32_t")


def function(op):
    """OP_PAGE_READ -> page_read"""
    return ("%s_%s" % (op.owner.prefix or op.owner.name, op.name)).lower()


def is_record(field):
    """Is it a string that is one struct?"""
    return field.type == "string" and field.struct and not field.many


def guard(folder, name, text, includes):
    lines = "".join("#include <%s>\n" % i for i in includes)
    return HEADER.substitute(head=HEAD, word="%s_%s_H" % (folder.upper(), name.upper()), text=text,
                             includes=lines + "\n" if lines else "")


# ---- one operation ----


def word_args(op):
    """The words of a request as expressions, w1 up."""
    found = []
    for f in op.ins:
        if f.words == 2:
            found += ["(uint32_t)%s" % f.name, "(uint32_t)(%s >> 32)" % f.name]
        elif f.words:
            found.append(str(f.name))
    return found


def argument(f):
    if f.type == "string":
        return "const void *%s, size_t %s_len" % (f.name, f.name)
    return "%s %s" % ("unsigned" if f.type == "cap" else ctype(f), f.name)


def result(f):
    if f.type == "cap":
        return "unsigned %s" % f.name
    if is_record(f):
        return "struct %s *%s" % (f.struct, f.name)
    if f.type == "string":
        what = "struct " + f.struct if f.struct else "void"
        return "%s *%s, size_t %s_max, size_t *%s_len" % (what, f.name, f.name, f.name)
    return "%s *%s" % (ctype(f), f.name)


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


def registers(fields):
    return ", ".join("(uint8_t)%s" % f.name for f in fields if f.type == "cap")


def initialiser(name, op):
    parts = [".w = { %s }" % ", ".join([name] + word_args(op))]
    if registers(op.ins):
        parts.append(".cap = { %s }" % registers(op.ins))
    if registers(op.outs):
        parts.append(".take = { %s }" % registers(op.outs))
    parts += [".out = %s, .out_len = %s_len" % (f.name, f.name) for f in op.ins if f.type == "string"]
    for f in op.outs:
        if f.type == "string":
            size = "sizeof *%s" if is_record(f) else "%s_max"
            parts.append(".in = %s, .in_max = %s" % (f.name, size % f.name))
    return ", ".join(parts)


def results(op):
    lines = ""
    for f in op.outs:
        if f.words:
            lines += "\t*%s = %s;\n" % (f.name, value(f, "m."))
        elif f.type == "string" and not is_record(f):
            lines += "\t*%s_len = m.in_len;\n" % f.name
    return lines


def stub(name, op, protocol):
    parameters = ["unsigned reg"] + [argument(f) for f in op.ins] + [result(f) for f in op.outs]
    text = comment("%s%s" % (op.doc, " [%s]" % message(op) if message(op) else ""))
    text += "static inline uintptr_t %s(%s)\n{\n" % (function(op), ", ".join(parameters))
    small = None if protocol else short(name, op)
    if small:
        return text + "\treturn %s;\n}\n" % small
    text += "\tstruct msg m = { %s };\n" % initialiser(name, op)
    text += "".join("\t*%s = (struct %s){ 0 };\n" % (f.name, f.struct) for f in op.outs if is_record(f))
    if protocol:
        text += "\t%s_legal(reg, %s);\n" % (protocol, name)
    text += "\tcall(reg, &m);\n"
    if protocol:
        text += "\tif (m.w[0] == RC_OK)\n\t\t%s_step(reg, %s);\n" % (protocol, name)
    return text + results(op) + "\treturn m.w[0];\n}\n"


# ---- one interface ----


def stem(e):
    """The header of the numbers that stand in one file with services."""
    return os.path.basename(e.at[0]).rsplit(".", 1)[0] + "_numbers"


def own_numbers(texts):
    return [e for e in texts.errors + texts.enums if e.service]


def includes(texts, i):
    found = ["abi/process.h"] if any(f.struct for _, o in codes(i) for f in o.ins + o.outs) else []
    found += ["invoke.h", "stdbool.h"]
    found += ["stub/%s.h" % g.name for g in i.groups] if i.kind == "interface" else []
    return found + sorted({"stub/%s.h" % stem(e) for e in own_numbers(texts) if e.at[0] == i.at[0]})


def service_numbers(i):
    text = defines([(name, number(o.number), message(o)) for name, o in codes(i)]) if i.prefix else ""
    rows = []
    for r in i.roles:
        base = "%s_AS_%s" % (i.prefix or i.name.upper(), str(r.name).upper())
        many = r.last > r.first
        rows.append((base, number(r.first), "%s of %s" % ("first facets" if many else "facet", r.doc or r.name)))
        if many:
            rows.append((base + "_LAST", number(r.last), ""))
    return text + (defines(rows) if rows else "")


def protocol_of(i, op):
    return next((p for p in i.protocols if any(str(name) == op.name for s in p.states for name, _ in s.steps)), None)


def machine(i, p):
    return "_".join([str(i.name)] + ([str(p.role)] if p.role else []))


def transitions(i, p):
    """The next state, or NR for what is not legal. The start state is 0, so that nothing has to be initialised."""
    m, number_of = machine(i, p), {str(o.name): name for name, o in codes(i)}
    order = sorted(p.states, key=lambda s: s.kind != "start")
    cases = "".join("\tcase (uint64_t)%s_%s << 32 | %s: return %s_%s;\n" % (
        m.upper(), s.name.upper(), number_of[str(op)], m.upper(), to.upper()) for s in order for op, to in s.steps)
    who = "a client in the role " + p.role if p.role else "a client"
    head = comment(("The protocol of %s. %s" % (who, p.doc)).strip())
    return NEXT.substitute(m=m, M=m.upper(), cases=cases, comment=head,
                           states=", ".join("%s_%s" % (m.upper(), s.name.upper()) for s in order))


def client(texts, i):
    """The header of stubs of one interface, group or service."""
    text = comment(i.doc)
    if i.kind == "service":
        text += service_numbers(i)
    if i.protocols:
        text += "\n"
    for p in i.protocols:
        text += transitions(i, p) + CHECKS.substitute(m=machine(i, p), M=machine(i, p).upper())
    names = {id(o): name for name, o in codes(i)}
    for o in i.ops:
        p = protocol_of(i, o)
        text += "\n" + stub(names[id(o)], o, machine(i, p) if p else None)
    return guard("stub", i.name, text, includes(texts, i))


def rc_names(texts):
    names = "".join('\t[%s_%s] = "%s", \\\n' % (e.prefix, v.name, v.short)
                    for e in texts.errors if not e.service for v in e.values if v.number < 0x100)
    head = "/* Result codes in words: what stands between the braces of an array of texts. */\n#define RC_NAMES \\\n"
    return guard("stub", "rc_names", head + names + "\n", [])


def words(e):
    """The words of a service's errors; those of the kernel's are in the runtime library."""
    if e.kind != "errors":
        return ""
    cases = "".join('\tcase %s_%s: return "%s";\n' % (e.prefix, v.name, v.short) for v in e.values)
    return WORDS.substitute(name=e.name, cases=cases)


def headers(texts):
    """{path: text}"""
    found = {"stub/%s.h" % i.name: client(texts, i) for i in texts.groups + texts.interfaces + texts.services if i.ops}
    for name in sorted({stem(e) for e in own_numbers(texts)}):
        mine = [enumeration(e) + words(e) for e in own_numbers(texts) if stem(e) == name]
        found["stub/%s.h" % name] = guard("stub", name, "\n".join(mine), ["invoke.h"])
    found["stub/rc_names.h"] = rc_names(texts)
    return found
