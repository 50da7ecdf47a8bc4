# SPDX-License-Identifier: Apache-2.0
"""What a text in the interface language means: plain objects, made from the parse tree, each with its place."""
import os

import lark

WORD_TYPES = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "word": 32, "bool": 1}


class Name(str):
    """A word of the text that knows where it stands."""

    def __new__(cls, token, file, value=None):
        self = super().__new__(cls, str(token) if value is None else value)
        self.at = (file, token.line, token.column, len(str(token).split("\n")[0]))
        return self


class Thing:
    """Something with a name, a place and a description."""

    def __init__(self, name, doc=""):
        self.name, self.at, self.doc = name, name.at, doc


class Error(Thing):
    """One number of an enumeration of errors: words for people, and its cause in any invocation, if it has one."""


class Enum(Thing):
    """kind: enum, flags or errors. values: Things with .number"""


class Field(Thing):
    """One argument or result. type: word, u64, cap, string; words: how many message words; first: the first of them, or
    the capability's place. enum, low, high, types, max, struct: what narrows it."""


class Op(Thing):
    pass


class Interface(Thing):
    """kind: interface (of the kernel), group (operations that several have) or service (of a program)."""


def code(interface, op):
    """The name of an operation's number."""
    parts = ["OP"] if interface.kind != "service" or not interface.prefix else []
    if interface.prefix:
        parts.append(str(interface.prefix))
    return "_".join(parts + [str(op.name).upper()])


class Refused(Exception):
    """A text that is not well formed. problems: a list of (place, what)."""

    def __init__(self, problems):
        super().__init__()
        self.problems = problems


def show(place, what, text):
    """An error for people: where, what, the line and a caret under it."""
    file, line, column, length = place
    lines = text.split("\n")
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    lead = "".join("\t" if c == "\t" else " " for c in source[:column - 1])
    tail = "~" * (min(length, max(len(source) - column + 1, 1)) - 1)
    return "%s:%d:%d: error: %s\n%s\n%s^%s" % (file, line, column, what, source, lead, tail)


# What the grammar's words are called in messages.
TERMINALS = {
    "LBRACE": '"{"', "RBRACE": '"}"', "SEMICOLON": '";"', "EQUAL": '"="', "COLON": '":"', "COMMA": '","', "VBAR": '"|"',
    "LESSTHAN": '"<"', "__ANON_0": '".."', "__ANON_1": '"->"', "MANY": '"[]"', "NAME": "a name", "INT": "a number",
    "STRING": "a text in quotes", "DOC": "a description (///)", "$END": "the end", "ENUM_KIND": '"enum", "flags"',
    "STATE_KIND": '"start", "state", "end"', "INTERFACE_KIND": '"interface", "group", "service"',
}


class Builder:
    """From the parse tree to the objects of one file."""

    def __init__(self, file):
        self.file = file
        self.items = []

    def name(self, token):
        return Name(token, self.file)

    def text(self, token):
        """The pieces of a text in quotes, with a space between them."""
        return Name(token, self.file, " ".join(str(token).split('"')[1::2]))

    @staticmethod
    def doc(token):
        return " ".join(line.strip()[3:].strip() for line in str(token).split("\n")) if token else ""

    def split(self, tree):
        """(description, tokens, subtrees) of a tree."""
        tokens = [c for c in tree.children if isinstance(c, lark.Token)]
        doc = self.doc(tokens.pop(0)) if tokens and tokens[0].type == "DOC" else ""
        return doc, tokens, [c for c in tree.children if isinstance(c, lark.Tree)]

    def build(self, tree):
        for child in tree.children:
            self.items.append(getattr(self, child.data)(child))
        return self.items

    def errors(self, tree):
        doc, (name, prefix), codes = self.split(tree)
        e = Enum(self.name(name), doc)
        e.kind, e.prefix, e.values = "errors", self.name(prefix), []
        for code in codes:
            doc, (name, number, short), every = self.split(code)
            v = Error(self.name(name), doc)
            v.number, v.number_at, v.short = int(number, 0), self.name(number).at, self.text(short)
            v.every = self.text(every[0].children[0]) if every else None
            e.values.append(v)
        return e

    def enumeration(self, tree):
        doc, (kind, name, prefix), values = self.split(tree)
        e = Enum(self.name(name), doc)
        e.kind, e.prefix, e.values = str(kind), self.name(prefix), []
        for value in values:
            doc, (name, number), _ = self.split(value)
            v = Thing(self.name(name), doc)
            v.number, v.number_at = int(number, 0), self.name(number).at
            e.values.append(v)
        return e

    def interface(self, tree):
        doc, (kind, name), parts = self.split(tree)
        i = Interface(self.name(name), doc)
        i.kind, i.number, i.prefix, i.restart = str(kind), None, None, None
        i.uses, i.ops, i.roles, i.protocols, i.errors, i.one_errors = [], [], [], [], [], []
        for part in parts:
            doc, tokens, subs = self.split(part)
            if part.data == "number":
                i.number, i.number_at = int(tokens[0], 0), self.name(tokens[0]).at
            elif part.data == "prefix":
                i.prefix = self.name(tokens[0])
            elif part.data == "use":
                i.uses.append(self.name(tokens[0]))
            elif part.data == "restart":
                i.restart = self.text(tokens[0])
            elif part.data == "op_error":
                i.errors.append((self.name(tokens[0]), self.text(tokens[1])))
            elif part.data == "one_error":
                i.one_errors.append((self.name(tokens[0]), self.name(tokens[1]), self.text(tokens[2])))
            elif part.data == "op":
                i.ops.append(self.op(doc, tokens, subs))
            elif part.data == "role":
                r = Thing(self.name(tokens[0]), doc)
                r.first, r.last = int(tokens[1], 0), int(tokens[-1], 0)
                r.number_at = self.name(tokens[1]).at
                i.roles.append(r)
            else:
                i.protocols.append(self.protocol(part, doc, tokens, subs))
        return i

    def op(self, doc, tokens, clauses):
        o = Op(self.name(tokens[0]), doc)
        o.number, o.number_at = int(tokens[1], 0), self.name(tokens[1]).at
        o.ins, o.outs, o.needs, o.by, o.errors, o.tries, o.limits = [], [], [], [], [], [], []
        o.waits = o.restart = None
        for c in clauses:
            if c.data in ("inputs", "outputs"):
                (o.ins if c.data == "inputs" else o.outs).extend(self.field(f) for f in c.children)
            elif c.data in ("needs", "by"):
                getattr(o, c.data).extend(self.name(t) for t in c.children)
            elif c.data == "op_error":
                o.errors.append((self.name(c.children[0]), self.text(c.children[1])))
                for tried in c.children[2:]:
                    values = [tuple(self.name(t) for t in v.children) for v in tried.children]
                    o.tries.append((self.name(c.children[0]), values))
            elif c.data == "limit":
                o.limits.append(self.text(c.children[0]))
            else:
                setattr(o, str(c.data), self.text(c.children[0]))
        return o

    def field(self, tree):
        _, tokens, (kind, *ranges) = self.split(tree)
        f = Field(self.name(tokens[0]))
        f.low = f.high = f.enum = f.max = f.struct = None
        f.types, f.words, f.first, f.many = [], 0, None, False
        tokens = [t for t in kind.children if t is not None]
        if kind.data == "cap_type":
            f.type, f.types = "cap", [self.name(t) for t in tokens]
        elif kind.data == "string_type":
            f.type = "string"
            for t in tokens:
                if t.type == "INT":
                    f.max, f.max_at = int(t, 0), self.name(t).at
                elif t.type == "MANY":
                    f.many = True
                else:
                    f.struct = self.name(t)
        else:
            f.type = self.name(tokens[0])
        for r in ranges:
            numbers = [int(t, 0) for t in r.children]
            f.low, f.high = (0, numbers[0] - 1) if r.data == "below" else numbers
            f.range_at = self.name(r.children[0]).at
        return f

    def protocol(self, tree, doc, tokens, states):
        at = tokens[0] if tokens else lark.Token("NAME", "", line=tree.meta.line, column=tree.meta.column)
        p = Thing(self.name(at), doc)
        p.role, p.states = (self.name(tokens[0]) if tokens else None), []
        for s in states:
            _, (kind, name), steps = self.split(s)
            state = Thing(self.name(name))
            state.kind, state.steps = str(kind), []
            for step in steps:
                names = [self.name(t) for t in step.children]
                state.steps.append((names[0], names[-1] if len(names) > 1 else state.name))
            p.states.append(state)
        return p


def parser():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "grammar.lark"), encoding="utf-8") as f:
        return lark.Lark(f.read(), parser="lalr", propagate_positions=True)


def expected(error):
    words = sorted(TERMINALS.get(n, '"%s"' % n.lower()) for n in error)
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def read(grammar, file, text):
    """The items of one file. Refused if it does not follow the grammar."""
    try:
        return Builder(file).build(grammar.parse(text))
    except lark.exceptions.UnexpectedToken as e:
        if e.token.type == "$END":
            lines = text.rstrip("\n").split("\n")
            place, found = (file, len(lines), len(lines[-1]) + 1, 1), "the file ends"
        else:
            word = str(e.token).split("\n")[0]
            place, found = (file, e.token.line, e.token.column, len(word)), 'there is "%s"' % word
        raise Refused([(place, "%s where %s is expected" % (found, expected(e.accepts or e.expected)))])
    except lark.exceptions.UnexpectedCharacters as e:
        if e.char == '"':
            what = "a text in quotes where %s is expected" % expected(e.allowed or ())
            if not e.allowed or "STRING" in e.allowed:
                what = "this text has no end on its line"
            raise Refused([((file, e.line, e.column, 1), what)])
        raise Refused([((file, e.line, e.column, 1), 'a word of the language cannot begin with "%s"' % e.char)])
