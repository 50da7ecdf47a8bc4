# SPDX-License-Identifier: Apache-2.0
"""Reads what GCC prints with -fdump-tree-cfg-lineno: the functions of a file as blocks of simple statements."""
import re

PLACE = re.compile(r"\[([^\[\]\s]+):(\d+):\d+(?: discrim \d+)?\] ?")
HEAD = re.compile(r"^;; Function (\S+) ")
SUCCS = re.compile(r"^;; (\d+) succs \{ ([\d ]*)\}")
BLOCK = re.compile(r"^  <bb (\d+)> :")
LABEL = re.compile(r"^(?:\[[^\]]*\] ?)?(<L\d+>|\w+):(?: .*)?$")
GOTO = re.compile(r"^goto <bb (\d+)>;")
IF = re.compile(r"^if \((.*)\)$")
SWITCH = re.compile(r"^switch \(([^)]*)\) <(.*)>$")
NAME = r"(?:[A-Za-z_]\w*\.\d+_\d+|(?:D|iftmp)\.\d+|[A-Za-z_]\w*)"
CALL = re.compile(r"^(?:(.+?) = )?(" + NAME + r") \((.*)\);(?: \[[^\]]*\])*$")
ASSIGN = re.compile(r"^(.+?) = (.*);$")

VARIABLE = re.compile(r"^%s$" % NAME)
PATHS = 2000                    # of one function, each loop gone through once


class Statement:
    __slots__ = ("text", "file", "line", "to", "fn", "args", "value", "cond", "cases")

    def __init__(self, text, file, line):
        self.text, self.file, self.line = text, file, line
        self.to = self.fn = self.args = self.value = self.cond = self.cases = None
        match = IF.match(text)
        if match:
            self.cond = match.group(1)
            return
        match = SWITCH.match(text)
        if match:
            self.cases = match.groups()
            return
        match = CALL.match(text)
        if match and not text.startswith("__asm__") and match.group(2) not in ("return", "if", "switch"):
            self.to, self.fn = match.group(1), match.group(2)
            self.args = split(match.group(3))
            return
        match = ASSIGN.match(text)
        if match:
            self.to, self.value = match.groups()

    @property
    def place(self):
        return "%s:%d" % (self.file, self.line)


class Function:
    def __init__(self, name):
        self.name, self.file, self.returns = name, None, ""
        self.params, self.blocks, self.succs, self.labels = [], {}, {}, {}
        self.types = {} # of parameters and variables that have a name

    def statements(self):
        for block in self.blocks.values():
            yield from block

    def follow(self, number):
        """Where control goes from this block, without conditions."""
        return [n for n in self.succs.get(number, []) if n in self.blocks]


def split(text):
    """Arguments at commas that stand in no bracket and no string."""
    parts, depth, begin, quoted, k = [], 0, 0, False, 0
    while k < len(text):
        c = text[k]
        if quoted:
            if c == "\\":
                k += 1
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[begin:k].strip())
            begin = k + 1
        k += 1
    if text.strip():
        parts.append(text[begin:].strip())
    return parts


def read(path):
    """The functions of one dump."""
    functions, f, block, signature, last = [], None, None, "", ("?", 0)
    with open(path, errors="replace") as dump:
        for raw in dump:
            raw = raw.rstrip("\n")
            match = HEAD.match(raw)
            if match:
                f, block, signature = Function(match.group(1)), None, ""
                functions.append(f)
                continue
            if f is None or not raw:
                continue
            match = SUCCS.match(raw)
            if match:
                f.succs[int(match.group(1))] = [int(n) for n in match.group(2).split()]
                continue
            if raw.startswith(";;"):
                continue
            match = BLOCK.match(raw)
            if match:
                block = f.blocks[int(match.group(1))] = []
                number = int(match.group(1))
                continue
            if block is None:
                if raw == "{":
                    head = signature.strip()
                    at = head.find(f.name.split(".")[0] + " (")
                    f.returns = re.sub(r"__attribute__\(\(.*?\)\)\s*", "", head[:at]).strip()
                    declared = split(head[at:].partition("(")[2].rpartition(")")[0])
                    f.params = [re.sub(r".*?(\w+)$", r"\1", p) for p in declared]
                    f.types = {n: d[:-len(n)].strip() for n, d in zip(f.params, declared)}
                elif not raw.startswith(" "):
                    signature += " " + raw
                elif VARIABLE.match(raw.rstrip(";").rpartition(" ")[2]):
                    f.types[raw.rstrip(";").rpartition(" ")[2]] = raw.rstrip(";").rpartition(" ")[0].strip()
                continue
            if raw == "}":
                block = None
                continue
            match = LABEL.match(raw)
            if match:
                f.labels[match.group(1)] = number
                continue
            places = PLACE.findall(raw)
            if places and places[0][0] != "0":
                last = (places[0][0], int(places[0][1]))
                if f.file is None:
                    f.file = last[0]
            text = PLACE.sub("", raw).replace("[0:0] ", "").strip()
            if text.startswith("//") or text == "else":
                continue
            block.append(Statement(text, *last))
    for f in functions:
        f.file = f.file or "?"
    return functions


class Program:
    """All functions of a port; static ones of the same name are told apart by their file."""

    def __init__(self, dumps):
        self.all, self.by_name, self.seen = [], {}, set()
        for path in dumps:
            for f in read(path):
                key = (f.name, f.file, next((s.line for s in f.statements()), 0))
                if key in self.seen:
                    continue
                self.seen.add(key)
                f.unit = path
                self.all.append(f)
                self.by_name.setdefault(f.name, []).append(f)

    def find(self, name, caller):
        """What a call of `name` in this function calls: its own file's, else the one there is; or None."""
        found = self.by_name.get(name)
        if not found:
            return None
        for f in found:
            if f.unit == caller.unit:
                return f
        return found[0]

    def calls(self, f):
        for s in f.statements():
            if s.fn:
                yield s, self.find(s.fn, f)


def points_into(value):
    """The pointer into whose object this value or argument points, or None."""
    value = re.sub(r"^\([\w *]+\) ", "", value or "")
    match = re.match(r"^(\w[\w.]*)(?: \+ \S+)?$", value) or re.match(r"^&(\w[\w.]*)(?:->|\[)", value)
    return match.group(1) if match else None


def stored_through(s):
    """The pointer through which this statement stores, or None."""
    match = re.match(r"^\*(\w[\w.]*)$|^(\w[\w.]*)->|^MEM.*?(\w+)\]", s.to or "")
    return match.group(1) or match.group(2) or match.group(3) if match else None


def follow(f, number, index, until=None):
    """Paths from a statement to the end of the function (or to the statement `until`), each a list of statements; a block
    comes at most twice on one path, so that loops are gone through."""
    found = []
    todo = [(number, index, [], {})]
    while todo and len(found) < PATHS:
        number, index, path, times = todo.pop()
        block = f.blocks.get(number)
        if block is None:
            continue
        path = path + block[index:]
        if until is not None:
            for k, s in enumerate(path):
                if s is until:
                    found.append(path[:k])
                    path = None
                    break
            if path is None:
                continue
        nexts = f.follow(number)
        if not nexts and until is None and path and path[-1].text.startswith("return"):
            found.append(path)
        for n in nexts:
            if times.get(n, 0) < 2:
                todo.append((n, 0, path, {**times, n: times.get(n, 0) + 1}))
    return found


def origins(f, begin, transfer):
    """Runs transfer(statement, known) over the function until nothing new is known at any block; known is what may hold."""
    entry, todo = {2: dict(begin)}, [2]
    while todo:
        number = todo.pop()
        if number not in f.blocks:
            continue
        known = dict(entry[number])
        for s in f.blocks[number]:
            transfer(s, known)
        for n in f.follow(number):
            old = entry.get(n)
            if old is None:
                entry[n] = dict(known)
                todo.append(n)
            elif any(k not in old for k in known):
                old.update({k: v for k, v in known.items() if k not in old})
                todo.append(n)
