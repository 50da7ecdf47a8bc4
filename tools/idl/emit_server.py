# SPDX-License-Identifier: Apache-2.0
"""What programs use to serve: from a request to the function that answers it, with all refused that a text forbids."""
from string import Template

from emit import codes
from emit_client import argument, ctype, function, guard, machine, protocol_of, value

SERVER = """/*
 * A server includes this once and defines serve_<operation>() for each operation. <service>_dispatch() takes a request
 * and makes the answer of it; false = there is none yet: the function returned RC_LATER, keeps the resume capability of
 * register `resume`, and answers later by <operation>_reply().
 */
"""
STATES = Template("""
static uint8_t ${m}_state[$count]; /* of each client$by_facet */
static inline enum ${m}_state ${m}_of(uint32_t facet)
{
	return ${m}_state[$index];
}
""")
LATER = Template("""
static inline void ${f}_reply($parameters)
{
	struct msg m = { .w = { RC_OK } };
$results	reply(resume, &m);
}
""")
ANSWER = Template("""
static inline uintptr_t ${f}_answer(const struct msg *m, struct msg *r)
{
$body}
""")
STEP = Template("""next = ${m}_next($at, $code);
if (next == ${M}_NR)
	return RC_REQUEST;
rc = ${f}_answer(m, r);
if (rc == RC_OK || rc == RC_LATER)
	$at = (uint8_t)next;
return rc;
""")
REQUEST = Template("""
static inline uintptr_t ${i}_request(const struct msg *m, struct msg *r)
{
$locals	switch (m->w[0]) {
$cases	}
	return RC_UNKNOWN_OP;
}

static inline bool ${i}_dispatch(struct msg *m)
{
	struct msg r = { .w = { 0 } };

	r.w[0] = ${i}_request(m, &r);
	for (unsigned k = 0; k < 4; k++)
		m->w[k] = r.w[k];
$more	return m->w[0] != RC_LATER;
}
""")
CAPS_BACK = "\tfor (unsigned k = 0; k < 3; k++)\n\t\tm->cap[k] = r.cap[k];\n"
STRING_BACK = "\tm->out = r.out;\n\tm->out_len = r.out_len;\n"


def indent(text, tabs):
    return "".join("\t" * tabs + line + "\n" for line in text.splitlines())


# ---- one operation ----


def results_of(op):
    """What its function gives back at once."""
    return [] if op.waits else op.outs


def parameters(op):
    """Of the function that answers a request."""
    found = ["uint32_t facet"] + (["unsigned resume"] if op.waits else []) + [argument(f) for f in op.ins]
    for f in results_of(op):
        if f.type == "string":
            found.append("const void **%s, size_t *%s_len" % (f.name, f.name))
        else:
            found.append("%s *%s" % ("unsigned" if f.type == "cap" else ctype(f), f.name))
    return ", ".join(found)


def put(op, m):
    """Results into a message."""
    lines = ""
    for f in op.outs:
        if f.words == 2:
            lines += "%sw[%d] = (uint32_t)%s;\n" % (m, f.first, f.name)
            lines += "%sw[%d] = (uint32_t)(%s >> 32);\n" % (m, f.first + 1, f.name)
        elif f.words:
            lines += "%sw[%d] = %s;\n" % (m, f.first, f.name)
        elif f.type == "cap":
            lines += "%scap[%d] = (uint8_t)%s;\n" % (m, f.first, f.name)
        else:
            lines += "%sout = %s;\n%sout_len = %s_len;\n" % (m, f.name, m, f.name)
    return lines


def refuse(f):
    """What is not allowed for an argument, as statements."""
    if f.type == "string":
        text = "if (m->in_sent > %du)\n\treturn RC_TOO_LONG;\n" % f.max if f.max is not None else ""
        return text + "if (m->in_sent > m->in_len)\n\treturn RC_TOO_LONG;\n"
    test = None
    if f.low is not None:
        low = "%s < %du || " % (value(f, "m->"), f.low) if f.low else ""
        test = "%s%s > %du" % (low, value(f, "m->"), f.high)
    elif f.type == "bool":
        test = "m->w[%d] > 1" % f.first
    elif f.enum and f.enum.kind == "flags":
        test = "%s & ~%s_ALL" % (value(f, "m->"), f.enum.prefix)
    return "if (%s)\n\treturn RC_REQUEST;\n" % test if test else ""


def passed(f):
    if f.type == "string":
        return "m->in, m->in_len"
    return "m->take[%d]" % f.first if f.type == "cap" else value(f, "m->")


def answer(op):
    """From a request whose sender may ask this, to its answer."""
    outs = results_of(op)
    args = ["m->facet"] + (["m->take[3]"] if op.waits else []) + [passed(f) for f in op.ins]
    args += ["&%s, &%s_len" % (f.name, f.name) if f.type == "string" else "&%s" % f.name for f in outs]
    declare = "".join("const void *%s = NULL;\nsize_t %s_len = 0;\n" % (f.name, f.name) if f.type == "string" else
                      "%s %s = 0;\n" % ("unsigned" if f.type == "cap" else ctype(f), f.name) for f in outs)
    made = "serve_%s(%s)" % (function(op), ", ".join(args))
    checks = "".join(refuse(f) for f in op.ins)
    if not outs:
        body = checks + "return %s;\n" % made
    else:
        body = declare + checks + "uintptr_t rc = %s;\n%sreturn rc;\n" % (made, put(op, "r->"))
    return ANSWER.substitute(f=function(op), body=indent(body, 1))


def later(op):
    return LATER.substitute(f=function(op), parameters=", ".join(["unsigned resume"] + [argument(f) for f in op.outs]),
                            results=indent(put(op, "m."), 1))


# ---- one service ----


def role_named(i, name):
    return next((r for r in i.roles if name and str(r.name) == str(name)), None)


def index(i, p):
    """A client's place in the states of a protocol."""
    role = role_named(i, p.role)
    return "facet - %d" % role.first if role else "0"


def states(i, p):
    role = role_named(i, p.role)
    return STATES.substitute(m=machine(i, p), count=role.last - role.first + 1 if role else 1, index=index(i, p),
                             by_facet=", by facet" if role else "")


def role_test(i, op):
    tests = ["facet == %d" % r.first if r.first == r.last else "(facet >= %d && facet <= %d)" % (r.first, r.last)
             for r in (role_named(i, name) for name in op.by)]
    return tests[0].strip("()") if len(tests) == 1 else " || ".join(tests)


def case(i, code_name, op):
    text, p = "", protocol_of(i, op)
    if op.by:
        text += "if (!(%s))\n\treturn RC_NO_ACCESS;\n" % role_test(i, op)
    if p:
        text += STEP.substitute(m=machine(i, p), M=machine(i, p).upper(), f=function(op), code=code_name,
                                at="%s_state[%s]" % (machine(i, p), index(i, p)))
    else:
        text += "return %s_answer(m, r);\n" % function(op)
    return "\tcase %s:\n%s" % (code_name, indent(text, 2))


def server(i):
    ops = [o for _, o in codes(i)]
    text = SERVER + "".join("static uintptr_t serve_%s(%s);\n" % (function(o), parameters(o)) for o in ops)
    text += "".join(states(i, p) for p in i.protocols)
    text += "".join(later(o) for o in ops if o.waits)
    text += "".join(answer(o) for o in ops)
    outs = {str(f.type) for o in ops for f in o.outs}
    locals = "\tuint32_t facet = m->facet;\n" if i.roles else ""
    locals += "\tuintptr_t rc;\n\tunsigned next;\n" if i.protocols else ""
    text += REQUEST.substitute(
        i=i.name, cases="".join(case(i, name, o) for name, o in codes(i)),
        locals=locals, more=(CAPS_BACK if "cap" in outs else "") + (STRING_BACK if "string" in outs else ""))
    return guard("serve", i.name, text, ["stub/%s.h" % i.name])


def headers(texts):
    """{path: text}"""
    return {"serve/%s.h" % i.name: server(i) for i in texts.services if i.ops}
