# SPDX-License-Identifier: Apache-2.0
"""Commands for gdb that know the kernel: anteros-ps, anteros-cap, anteros-node, anteros-frame, anteros-log.

They read memory only; nothing runs in the kernel for them. What they know of layouts comes from the debug information, but
for the capability word, whose bits are not a C type (include/kernel/cap.h).
"""
import gdb

NOT_KNOWN = "?"
RIGHTS = ((1, "read-only"), (2, "weak"), (4, "no-call"), (8, "opaque"), (16, "no-execute"))
# The types of include/abi/cap.h whose OID names an object.
OBJECTS = ("PAGE", "NODE", "GPT", "PROCESS", "START", "RESUME", "FAULT", "FORWARDER", "SCHEDULE", "NOTICE")


def enum_names(tag, prefix):
    """Value -> name without its prefix, from the debug information."""
    return {int(f.enumval): f.name[len(prefix):] for f in gdb.lookup_type("enum " + tag).fields()}


def number(value):
    return int(value)


def elements(array):
    low, high = array.type.range()
    return [array[i] for i in range(low, high + 1)]


def words_at(address):
    data = gdb.selected_inferior().read_memory(address, 16).tobytes()
    return [int.from_bytes(data[i:i + 4], "little") for i in range(0, 16, 4)]


class Cap:
    """A capability, decoded from its 16 bytes."""

    def __init__(self, words):
        self.words = words
        self.type = words[0] & 0xff
        self.payload = words[0] >> 8
        self.version = words[1]
        self.oid = (words[3] & 0xffffff) << 32 | words[2]
        self.rights = words[3] >> 24
        self.name = enum_names("cap_type", "CT_").get(self.type, "type %d" % self.type)

    def text(self):
        name = self.name
        if name == "VOID":
            return "void"
        if name == "NUMBER":
            return "number 0x%08x%08x%08x" % (self.words[3], self.words[2], self.words[1])
        parts = [name.lower()]
        if name in OBJECTS:
            parts.append("OID %#x" % self.oid)
        if name in ("RESUME", "FAULT"):
            parts.append("call count %d" % (self.payload << 32 | self.version))
        elif name == "RANGE":
            parts.append("first OID %#x, %d frames" % (self.oid, self.payload << 32 | self.version))
        elif name in OBJECTS:
            parts.append("version %d" % self.version)
        if name == "START":
            parts.append("facet %d" % self.payload)
        if name == "NOTICE":
            parts.append("bits %#x" % self.payload)
        if name in ("PAGE", "GPT"):
            parts.append("size 2^%d, guard %#x" % ((self.payload & 0x3f) + 12, self.payload >> 6))
        parts += [word for bit, word in RIGHTS if self.rights & bit]
        return ", ".join(parts)


def frame_data(frame):
    """Address of a frame's content."""
    return number(frame["data"])


def process_node(context):
    """The process node of a loaded context, or None."""
    pot = context["proc"]
    data = frame_data(pot) if number(pot) else None
    if data is None:
        return None
    pointer = gdb.Value(data).cast(gdb.lookup_type("struct pot").pointer())
    return pointer.dereference()["node"][number(context["proc_index"])]


def process_name(context):
    """The name that the image gave it: a number in the debug slot, 12 characters."""
    try:
        node = process_node(context)
        if node is None:
            return NOT_KNOWN
        slot = number(gdb.parse_and_eval("(int)PS_DEBUG"))
        words = words_at(number(node["slot"][slot].address))
    except gdb.error:
        return NOT_KNOWN
    if Cap(words).name != "NUMBER":
        return "-"
    text = b"".join(w.to_bytes(4, "little") for w in words[1:])
    return text.split(b"\0")[0].decode("ascii", "replace")


class Command(gdb.Command):
    """What one of them cannot do is said in a line, as gdb does of its own commands."""

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        try:
            self.run(argument)
        except gdb.error as error:
            raise gdb.GdbError("%s: %s" % (self.name, error)) from None

    def address(self, argument):
        """The value of any expression; of a struct its address."""
        if not argument.strip():
            raise gdb.GdbError("%s ADDRESS" % self.name)
        value = gdb.parse_and_eval(argument)
        return value.address if value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT else value


class AnterosPs(Command):
    """List the activities: processes that run, are stalled or wait, with what they wait for."""

    name = "anteros-ps"

    def run(self, argument):
        states = enum_names("act_state", "AS_")
        current = number(gdb.parse_and_eval("cpu0.current"))
        print("  %-12s %-10s %-9s %4s %-10s %s" % ("NAME", "OID", "STATE", "PRIO", "PC", "WAITS FOR"))
        for activity in elements(gdb.parse_and_eval("activities")):
            state = states.get(number(activity["state"]), NOT_KNOWN)
            if state == "FREE":
                continue
            context, pc, name, mark = number(activity["ctx"]), "", "(not loaded)", " "
            if context:
                loaded = activity["ctx"].dereference()
                name = process_name(loaded)
                mark = "*" if number(loaded.address) == current else " "
                regs = loaded["regs"]
                field = next(f.name for f in regs.type.fields() if f.name in ("eip", "rip", "pc"))
                pc = "%#x" % number(regs[field])
            waits = ""
            if state == "STALLED":
                waits = "key %#x" % number(activity["key"])
            elif state in ("SLEEPING", "CKPT"):
                waits = "%s %d" % ("ms" if state == "SLEEPING" else "generation", number(activity["wake"]))
            print("%s %-12s %-10s %-9s %4d %-10s %s" % (mark, name, "%#x" % number(activity["oid"]), state.lower(),
                                                       number(activity["prio"]), pc, waits))


class AnterosCap(Command):
    """Decode the capability at an address: anteros-cap ADDRESS (any expression)."""

    name = "anteros-cap"

    def run(self, argument):
        cap = Cap(words_at(number(self.address(argument))))
        print("%08x %08x %08x %08x  %s" % (*cap.words, cap.text()))


class AnterosNode(Command):
    """Print a node and its capabilities that are not void: anteros-node ADDRESS."""

    name = "anteros-node"

    def run(self, argument):
        node = self.address(argument).cast(gdb.lookup_type("struct node").pointer()).dereference()
        kind = enum_names("node_kind", "NK_").get(number(node["kind"]), NOT_KNOWN)
        print("OID %#x, %s, version %d, call count %d, l2v %d, flags %#x" % (
            number(node["oid"]), kind.lower(), number(node["version"]), number(node["call_count"]),
            number(node["l2v"]), number(node["flags"])))
        slots = 8 if kind == "PROCESS" else 0 if kind == "SCHEDULE" else 32
        for index in range(slots):
            cap = Cap(words_at(number(node["slot"][index].address)))
            if cap.name != "VOID":
                print("  slot %2d  %s" % (index, cap.text()))


class AnterosFrame(Command):
    """Say what a frame header stands for and where its content is: anteros-frame ADDRESS-OF-STRUCT-FRAME."""

    name = "anteros-frame"

    def run(self, argument):
        frame = self.address(argument).cast(gdb.lookup_type("struct frame").pointer())
        use = enum_names("frame_use", "FU_").get(number(frame["use"]), NOT_KNOWN)
        epoch, now = number(frame["epoch"]), number(gdb.parse_and_eval("state.epoch"))
        dirty = "clean" if not epoch else "dirty" if epoch == now else "of epoch %d, now %d" % (epoch, now)
        print("%s, OID %#x, %s, content at %#x" % (use.lower(), number(frame["oid"]), dirty, frame_data(frame) or 0))


class AnterosLog(Command):
    """Print the kernel's log ring."""

    name = "anteros-log"

    def run(self, argument):
        place = "'kernel/klogring.c'::"
        ring, end = gdb.parse_and_eval(place + "ring"), number(gdb.parse_and_eval(place + "written"))
        if ring.is_optimized_out:
            raise gdb.GdbError("this kernel was built without its log ring")
        size = ring.type.sizeof
        data = gdb.selected_inferior().read_memory(number(ring.address), size).tobytes()
        at = number(gdb.parse_and_eval(place + "next"))
        data = data[:end] if end <= size else data[at:] + data[:at]
        print(data.decode("ascii", "replace"), end="")


for command in (AnterosPs, AnterosCap, AnterosNode, AnterosFrame, AnterosLog):
    command()
