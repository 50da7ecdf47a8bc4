# SPDX-License-Identifier: Apache-2.0
"""Rules that need no values: each looks at the functions one by one, or at who calls whom."""
import re

from gimple import VARIABLE, follow, origins, points_into, stored_through


def carry(s, known, begins):
    """Of the variable that this statement sets: what begins here, or else what is known of where its value points."""
    if s.to and VARIABLE.match(s.to):
        what = begins or known.get(points_into(s.value))
        known.pop(s.to, None)
        if what:
            known[s.to] = what


def first_place(f):
    return next((s.place for s in f.statements()), f.file)


def fallible(program, f, s):
    """Does this call give an rc_t?"""
    callee = program.find(s.fn, f)
    if callee is not None:
        return callee.returns.endswith("rc_t")
    return any(t.to == s.fn and t.value and re.search(r"->(perform|make_dirty|fetch)$", t.value)
               for t in f.statements())


# ---- 4: what came out is looked at ----

# What these give says whether the processor may still have what they removed.
FLUSHES = {"table_clear_entry", "rmap_clear"}


def looked_at(f, number, index, name):
    """Is this variable read on every path from here that ends, before something else is put into it? Else the place where not."""
    word = re.compile(r"(?<![\w.])%s(?![\w.])" % re.escape(name))
    seen, todo = set(), [(number, index)]
    while todo:
        number, index = todo.pop()
        verdict = None
        for s in f.blocks[number][index:]:
            rest = s.text[len(s.to):] if s.to and s.text.startswith(s.to) else s.text
            if word.search(rest) or (s.to != name and s.to and word.search(s.to)):
                verdict = "read"
                break
            if s.to == name or s.text.startswith("return"):
                return s.place
        if verdict:
            continue
        for n in f.follow(number):
            if n not in seen:
                seen.add(n)
                todo.append((n, 0))
    return None


def flushed_after(f, number, index):
    """Does every path from here to the end flush the TLB?"""
    return all(any(s.fn == "hal_tlb_flush_all" for s in path) for path in follow(f, number, index))


def decides(f, name):
    """Does what is made of this variable decide anything, or leave the function?"""
    def mentions(text):
        return any(re.search(r"(?<![\w.])%s(?![\w.])" % re.escape(n), text) for n in names)

    names, more = set(), {name}
    while more:
        names |= more
        more = {s.to for s in f.statements() if s.to and VARIABLE.match(s.to) and s.to not in names and mentions(s.text[len(s.to):])}
    return any(mentions(s.cond or (s.text if s.text.startswith("return") else "")) or any(mentions(a) for a in s.args or [])
               for s in f.statements())


def results(program, report):
    for f in program.all:
        for number, block in f.blocks.items():
            for index, s in enumerate(block):
                if not s.fn:
                    continue
                flush = s.fn in FLUSHES
                if not flush and not fallible(program, f, s):
                    continue
                if flush and flushed_after(f, number, index + 1):
                    continue
                what = "says whether to flush" if flush else "may fail"
                if s.to is None:
                    report(7 if flush else 4, s.place, "%s drops what %s() gives: it %s" % (f.name, s.fn, what), [])
                elif VARIABLE.match(s.to):
                    after = block[index + 1] if index + 1 < len(block) else None
                    field = after and after.value == s.to and "." in after.to and after.to.partition(".")[0] in f.types
                    place = looked_at(f, number, index + 2, after.to) if field else looked_at(f, number, index + 1, s.to)
                    if place:
                        report(7 if flush else 4, s.place,
                               "%s has not looked at what %s() gave when it is lost at %s" % (f.name, s.fn, place), [])
                    elif flush and not decides(f, s.to):
                        report(7, s.place, "%s gathers what %s() gives, and does nothing with it" % (f.name, s.fn), [])


# ---- 5: a process is prepared before its registers are changed ----

COPIES = {"memset", "memcpy", "memmove"}
SETTERS = re.compile(r"^hal_(msg_set_\w+|regs_(?!pc$|save$)\w+)$")
FOUND = re.compile(r"^(&contexts\[.*\]|contexts\[.*\]|.*(->|\.)ctx)$")


def context_writes(program, f, writers, report):
    """The parameters of f through which it changes a context; reports what it does to contexts that it found itself."""
    begin = {p: ("parameter", k) for k, p in enumerate(f.params)}
    changed = set()

    def transfer(s, known):
        def hit(name, what):
            where = known.get(name)
            if where is None:
                return
            if where[0] == "parameter":
                changed.add(where[1])
            elif report:
                report(5, s.place, "%s %s of a process that was found at %s and is not prepared" % (f.name, what, where[1]), [])

        def prepared(name):
            where = known.get(name)
            for n in [n for n, w in known.items() if where and w == where]:
                del known[n]

        if s.to:
            match = re.match(r"^(\w[\w.]*)->(p\.|regs|p$)", s.to)
            if match:
                hit(match.group(1), "changes the state")
            elif (stored_through(s), "inner") in known:
                hit(stored_through(s), "changes the state")
        if s.fn:
            if s.fn == "process_load":
                prepared(s.args[1].lstrip("&"))
            elif s.fn in ("context_refresh", "context_root_known"):
                prepared(s.args[0])
            elif SETTERS.match(s.fn) and s.args and s.args[0] in known:
                hit(s.args[0], "changes the registers")
            elif s.fn in COPIES and (s.args[0], "inner") in known:
                hit(s.args[0], "changes the state")
            else:
                callee = program.find(s.fn, f)
                for k in writers.get(callee, ()):
                    if k < len(s.args):
                        hit(s.args[k], "changes the state, by %s()," % s.fn)
        if s.value:
            match = re.match(r"^(\w[\w.]*)->epoch$", s.value)
            if match:
                prepared(match.group(1))
        if s.to and VARIABLE.match(s.to):
            source = re.sub(r"^\([\w *]+\) ", "", s.value or "")
            inner = re.match(r"^&(\w[\w.]*)->(?:regs|p)$", source)
            known.pop((s.to, "inner"), None)
            if s.fn in ("context_of", "context_at") or (s.value and FOUND.match(s.value)):
                known[s.to] = ("found", s.place)
            elif source in known:
                known[s.to] = known[source]
            elif inner and inner.group(1) in known:
                known[s.to] = known[(s.to, "inner")] = known[inner.group(1)]
            else:
                known.pop(s.to, None)

    origins(f, begin, transfer)
    return changed


def contexts(program, report):
    everywhere(program, context_writes, report)


# ---- 6: content is written by way of the functions that want it dirty ----


def content_of(f, s):
    """Does this statement give the content of a frame or the node of an object, to be read?"""
    if s.fn in ("frame_data", "frame_pot"):
        return True
    match = re.match(r"^(\w[\w.]*(?:->\w+)*)(?:->|\.)node$", s.value or "")
    return bool(match) and (match.group(1).endswith("ref") or "objref" in f.types.get(match.group(1), ""))


def content_writes(program, f, writers, report):
    """The parameters of f through which it stores; reports stores into content that it found itself."""
    begin = {p: ("parameter", k) for k, p in enumerate(f.params)}
    changed = set()

    def transfer(s, known):
        through = [stored_through(s)]
        if s.fn in COPIES:
            through.append(points_into(s.args[0]))
        elif s.fn:
            through += [points_into(s.args[k]) for k in writers.get(program.find(s.fn, f), ()) if k < len(s.args)]
        for where in [known[name] for name in through if name in known]:
            if where[0] == "parameter":
                changed.add(where[1])
            elif report:
                report(6, s.place, "%s writes what was found at %s, not by node_writable() or page_writable()" % (f.name, where[1]), [])
        carry(s, known, content_of(f, s) and ("found", s.place))

    origins(f, begin, transfer)
    return changed


def everywhere(program, writes, report):
    """Runs writes() over all functions until what their parameters are used for is known, then to report."""
    writers, again = {}, True
    while again:
        again = False
        for f in program.all:
            found = writes(program, f, writers, None)
            if found - writers.get(f, set()):
                writers[f] = writers.get(f, set()) | found
                again = True
    for f in program.all:
        if f.file.startswith(("cap/", "kernel/")):
            writes(program, f, writers, report)


def contents(program, report):
    everywhere(program, content_writes, report)


# ---- 7: recorded, then written ----

def raw_entries(f, report):
    """An entry is stored by hal_pte_set() and by nothing else."""
    def transfer(s, known):
        if stored_through(s) in known:
            report(7, s.place, "%s writes a hardware entry past hal_pte_set()" % f.name, [])
        carry(s, known, s.fn == "table_entries")

    origins(f, {p: True for p in f.params if f.types[p].startswith("hal_pte_t *")}, transfer)


def entries(program, report):
    records = {"depend_add"}
    for _ in range(4):
        records |= {f.name for f in program.all if f.file.startswith("mm/") and any(s.fn in records for s in f.statements())
                    and not any(s.fn == "hal_pte_set" for s in f.statements())}
    for f in program.all:
        if f.file.startswith("arch/"):
            continue
        raw_entries(f, report)
        for s in f.statements():
            if s.fn != "hal_pte_set" or len(s.args) < 3:
                continue
            if not f.file.startswith(("mm/", "tests/")):
                report(7, s.place, "%s writes a hardware entry: only mm does" % f.name, [])
            value = s.args[2]
            # What refers to the same page or table as before is recorded already.
            same = ("hal_pte_deny_write", "hal_pte_allow_write")
            harmless = value == "0" or all(t.fn in same for t in f.statements() if t.to == value)
            if harmless:
                continue
            for path in follow(f, 2, 0, until=s):
                kinds = [("rmap" if t.fn == "rmap_add" else "depend") for t in path if t.fn in records or t.fn == "rmap_add" or
                         re.search(r"->run\.count$", t.value or "")] # in a run they are recorded already
                tested = any(t.fn == "hal_pte_present" for t in path)
                if "depend" not in kinds:
                    report(7, s.place, "%s writes an entry before the GPTs that it depends on are recorded" % f.name, [])
                elif "rmap" not in kinds and not tested:
                    report(7, s.place, "%s writes an entry before the page that it maps is recorded" % f.name, [])
                elif "rmap" in kinds and kinds.index("rmap") < kinds.index("depend"):
                    report(7, s.place, "%s records the page before the GPTs, which may take it away again" % f.name, [])


# ---- 8: interrupts ----

OPENS = re.compile(r"\b(sti|daifclr|cpsie)\b")
CLOSES = re.compile(r"\b(cli|daifset|cpsid)\b")
LEAVES = re.compile(r"^\s*(ret|iret|iretl|iretq|sysretq|eret)\b")
WINDOWS = {"hal_irq_window", "hal_idle", "sched_dispatch", "kernel_exit"}


def interrupts(program, assembly, report):
    def after(text, is_open):
        for match in re.finditer(r"\b(sti|daifclr|cpsie|cli|daifset|cpsid)\b", text):
            is_open = bool(OPENS.match(match.group(1)))
        return is_open

    for f in program.all:
        if not any(s.text.startswith("__asm__") and OPENS.search(s.text) for s in f.statements()):
            continue
        for path in follow(f, 2, 0):
            is_open = False
            for s in path:
                if s.text.startswith("__asm__"):
                    is_open = after(s.text, is_open)
            if is_open:
                report(8, path[-1].place, "%s returns with interrupts open" % f.name, [])
    for path, text in assembly:
        is_open = False
        for number, line in enumerate(text.split("\n"), 1):
            line = line.split("//")[0].split("#")[0] if not line.lstrip().startswith("#") else ""
            is_open = after(line, is_open)
            if LEAVES.match(line) and "ret" == LEAVES.match(line).group(1) and is_open:
                report(8, "%s:%d" % (path, number), "returns with interrupts open", [])
    opening, more = set(), {f for f in program.all if f.file.startswith("kernel/") and any(s.fn in WINDOWS for s in f.statements())}
    while more - opening:
        opening |= more
        more = {f for f in program.all if f.file.startswith("kernel/") and any(c in opening for _, c in program.calls(f))}
    for f in program.all:
        if not f.file.startswith(("mm/", "cap/", "ckpt/", "lib/", "drivers/")):
            continue
        for s, callee in program.calls(f):
            boot = s.fn == "kthread_run_until" and f.file.startswith(("ckpt/", "drivers/")) # no program runs yet
            if (s.fn in WINDOWS or callee in opening) and not boot:
                report(8, s.place, "%s lets interrupts in: only the dispatcher does, where nothing is held" % f.name, [])


# ---- 9: what a program can change is read once ----

def read_by(program, f, s, readers):
    """What this statement copies out of a program's memory: (of whom, from where in the string), or None."""
    if s.fn == "string_block":
        return (s.args[0], "block")
    if s.fn in ("user_pages_copy_in", "inv_string_in"):
        return (re.sub(r"^&?(\w+)->src$", r"\1", s.args[0]), s.args[1])
    k, offset = readers.get(program.find(s.fn, f) if s.fn else None, (None, None))
    return (s.args[k], offset) if k is not None else None


def readers_of(program):
    """Functions of cap/ that read, for who calls them, the string at a place that is always the same: its owner's parameter."""
    readers = {}
    for _ in range(3):
        for f in program.all:
            for s in f.statements() if f.file.startswith("cap/") else []:
                what = read_by(program, f, s, readers)
                if what and what[0] in f.params and what[1].isdigit():
                    readers[f] = (f.params.index(what[0]), what[1])
    return readers


def user_memory(program, report):
    gives = {"map_peek"}
    for _ in range(2):
        for f in program.all:
            if f.returns.endswith("*") and any(s.fn in gives and s.to for s in f.statements()) and len(f.blocks) < 8 and \
                    "context" not in f.returns and "frame" not in f.returns:
                gives.add(f.name)
    readers = readers_of(program)
    for f in program.all:
        if not f.file.startswith(("cap/", "kernel/")):
            continue

        def transfer(s, known):
            once = read_by(program, f, s, readers)
            if once:
                if once in known:
                    report(9, s.place, "%s reads the program's memory a second time" % f.name, [])
                known[once] = s.place
            for name, field in re.findall(r"(?<![&\w])([A-Za-z_][\w.]*)->(\w+)", s.value or (s.cond or "")):
                if (name, "origin") not in known:
                    continue
                once = (known[(name, "origin")], field)
                if once in known:
                    report(9, s.place, "%s reads %s->%s a second time: the program may have changed it" % (f.name, name, field), [])
                known[once] = s.place
            if s.to and VARIABLE.match(s.to):
                if s.fn in gives:
                    known[(s.to, "origin")] = s.place
                elif s.value and (s.value, "origin") in known:
                    known[(s.to, "origin")] = known[(s.value, "origin")]
                else:
                    known.pop((s.to, "origin"), None)

        origins(f, {}, transfer)


# ---- 10: what leaves a slot is weakened ----

# Behind the root slots of a process stand its registers, as bytes.
SLOT = re.compile(r"^&.*[>.]slot(\[(?!8\])[^\]]*\])?$")


def whole(f, begin):
    """(statement, what is copied whole out of a slot there) for each; `begin`: parameters that point to slots."""
    found, slot = [], re.compile(r"(?<![&\w>.])[\w.]+(?:->|\.)(?:\w+(?:->|\.))*slot\[[^\]]*\]$")

    def transfer(s, known):
        for text in s.args if s.fn else [s.value or ""]:
            at = re.sub(r"^(\*|MEM <uint128_t> .*\))(\w+)\]?$", r"\2", text) if text.startswith(("*", "MEM")) else None
            if slot.search(text) or at in known:
                found.append((s, known.get(at, text)))
        if s.fn in ("memcpy", "memmove") and points_into(s.args[1]) in known:
            found.append((s, known[points_into(s.args[1])]))
        carry(s, known, SLOT.match(s.value or "") and "slot")

    origins(f, begin, transfer)
    return found


def slots(program, report):
    capabilities = [f for f in program.all if f.file.startswith("cap/") and f.name != "fetched"]
    takers = {}
    for f in capabilities:
        pointers = {p: ("parameter", k) for k, p in enumerate(f.params) if f.types[p].endswith("struct cap *")}
        takers[f] = {what[1] for _, what in whole(f, pointers) if what[0] == "parameter"}
    for f in capabilities:
        for s, _ in whole(f, {}):
            if s.fn != "fetched":
                report(10, s.place, "%s takes a capability from a slot past fetched()" % f.name, [])

        def given(s, known):
            carry(s, known, bool(SLOT.match(s.value or "")))
            for k in takers.get(program.find(s.fn, f), ()) if s.fn else ():
                if known.get(s.args[k]) or SLOT.match(s.args[k]):
                    report(10, s.place, "%s gives a slot to %s(), which takes the capability past fetched()" % (f.name, s.fn), [])

        origins(f, {}, given)


# ---- 11: bounded: no recursion, no call of what is not known ----

FIELDS = {"perform", "step", "fetch", "make_dirty", "clean", "covers", "wake", "context_unhook", "schedule_unhook", "request",
          "committed", "status", "set_interval", "done"}


def known_pointer(f, name):
    return any(t.to == name and t.value and re.search(r"(->|\.)(%s)$" % "|".join(FIELDS), t.value)
               for t in f.statements())


def bounded(program, report):
    kernel = [f for f in program.all if f.file.startswith(("cap/", "kernel/", "mm/"))]
    state = {}

    def visit(f, chain):
        state[f] = "open"
        for s, callee in program.calls(f):
            if callee is None or callee not in kernel_set:
                continue
            if state.get(callee) == "open":
                report(11, s.place, "%s calls %s, which leads back to it" % (f.name, callee.name), [])
            elif callee not in state:
                visit(callee, chain + [f])
        state[f] = "done"

    kernel_set = set(kernel)
    for f in kernel:
        if f not in state:
            visit(f, [])
        for s in f.statements():
            if s.fn and (re.match(r"^_\d+$", s.fn) or s.fn in f.params and s.fn not in FIELDS) and not known_pointer(f, s.fn):
                report(11, s.place, "%s calls what a pointer holds that rule 11 does not list" % f.name, [])
            if s.fn and re.search(r"alloca", s.fn):
                report(11, s.place, "%s takes an unknown amount of stack" % f.name, [])


# ---- 3: the short way of a system call gives up before it changes anything ----

def short_way(program, report):
    changes = re.compile(r"^(ready_\w+|hand_over|activity_\w+|kernel_message|count_up|hal_msg_set_\w+|hal_regs_advance|"
                         r"string_copy)$")
    for f in program.all:
        if not f.name.startswith("fast_") or not f.file.startswith("kernel/fast"):
            continue
        for path in follow(f, 2, 0):
            changed = None
            result = {}
            for s in path:
                if s.to and VARIABLE.match(s.to):
                    result[s.to] = result.get(s.value, s.value)
                if changed is None and (s.fn and changes.match(s.fn) or s.to and "->" in s.to):
                    changed = s
                returned = s.text[6:].strip(" ;") if s.text.startswith("return") else ""
                if changed and (s.fn in ("syscall_general", "otherwise") or result.get(returned) == "0B"):
                    report(3, changed.place, "%s gives up after it has changed something" % f.name, [])
