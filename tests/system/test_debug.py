#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a developer has when something is wrong: gdb with this kernel's commands, a panic and its decoder."""
import os
import re
import subprocess

import pexpect

import lib
from lib import Machine, O, TREE, fresh_volume, ok, path


def test_gdb():
    env = dict(os.environ, O=O, VOLUME=fresh_volume("gdb.vol"))
    env.pop("TMUX", None)
    gdb = pexpect.spawn("scripts/debug.sh", ["-nx", "-ex", "set pagination off", "-ex", "set style enabled off", "-ex", "set confirm off"], cwd=TREE,
                        env=env, timeout=lib.BOOT_SECONDS, encoding="utf-8", codec_errors="replace", echo=False,
                        dimensions=(50, 160))
    try:
        gdb.expect_exact("(gdb) ")

        def command(line):
            gdb.sendline(line)
            gdb.expect_exact("(gdb) ")
            return lib.clean(gdb.before).strip()

        text = command("hbreak kernel_syscall")
        text = command("continue")
        ok("kernel_syscall" in text, "gdb stops at the first system call", text)
        text = command("anteros-ps")
        ok(re.search(r"^\* \w+ +0x[0-9a-f]+ +ready", text, re.M), "anteros-ps names the process that runs", text)
        text = command("anteros-cap &ctx->regnode->slot[1]")
        ok(re.search(r"^([0-9a-f]{8} ){4} (start|resume|page|node|range|console|number)", text, re.M),
           "anteros-cap decodes a capability", text)
        text = command("anteros-node ctx->node")
        ok("process" in text and "slot" in text, "anteros-node prints the process node", text)
        text = command("anteros-frame ctx->proc")
        ok(text.startswith("pot, OID 0x") and "content at 0x" in text, "anteros-frame prints its pot", text)
        text = command("anteros-cap 0")
        ok("memory" in text.lower() and "Traceback" not in text, "an address that is none is told so", text)
        command("delete")
        gdb.sendline("continue")
        gdb.expect_exact("Continuing.")
        gdb.sendintr()
        gdb.expect_exact("(gdb) ", timeout=lib.COMMAND_SECONDS)
        text = lib.clean(gdb.before)
        ok("SIGINT" in text, "Ctrl-C stops the kernel, not the machine", text)
        gdb.sendline("kill")
        gdb.expect_exact("(gdb) ")
        gdb.sendline("quit")
        gdb.expect(pexpect.EOF)
    finally:
        gdb.close(force=True)
    ok(not os.path.exists(os.path.join(O, "console.sock")), "and nothing is left behind")


def test_panic():
    """An invariant is broken behind the kernel's back; it must find that, say where, and end the machine as failed."""
    socket = path("gdb.sock")
    with Machine(fresh_volume("panic.vol"), more=("-gdb", "unix:path=%s,server=on,wait=off" % socket)) as m:
        m.prompt()
        gdb = pexpect.spawn("gdb-multiarch", ["-nx", "-batch", lib.SYMBOLS, "-ex", "target remote " + socket,
                                              "-ex", "hbreak syscall_general", "-ex", "continue", "-ex", "delete",
                                              "-ex", "set var ctx->epoch = 0", "-ex", "detach"],
                            timeout=lib.BOOT_SECONDS, encoding="utf-8", echo=False)
        gdb.expect_exact("Hardware assisted breakpoint")
        m.send("help\r")
        gdb.expect(pexpect.EOF)
        gdb.close()
        m.expect(r"panic: ")
        status = m.ended()
        log = m.log()
    ok(status not in (0, None), "QEMU ends with a failing code", "%s\n%s" % (status, gdb.before))
    said = log[log.index("panic: "):]
    ok(re.match(r"panic: assertion failed: .*epoch", said), "the reason", said)
    ok(re.search(r"^  place kernel/invoke\.c:\d+$", said, re.M), "the place", said)
    ok(re.search(r"^  process [0-9a-f]+ pc [0-9a-f]+$", said, re.M), "the OID of the process that ran", said)
    ok(len(re.findall(r"^  at [0-9a-f]+$", said, re.M)) >= 2, "a backtrace", said)
    with open(path("panic.log"), "w") as f:
        f.write(log)
    decode = os.path.join(TREE, "scripts/panic-decode.py")
    done = subprocess.run([decode, path("panic.log")], cwd=TREE, env=dict(os.environ, O=O), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    ok(done.returncode == 0 and re.search(r"syscall_general at kernel/invoke\.c:\d+", done.stdout),
       "panic-decode.py names functions and lines", done.stdout)
    done = subprocess.run([decode, lib.SYMBOLS + ".map"], cwd=TREE, env=dict(os.environ, O=O), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    ok(done.returncode == 1 and "no backtrace" in done.stdout, "and says when there is none", done.stdout[-300:])


lib.main(globals())
