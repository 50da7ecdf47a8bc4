# SPDX-License-Identifier: Apache-2.0
"""Follows every path through the functions: what is committed, what stalls, what is reserved, which error comes out.

A value is a number, ERROR (some enum rc but RC_OK), or unknown (not listed). A state is (committed, reserved, stalled,
values); a function's outcomes are the (result, committed, reserved) that its paths can end with, computed once for each set
of constant arguments. Conditions on known values decide, all others go both ways.
"""
import re

STALL, OK, ERROR = -1, 0, "error"
NUMBER = re.compile(r"^-?\d+$")
VARIABLE = re.compile(r"^(?:D\.\d+|iftmp\.\d+|[A-Za-z_]\w*\.\d+_\d+|[A-Za-z_]\w*)$")
COMPARE = re.compile(r"^(\S+) (==|!=|<|<=|>|>=|&|\|) (\S+)$")
CAST = re.compile(r"^\([a-zA-Z_ ]+\) (\S+)$")

# What is called through a pointer, by the name of its field: (result, commits, reserves).
HANDLER = {(OK, 1, 0), (ERROR, 0, 0), (STALL, 0, 0)}
INDIRECT = {
    "perform": HANDLER,
    "make_dirty": {(OK, 0, 1), (STALL, 0, 0), (ERROR, 0, 0)},
    "fetch": {(OK, 0, 0), (ERROR, 0, 0)},
}
# Where a try ends: what stalled has been put on its queue.
TRY_ENDS = {"op_end", "act_stall"}
# These write what invariant P1 or the hardware's entries keep dirty.
ALWAYS_RESERVED = {"context_node", "context_caps", "copy_out"}
WRITES = {"node_writable", "page_writable"}


class Paths:
    def __init__(self, program, report):
        self.program, self.report = program, report
        self.memo, self.chain, self.entry = {}, [], [0]
        self.addressed = {}

    # ---- values ----

    def value(self, text, values, committed):
        text = text.strip()
        if NUMBER.match(text):
            return int(text)
        if text == "0B":
            return 0
        if text.endswith("->fetch_rc"):
            return ERROR # why it could not be fetched
        if text == "cpu0.committed":
            return 1 if committed else 0
        if text in values:
            return values[text]
        match = CAST.match(text)
        if match:
            return self.value(match.group(1), values, committed)
        if text.startswith("~"):
            inner = self.value(text[1:], values, committed)
            return 1 - inner if inner in (0, 1) else None
        match = COMPARE.match(text)
        if match:
            return self.compare(self.value(match.group(1), values, committed), match.group(2),
                                self.value(match.group(3), values, committed))
        return None

    @staticmethod
    def compare(a, op, b):
        if op in ("&", "|"):
            if a in (0, 1) and b in (0, 1):
                return a & b if op == "&" else a | b
            if op == "&" and (a == 0 or b == 0):
                return 0
            return None
        if a is None or b is None:
            return None
        if a == ERROR or b == ERROR:
            if a == b:
                return None
            other = b if a == ERROR else a
            if op in ("==", "!=") and other <= 0:
                return int(op == "!=")
            return None
        return int({"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op])

    def local(self, f, name):
        """May its value be followed? Not if something else can change it."""
        if not VARIABLE.match(name):
            return False
        if f not in self.addressed:
            self.addressed[f] = {m for s in f.statements() for m in re.findall(r"&([A-Za-z_]\w*)", s.text)}
        return name not in self.addressed[f]

    # ---- calls ----

    def indirect(self, f, temp):
        for s in f.statements():
            if s.to == temp and s.value:
                match = re.search(r"(?:->|\.)(\w+)$", s.value) or re.search(r"^(\w+)\[", s.value)
                if match and match.group(1) in INDIRECT:
                    return INDIRECT[match.group(1)]
        return None

    def call(self, f, s, values, committed, reserved):
        """The outcomes of one call: (result, committed, reserved) each."""
        found = self.call_found(f, s, values, committed, reserved)
        if not committed or self.entry[-1]:
            return found # what goes wrong is told where the commit was
        if any(r == STALL for r, _, _ in found):
            self.report(1, s.place, "%s calls %s(), which can stall, after the commit" % (f.name, s.fn), self.chain)
        if any(c > 1 for _, c, _ in found):
            self.report(3, s.place, "%s commits a second time, by %s()" % (f.name, s.fn), self.chain)
        return found

    def call_found(self, f, s, values, committed, reserved):
        if s.fn == "inv_commit":
            return {(None, min(committed + 1, 2), reserved)}
        if s.fn == "stall_on":
            return {(STALL, committed, reserved)}
        if s.fn in WRITES and not reserved and f.name not in ALWAYS_RESERVED and self.of_operations(f):
            self.report(6, s.place, "%s writes what has not been made dirty" % f.name, self.chain)
        callee = self.program.find(s.fn, f)
        if callee is None:
            known = self.indirect(f, s.fn)
            if not known:
                return {(None, committed, reserved)}
            return {(r, min(committed + c, 2), reserved or d) for r, c, d in known}
        arguments = []
        for k, name in enumerate(callee.params):
            v = self.value(s.args[k], values, committed) if k < len(s.args) else None
            arguments.append(v if v in (-1, 0, 1) else None)
        self.chain.append(s.place)
        found = self.outcomes(callee, tuple(arguments), committed, reserved)
        self.chain.pop()
        if s.fn == "frame_make_dirty":
            return {(r, c, 1 if r == OK else d) for r, c, d in found}
        return found

    @staticmethod
    def of_operations(f):
        return f.file.startswith(("cap/", "kernel/"))

    # ---- functions ----

    def outcomes(self, f, arguments, committed, reserved):
        key = (f, arguments, committed, reserved)
        if key in self.memo:
            return self.memo[key]
        self.memo[key] = set()
        if f.name in ALWAYS_RESERVED:
            reserved_inside = 1
        else:
            reserved_inside = reserved
        self.entry.append(committed)
        found = self.walk(f, arguments, committed, reserved_inside)
        self.entry.pop()
        self.memo[key] = found
        return found

    def walk(self, f, arguments, committed, reserved):
        fallible = f.returns.endswith("rc_t")
        begin = {p: v for p, v in zip(f.params, arguments) if v is not None and self.local(f, p)}
        results, seen = set(), set()
        todo = [(2, committed, reserved, None, frozenset(begin.items()))]
        while todo:
            state = todo.pop()
            if state in seen or state[0] not in f.blocks:
                continue
            seen.add(state)
            number, committed, reserved, stalled, frozen = state
            for end in self.block(f, f.blocks[number], [(committed, reserved, stalled, dict(frozen))]):
                committed2, reserved2, stalled2, values, returned, branch = end
                if returned is not None:
                    result = returned if fallible else None
                    if stalled2 and fallible and result != STALL:
                        self.report(2, stalled2, "%s goes on although it must wait" % f.name, self.chain)
                    results.add((result, committed2, reserved2))
                    continue
                for target, extra in self.targets(f, number, branch, values, committed2):
                    values2 = dict(values, **extra) if extra else values
                    todo.append((target, committed2, reserved2, stalled2, frozenset(values2.items())))
        return results

    def block(self, f, statements, states):
        """Runs the statements; yields (committed, reserved, stalled, values, returned or None, branch or None)."""
        for index, s in enumerate(statements):
            if s.text.startswith("return"):
                for committed, reserved, stalled, values in states:
                    text = s.text[6:].strip(" ;")
                    result = self.value(text, values, committed) if text else None
                    yield committed, reserved, stalled, values, "?" if result is None else result, None
                return
            if s.cond is not None or s.cases is not None:
                for committed, reserved, stalled, values in states:
                    yield committed, reserved, stalled, values, None, (s, statements[index + 1:])
                return
            states = [after for state in states for after in self.step(f, s, state)]
            states = list({(c, r, st, frozenset(v.items())): (c, r, st, v) for c, r, st, v in states}.values())
        for committed, reserved, stalled, values in states:
            yield committed, reserved, stalled, values, None, None

    def step(self, f, s, state):
        committed, reserved, stalled, values = state
        if s.fn:
            if s.fn in TRY_ENDS:
                stalled = None
            elif stalled and s.fn in ("inv_commit", "stall_on"):
                self.report(2, stalled, "%s goes on although it must wait" % f.name, self.chain)
                stalled = None
            for result, committed2, reserved2 in self.call(f, s, values, committed, reserved):
                values2 = dict(values)
                if s.to:
                    self.set(f, s.to, result, values2)
                yield committed2, reserved2, s.place if result == STALL else stalled, values2
            return
        if s.to is None:
            yield state
            return
        values = dict(values)
        if s.to == "cpu0.committed":
            if s.value == "1" and committed and not self.entry[-1]:
                self.report(3, s.place, "%s commits a second time" % f.name, self.chain)
            yield (min(committed + 1, 2) if s.value == "1" else 0), reserved, stalled, values
            return
        result = self.value(s.value, values, committed)
        if s.value == "-1" and not stalled and f.returns.endswith("rc_t") and VARIABLE.match(s.to) and f.name != "stall_on" and \
                self.is_result(f, s.to):
            self.report(2, s.place, "%s stalls without a key: only stall_on() makes a stall" % f.name, self.chain)
        self.set(f, s.to, result, values)
        yield committed, reserved, stalled, values

    def is_result(self, f, name):
        """Does this variable reach the return?"""
        aliases = {t.text[6:].strip(" ;") for t in f.statements() if t.text.startswith("return ")}
        for _ in range(4):
            aliases |= {t.value for t in f.statements() if t.to in aliases and t.value and VARIABLE.match(t.value)}
        return name in aliases

    def set(self, f, name, result, values):
        if result is None or result == "?" or not self.local(f, name):
            values.pop(name, None)
        else:
            values[name] = result

    def targets(self, f, number, branch, values, committed):
        """(block, what is known there) for each way out of a block."""
        if branch is None:
            return [(n, None) for n in f.follow(number)]
        s, rest = branch
        if s.cases is not None:
            return self.switch(f, s, values, committed)
        yes, no = f.follow(number)[0], f.follow(number)[-1]
        known = self.value(s.cond, values, committed)
        if known is not None:
            return [(yes if known else no, None)]
        ways = [(yes, None), (no, None)]
        match = COMPARE.match(s.cond)
        if match and self.local(f, match.group(1)) and (NUMBER.match(match.group(3)) or match.group(3) == "0B"):
            is_value = {match.group(1): 0 if match.group(3) == "0B" else int(match.group(3))}
            if match.group(2) == "==":
                ways[0] = (yes, is_value)
            elif match.group(2) == "!=":
                ways[1] = (no, is_value)
        return ways

    def switch(self, f, s, values, committed):
        known, default, found = self.value(s.cases[0], values, committed), None, []
        for part in re.findall(r"(default|case -?\d+(?: \.\.\. -?\d+)?): (<L\d+>)", s.cases[1]):
            target = f.labels.get(part[1])
            if part[0] == "default":
                default = target
                continue
            numbers = [int(n) for n in re.findall(r"-?\d+", part[0])]
            if known is None or known == ERROR or numbers[0] <= known <= numbers[-1]:
                found.append(target)
        if known is None or known == ERROR or not found:
            found.append(default)
        return [(n, None) for n in sorted(set(n for n in found if n is not None))]


def check(program, handlers, report):
    """Rules 1, 2, 3 and 6 over a program. handlers: names of the functions that an operation ends in."""
    paths = Paths(program, report)
    called = {t for f in program.all for s, t in program.calls(f) if t}
    for f in program.all:
        handler = f.name in handlers
        if not handler and f in called:
            continue
        for result, committed, _ in paths.outcomes(f, (None,) * len(f.params), 0, 0):
            if not handler:
                continue
            place = next((s.place for s in f.statements()), f.file)
            if result == OK and not committed:
                report(3, place, "%s can answer RC_OK without having committed" % f.name, [])
            elif result == "?":
                report(3, place, "%s answers what cannot be followed: nobody may have the address of its result" % f.name, [])
            elif committed and (result == ERROR or isinstance(result, int) and result > 0):
                report(3, place, "%s can give an error after the commit" % f.name, [])
    return paths
