# SPDX-License-Identifier: Apache-2.0
"""Drives the console of Anteros in QEMU, on the port of the build, for the tests in this folder.

A test file defines functions test_*(), which are run in the order in which they stand and report with ok(); it ends with
main(). It finds the build through O in the environment and prints TAP. A function that raises counts as one failure, with
the end of the console as its diagnosis. Only processes that were started here are ever ended, by their id.

What the shell prints is parsed here and nowhere else (Machine.ckpt, .count, .bank).
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import pexpect

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TREE, "scripts"), os.path.join(TREE, "tests")]
import run  # noqa: E402  scripts/run.py: the one place that knows how QEMU is started
import tap  # noqa: E402
from tap import ok  # noqa: E402

O = os.path.abspath(os.environ.get("O", os.path.join(TREE, "build")))
PORT = run.port_of(O)
KERNEL = run.kernel_file(O, PORT)
SYMBOLS = os.path.join(O, "anteros")  # the same with all that a debugger wants
IMAGE = os.path.join(O, "image.vol")
VOLUME_TOOL = os.path.join(O, "tools", "volume")
PROMPT = "anteros> "
# Generous: a loaded machine with one core left is not a failure.
BOOT_SECONDS = 60
COMMAND_SECONDS = 60

work = None          # a folder for this run, removed at its end
machines = []        # those started and not yet seen to end
console_tail = ""    # of the machine used last


def note(text):
    for line in str(text).splitlines():
        print("# " + line)
    sys.stdout.flush()


class Stopped(Exception):
    """The machine ended, or did not answer in time, when it should have."""


def clean(text):
    """What a person would see: without the escape sequences of line editing."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return text.replace("\r\n", "\n").replace("\r", "")


class Machine:
    """One run of QEMU on a volume. The console is a pty; all that it ever printed is in .log()."""

    def __init__(self, volume, kernel=KERNEL, command=None, **options):
        """Options are those of run.qemu_command(). With one of PORT.boot as boot= the volume is a disk that boots by itself.
        A command stands for all of them."""
        if options.get("boot", "kernel") != "kernel":
            kernel = None
        self.volume = volume
        self.file = tempfile.NamedTemporaryFile("w", dir=work, suffix=".log", delete=False, newline="")
        command = command or run.qemu_command(PORT, kernel, volume, serial=("-serial", "stdio", "-monitor", "none"), **options)
        self.started = time.monotonic()
        self.qemu = pexpect.spawn(command[0], command[1:], timeout=COMMAND_SECONDS, encoding="utf-8",
                                  codec_errors="replace", echo=False)
        self.qemu.delaybeforesend = None
        self.qemu.logfile_read = self.file
        machines.append(self)

    def log(self):
        self.file.flush()
        with open(self.file.name, newline="") as f:
            return clean(f.read())

    def expect(self, pattern, seconds=COMMAND_SECONDS):
        """Waits for a regular expression; returns what came before it. self.qemu.match is the match."""
        global console_tail
        try:
            self.qemu.expect(pattern, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            console_tail = self.log()
            what = "said nothing like" if isinstance(error, pexpect.TIMEOUT) else "ended without"
            raise Stopped("the machine %s %r" % (what, pattern)) from None
        return clean(self.qemu.before)

    def prompt(self, seconds=BOOT_SECONDS):
        """Waits for the prompt at the start of a new line (line editing draws it again elsewhere); returns what was
        printed before it."""
        return self.expect(r"\n" + re.escape(PROMPT), seconds)

    def send(self, text):
        self.qemu.send(text)

    def command(self, line, seconds=COMMAND_SECONDS):
        """Types a line at the prompt; returns what it printed, up to the next prompt."""
        self.send(line + "\r")
        text = self.prompt(seconds)
        if "restarted: generation" in text and line not in text:
            text = self.prompt(seconds)  # the shell was told only now, and shows its prompt again
        first, _, rest = text.partition("\n")
        return rest if line in first else text

    # ---- what the shell prints --------------------------------------------------------------------------------

    def ckpt(self):
        """Takes a checkpoint; returns the generation that was committed."""
        text = self.command("ckpt")
        match = re.search(r"generation (\d+) committed", text)
        if not match:
            raise Stopped("ckpt committed no generation: %r" % text)
        return int(match.group(1))

    def count(self):
        """Starts the counter or asks for it; returns its value."""
        text = self.command("count")
        match = re.search(r"counter: (\d+)", text)
        if not match:
            raise Stopped("count printed no number: %r" % text)
        return int(match.group(1))

    def bank(self):
        """Returns (sum, transfers, audits with a wrong sum)."""
        text = self.command("bank status")
        found = [re.search(word + r" (\d+)", text) for word in ("sum", "transfers", "wrong")]
        if not all(found):
            raise Stopped("bank status did not print sum, transfers, wrong: %r" % text)
        return tuple(int(m.group(1)) for m in found)

    # ---- its end ----------------------------------------------------------------------------------------------

    def kill(self):
        """Pulls the plug: SIGKILL, and waits until the process is gone."""
        global console_tail
        if self in machines:
            machines.remove(self)
            try:
                os.kill(self.qemu.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.qemu.close(force=True)
        console_tail = self.log()

    def ended(self, seconds=COMMAND_SECONDS):
        """Waits until the machine ends by itself; returns the exit status of QEMU."""
        global console_tail
        try:
            self.qemu.expect(pexpect.EOF, timeout=seconds)
        except pexpect.TIMEOUT:
            console_tail = self.log()
            raise Stopped("the machine did not end") from None
        self.qemu.close()
        machines.remove(self)
        console_tail = self.log()
        return self.qemu.exitstatus if self.qemu.exitstatus is not None else -self.qemu.signalstatus

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def path(name):
    """A file in the folder of this run."""
    return os.path.join(work, name)


def fresh_volume(name="test.vol"):
    run.copy_volume(IMAGE, path(name))
    return path(name)


def copy_volume(source, name):
    run.copy_volume(source, path(name))
    return path(name)


def image_volume(name, description, size=64, log=16):
    """A new volume of so many MiB; the description is that of a file of user/, or the path of another."""
    done = subprocess.run([os.path.join(O, "tools", "mkimage"), "--arch", PORT.programs, "--size", str(size), "--log", str(log),
                           "--objdir", os.path.join(O, "user"), "-o", path(name), os.path.join(TREE, "user", description)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not ok(done.returncode == 0, "mkimage makes the volume", done.stdout):
        raise Stopped("there is no volume")
    return path(name)


def volume_tool(*arguments):
    """Returns (status, what it printed)."""
    done = subprocess.run([VOLUME_TOOL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    return done.returncode, done.stdout


def verify(volume):
    return volume_tool("verify", volume)


def main(tests):
    """Runs the test_*() of a file, given as globals(), or those that are named on the command line."""
    global work
    names = [n for n in tests if n.startswith("test_") and callable(tests[n])]
    wanted = sys.argv[1:] or names
    work = tempfile.mkdtemp(prefix="anteros-test.")
    try:
        for needed in (KERNEL, IMAGE, VOLUME_TOOL):
            if not os.path.exists(needed):
                ok(False, "%s is built" % os.path.relpath(needed, TREE))
        for name in wanted if not tap.failed else []:
            try:
                tests[name]()
            except Exception as error:  # one broken test must not hide the others
                where = "" if isinstance(error, Stopped) else traceback.format_exc()
                ok(False, "%s: %s" % (name, error), where + console_tail)
            for machine in list(machines):
                machine.kill()
    finally:
        for machine in list(machines):
            machine.kill()
        if tap.failed and os.environ.get("KEEP"):
            print("# kept: " + work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    tap.finish()
