# SPDX-License-Identifier: Apache-2.0
"""What a set of texts must keep to beside the grammar; and what follows from them: where each argument stands, and
which errors an operation has by its arguments."""
import difflib

from model import Enum, Interface, Thing, WORD_TYPES, Refused, code

# Operations below are free to interfaces; those above belong to what every object has, and to faults.
RESERVED = 0xffff0000
# The longest string of a message, and of a reply of the kernel: one frame.
STRING_MOST, FRAME = 65536, 4096
KEYWORDS = set("auto break case char const continue default do double else enum extern float for goto if inline int "
               "long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile "
               "while".split())
# What generated functions have beside the arguments.
OURS = {"reg", "m"}
SERVERS = {"r", "rc", "facet", "resume"}
RIGHTS = {"store": "read-only", "slot": "opaque"}


class Set:
    """All texts of a folder together."""

    def __init__(self, items):
        self.items = items
        self.problems = []
        self.errors = [i for i in items if isinstance(i, Enum) and i.kind == "errors"]
        self.enums = [i for i in items if isinstance(i, Enum) and i.kind != "errors"]
        everything = [i for i in items if isinstance(i, Interface)]
        self.interfaces = sorted((i for i in everything if i.kind == "interface" and i.number is not None),
                                 key=lambda i: i.number)
        self.groups = [i for i in everything if i.kind == "group"]
        self.services = [i for i in everything if i.kind == "service"]
        self.everything = everything
        self.codes = {}

    def wrong(self, at, what):
        self.problems.append((at, what))

    def known(self, name, table, what):
        """The entry of this name, or None with an error that suggests one."""
        if str(name) in table:
            return table[str(name)]
        near = difflib.get_close_matches(str(name), list(table), 1)
        self.wrong(name.at, 'there is no %s "%s"%s' % (what, name, '; is "%s" meant?' % near[0] if near else ""))
        return None

    def unique(self, things, what, key=lambda t: str(t.name)):
        seen = {}
        for t in things:
            k = key(t)
            if k in seen:
                first = seen[k].at
                self.wrong(getattr(t, "number_at", t.at) if isinstance(k, int) else t.at,
                           "%s %s is taken by %s (%s:%d)" % (what, k, seen[k].name, first[0], first[1]))
            seen.setdefault(k, t)

    # ---- the parts ----

    def check(self):
        """Raises Refused with all that is wrong."""
        self.unique(self.items, "the name")
        self.unique(self.interfaces, "the type number", lambda i: i.number)
        self.codes = {str(v.name): v for e in self.errors for v in e.values}
        self.enum_named = {str(e.name): e for e in self.enums}
        if self.interfaces:
            self.enum_named["cap_type"] = self.types()
        self.group_named = {str(g.name): g for g in self.groups}
        self.type_named = {str(i.name): i for i in self.interfaces}
        self.unique([v for e in self.errors for v in e.values], "the error", lambda v: str(v.name))
        for e in self.errors + self.enums:
            self.enum(e)
        for i in self.everything:
            self.interface(i)
        self.constants()
        if self.problems:
            raise Refused(sorted(self.problems, key=lambda p: p[0]))
        return self

    def constants(self):
        """Every number has a name of its own in C. What has one twice at home was refused there."""
        names = {}
        for i in self.errors + self.enums + self.everything:
            enum = isinstance(i, Enum)
            for v in i.values if enum else i.ops:
                name = "%s_%s" % (i.prefix, v.name) if enum else code(i, v)
                if names.setdefault(name, (i, v))[0] is not i:
                    first = names[name][1].at
                    self.wrong(v.at, "the name %s is taken (%s:%d)" % (name, first[0], first[1]))

    def types(self):
        """The enumeration of capability types, which are the interfaces' numbers."""
        e = Enum(self.interfaces[0].name, "Types of capabilities.")
        e.name, e.kind, e.prefix, e.values = "cap_type", "enum", "CT", []
        for i in self.interfaces:
            v = Thing(i.name)
            v.name, v.number = str(i.name).upper(), i.number
            e.values.append(v)
        v = Thing(self.interfaces[-1].name)
        v.name, v.number = "NR", self.interfaces[-1].number + 1
        e.values.append(v)
        return e

    def enum(self, e):
        self.unique(e.values, "the name")
        self.unique(e.values, "the number", lambda v: v.number)
        for v in e.values:
            if v.number > 0xffffffff:
                self.wrong(v.number_at, "%d does not fit 32 bits" % v.number)
            if e.kind == "flags" and (v.number == 0 or v.number & (v.number - 1)):
                self.wrong(v.number_at, "a flag is one bit: %d is not a power of two" % v.number)
            if e.kind == "errors" and not v.doc:
                self.wrong(v.at, "%s has no description (///)" % v.name)
            if e.kind == "errors" and e.service and "USER" in self.codes and v.number < self.codes["USER"].number:
                self.wrong(v.number_at, "a service's own errors are numbered from 0x%x" % self.codes["USER"].number)

    def interface(self, i):
        if not i.doc:
            self.wrong(i.at, "%s has no description (///)" % i.name)
        if i.kind == "interface" and i.number is None:
            self.wrong(i.at, "an interface of the kernel has the number of its type: interface %s = N" % i.name)
        if i.kind != "interface" and i.number is not None:
            self.wrong(i.number_at, "a %s has no type number" % i.kind)
        if i.kind == "interface" and i.number is not None and i.number > 255:
            self.wrong(i.number_at, "a type number is at most 255")
        if i.ops and not i.prefix and i.kind == "interface":
            self.wrong(i.at, "%s has operations, so it needs a prefix" % i.name)
        i.groups = [g for g in (self.known(u, self.group_named, "group") for u in i.uses) if g]
        if i.kind == "group" and i.uses:
            self.wrong(i.uses[0].at, "a group uses no other group")
        if i.kind != "service" and i.roles + i.protocols:
            self.wrong((i.roles + i.protocols)[0].at, "only a service has roles and protocols")
        i.all_ops = [o for g in i.groups for o in g.ops] + i.ops
        self.unique(i.all_ops, "the operation")
        self.unique(i.all_ops, "the number", lambda o: o.number)
        self.unique(i.roles, "the role")
        for name, _ in i.errors:
            self.known(name, self.codes, "error")
        for name, op, _ in i.one_errors:
            self.known(name, self.codes, "error")
            self.known(op, {str(o.name): o for g in i.groups for o in g.ops}, "operation of a group that %s uses," % i.name)
        for r in i.roles:
            if r.first > r.last or r.last > 0x1000000:
                self.wrong(r.number_at, "facets go up, to 0xffffff")
        for o in i.ops:
            o.owner = i
            self.op(i, o)
        roles = {str(r.name): r for r in i.roles}
        for o in i.ops:
            for name in o.by:
                self.known(name, roles, "role")
        self.unique([p for p in i.protocols], "the protocol of", lambda p: str(p.role or "every client"))
        for p in i.protocols:
            self.protocol(i, p, roles)
        where = {}
        for p in i.protocols:
            for name in sorted({op for s in p.states for op, _ in s.steps}, key=lambda n: n.at):
                if where.setdefault(str(name), p) is not p:
                    self.wrong(name.at, "%s is in the protocol of %s, too: a client could not know in which it is"
                               % (name, where[str(name)].role))

    def op(self, i, o):
        if not o.doc:
            self.wrong(o.at, "the operation %s has no description (///)" % o.name)
        if i.prefix and not 0 < o.number < RESERVED:
            self.wrong(o.number_at, "operations are numbered from 1 to 0xfffeffff")
        elif not i.prefix and not RESERVED <= o.number <= 0xffffffff:
            self.wrong(o.number_at, "without a prefix an operation is numbered from 0xffff0000 up")
        elif i.kind != "service" and i.prefix and o.number > 255:
            self.wrong(o.number_at, "the kernel's operations are numbered from 1 to 255")
        self.unique(o.ins + o.outs, "the name")
        for f in o.ins + o.outs:
            if str(f.name) in KEYWORDS:
                self.wrong(f.at, "%s is a word of C: generated code could not use it" % f.name)
            if str(f.name) in OURS or i.kind == "service" and str(f.name) in SERVERS:
                self.wrong(f.at, "generated code has a %s of its own: take another name" % f.name)
        for name in o.needs:
            if i.kind == "service":
                self.wrong(name.at, "a service's capabilities have no rights: say by which role")
            self.known(name, RIGHTS, "right to need")
        self.place(i, o, o.ins, "argument", 3)
        self.place(i, o, o.outs, "result", 3 if i.kind == "service" else 4)
        for _, values in o.tries:
            self.tried(i, o, values)
        derived = self.derived(i, o)
        mine = {}
        for name, cause in o.errors:
            if self.known(name, self.codes, "error") and str(name) in mine:
                self.wrong(name.at, "%s has %s twice: say both causes in one" % (o.name, name))
            mine[str(name)] = cause
        o.all_errors = [(n, c) for n, c in derived if n in self.codes]
        for name, cause in o.errors:
            before = [k for k, (n, _) in enumerate(o.all_errors) if n == name]
            if before:
                o.all_errors[before[0]] = (str(name), o.all_errors[before[0]][1] + "; " + cause)
            else:
                o.all_errors.append((str(name), str(cause)))
        o.all_errors.sort(key=lambda e: self.codes[e[0]].number if e[0] in self.codes else 0)

    def tried(self, i, o, values):
        """What stands behind "try": arguments with their values. A string's is its length, a capability's its type."""
        fields = {str(f.name): f for f in o.ins}
        for name, value in values:
            f = self.known(name, fields, "argument of %s" % o.name)
            if i.kind == "service":
                self.wrong(name.at, "only the kernel's operations are tried")
            if not f:
                continue
            known = set(self.type_named) if f.type == "cap" else None
            if f.enum:
                known = {str(v.name) for v in f.enum.values}
            if value[0].isdigit():
                if f.type == "cap":
                    self.wrong(value.at, "a capability is tried by its type")
                elif int(value, 0) >= 1 << (64 if f.words == 2 else 32):
                    self.wrong(value.at, "%s does not fit %s" % (value, f.type))
            elif known is None:
                self.wrong(value.at, "%s is a number" % name)
            else:
                self.known(value, dict.fromkeys(known), "value of %s" % name)

    def place(self, i, o, fields, what, caps_most):
        word, cap, strings = 1, 0, 0
        for f in fields:
            if f.type == "cap":
                f.first, cap = cap, cap + 1
                if cap > caps_most:
                    self.wrong(f.at, "a message has room for %d capabilities as %ss: %s is one more"
                               % (caps_most, what, f.name))
                if f.types and i.kind == "service":
                    self.wrong(f.types[0].at, "a program cannot see the type of a capability: its operations take any")
                f.types = [t for t in f.types
                           if str(t) == "same" or self.known(t, self.type_named, "type of capability")]
            elif f.type == "string":
                strings += 1
                if strings > 1:
                    self.wrong(f.at, "a message has one string: %s is a second" % f.name)
                most = FRAME if i.kind != "service" else STRING_MOST
                if f.max is not None and f.max > most:
                    self.wrong(f.max_at, "a string has at most %d bytes here" % most)
            else:
                if str(f.type) not in WORD_TYPES:
                    f.enum = self.known(f.type, dict(self.enum_named, **{t: None for t in WORD_TYPES}), "type")
                f.words = 2 if f.type == "u64" else 1
                f.first, word = word, word + f.words
                if word > 4:
                    self.wrong(f.at, "a message has room for three words as %ss: %s is one more" % (what, f.name))
            self.range(f)

    def range(self, f):
        if f.low is None and f.type in ("u8", "u16"): # said by its type
            f.low, f.high, f.range_at = 0, (1 << WORD_TYPES[f.type]) - 1, f.at
        if f.low is None:
            return
        if f.type not in ("u8", "u16", "u32", "word"):
            self.wrong(f.range_at, "only a number has a range")
        elif f.low > f.high:
            self.wrong(f.range_at, "an empty range: %d to %d" % (f.low, f.high))
        elif f.high >= 1 << WORD_TYPES[f.type]:
            self.wrong(f.range_at, "%d does not fit %s" % (f.high, f.type))

    def derived(self, i, o):
        """The errors that an operation has by what it needs and takes."""
        found = []

        def add(name, cause):
            same = [k for k, (n, _) in enumerate(found) if n == name]
            if same:
                found[same[0]] = (name, found[same[0]][1] + "; " + cause)
            else:
                found.append((name, cause))
        for right in o.needs:
            add("NO_ACCESS", "the capability is %s" % RIGHTS.get(str(right), right))
        if o.by:
            add("NO_ACCESS", "the facet is no %s's" % " or ".join(o.by))
        for f in o.ins:
            if f.low is not None:
                add("REQUEST", "`%s` is over %s" % (f.name, number(f.high)) if not f.low
                    else "`%s` is not %s to %s" % (f.name, number(f.low), number(f.high)))
            elif f.type == "bool":
                add("REQUEST", "`%s` is neither 0 nor 1" % f.name)
            elif f.enum and f.enum.kind == "flags":
                add("REQUEST", "`%s` has a bit that is none of %s_*" % (f.name, f.enum.prefix))
            elif f.types:
                add("BAD_CAP", "`%s` is %s, or its object is gone" % (f.name, not_a(f.types)))
            elif f.type == "string" and f.max is not None:
                add("TOO_LONG", "`%s` has over %d bytes" % (f.name, f.max))
        if any(str(op) == str(o.name) for p in i.protocols for s in p.states for op, _ in s.steps):
            add("REQUEST", "the client is in a state of the protocol in which it is not legal")
        if o.waits and i.kind == "service":
            return found
        if o.waits:
            add("WOULD_BLOCK", "it would have to wait and the invocation is prompt")
            add("REQUEST", "it would have to wait and the invocation is no call")
        return found

    # ---- protocols ----

    def protocol(self, i, p, roles):
        ops = {str(o.name): o for o in i.ops}
        states = {str(s.name): s for s in p.states}
        if p.role:
            self.known(p.role, roles, "role")
        elif i.roles:
            self.wrong(p.at, "%s has roles: say whose protocol this is" % i.name)
        self.unique(p.states, "the state")
        starts = [s for s in p.states if s.kind == "start"]
        if len(starts) != 1:
            at = starts[1].at if starts else p.at
            self.wrong(at, "a protocol has one start state, this one has %d" % len(starts))
        for s in p.states:
            seen = {}
            for op, to in s.steps:
                o = self.known(op, ops, "operation of %s" % i.name)
                self.known(to, states, "state")
                if str(op) in seen:
                    self.wrong(op.at, "in the state %s, %s leads to two places" % (s.name, op))
                if o and p.role and [str(b) for b in o.by] != [str(p.role)]:
                    self.wrong(op.at, "%s is not by the role %s alone" % (op, p.role))
                seen[str(op)] = to
        if len(starts) == 1 and all(str(to) in states for s in p.states for _, to in s.steps):
            self.reachability(p, states, starts[0])

    def reachability(self, p, states, start):
        steps = {n: {str(to) for _, to in s.steps} for n, s in states.items()}
        reached = closure({str(start.name)}, steps)
        back = {n: {m for m in steps if n in steps[m]} for n in steps}
        good = closure({n for n, s in states.items() if s.kind == "end"} | {str(start.name)}, back)
        for n, s in states.items():
            if n not in reached:
                self.wrong(s.at, "the state %s cannot be reached from %s" % (n, start.name))
            elif s.kind == "end":
                if s.steps:
                    self.wrong(s.at, "the end state %s has operations" % n)
            elif n not in good or not steps[n]:
                self.wrong(s.at, "the state %s is a dead end: nothing leads from it back to %s or to an end state"
                           % (n, start.name))


def closure(have, steps):
    todo = list(have)
    while todo:
        for n in steps.get(todo.pop(), ()):
            if n not in have:
                have.add(n)
                todo.append(n)
    return have


def number(n):
    return "%d" % n if n < 0x10000 else "0x%x" % n


def not_a(types):
    if [str(t) for t in types] == ["same"]:
        return "not of the type of the capability invoked"
    return "no %s capability" % " or ".join(types)
