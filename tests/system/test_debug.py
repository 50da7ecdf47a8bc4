#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a developer has when something is wrong: gdb with this kernel's commands, a panic and its decoder."""
import os
import re
import subprocess

import pexpect

import lib
from lib import Machine, O, TREE, fresh_volume, note, ok, path
from ports import name_in


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
        ok(re.search(r"^anteros-cap: Cannot access memory", text, re.M) and "Python" not in text,
           "an address that is none is told so", text)
        text = command("anteros-node nobody")
        ok(re.search(r'^anteros-node: No symbol "nobody"', text, re.M) and "Python" not in text,
           "so is a name that is none", text)
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


def panic(kernel, symbols):
    """An invariant is broken behind the kernel's back; it must find that, and end the machine as failed. Returns what it
    said from the panic on, and all that it said."""
    socket = path("gdb.sock")
    with Machine(fresh_volume("panic.vol"), kernel, more=("-gdb", "unix:path=%s,server=on,wait=off" % socket)) as m:
        m.prompt()
        gdb = pexpect.spawn("gdb-multiarch", ["-nx", "-batch", symbols, "-ex", "target remote " + socket,
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
    return log[log.index("panic: "):], log


def test_panic():
    said, log = panic(lib.KERNEL, lib.SYMBOLS)
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


def test_panic_without_text():
    if name_in(O) != "i386":
        return note("one port is enough for what no port knows of")
    folder, env = path("terse"), {k: v for k, v in os.environ.items() if k not in ("O", "KCONFIG_CONFIG", "MAKEFLAGS")}
    os.mkdir(folder)
    with open(os.path.join(O, ".config")) as old, open(os.path.join(folder, ".config"), "w") as new:
        new.write(old.read().replace("CONFIG_CHECK_TEXT=y", "# CONFIG_CHECK_TEXT is not set"))
    done = subprocess.run(["make", "-s", "O=" + folder, "kernel"], cwd=TREE, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    ok(done.returncode == 0, "it builds without the text of checks", done.stdout)
    said, log = panic(os.path.join(folder, "anteros.boot"), os.path.join(folder, "anteros"))
    ok(re.match(r"panic: check failed\n  at [0-9a-f]+\n  process", said), "a panic has an address instead", said)
    done = subprocess.run([os.path.join(TREE, "scripts/panic-decode.py")], input=log, cwd=TREE, env=dict(env, O=folder),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok(re.search(r"panic: check failed\n  at .*\n      syscall_general at kernel/invoke\.c:\d+", done.stdout),
       "which panic-decode.py turns into function and line", done.stdout)


lib.main(globals())
