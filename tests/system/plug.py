# SPDX-License-Identifier: Apache-2.0
"""The plug test: kill -9 at random moments, many times in a row on one volume, while the counter and the bank run.

After each kill `volume verify` must be clean, and after each restart
  - the prompt comes back,
  - the generation that is gone on from is no older than the last that `ckpt` reported,
  - the counter is not behind the value that was read before that `ckpt`,
  - the bank's sum is what it always was.
"""
import random
import re
import time

from lib import note, ok, verify
from volfmt import Volume


def committed(volume):
    with open(volume, "rb") as f:
        return Volume(f).newest()


class Run:
    """What is known at any moment of the whole history. start() starts the machine, volume() gives a file with its volume."""

    def __init__(self, seed, start, volume):
        self.random = random.Random(seed)
        self.start, self.volume = start, volume
        self.boot_seconds = 0    # what a boot took
        self.bank_sum = None
        self.generation = 1      # the last that ckpt reported
        self.floor = 0           # the counter's value that this generation must hold
        self.transfers = 0
        self.committed = 0       # what the disk held after the last death
        self.barren = 0          # lives in a row that committed nothing: after three the kernel asks what to do
        self.wrong = []          # (name of the check, what was seen)

    def check(self, good, name, seen):
        if not good:
            self.wrong.append((name, seen))

    def look(self, machine):
        value = machine.count()
        self.check(value >= self.floor, "the counter is never behind its checkpoint", "%d < %d" % (value, self.floor))
        total, transfers, wrong = machine.bank()
        self.check(not wrong, "no audit of the bank was wrong", "%d" % wrong)
        self.bank_sum = total if self.bank_sum is None else self.bank_sum
        self.check(total == self.bank_sum, "the bank's sum never changes", "%d, not %d" % (total, self.bank_sum))
        self.check(transfers >= self.transfers, "no committed transfer is lost", "%d < %d" % (transfers, self.transfers))
        return value, transfers

    def one_life(self, turn):
        """Boots, works and dies at a random moment."""
        machine = self.start()
        if turn and not self.barren and self.random.random() < 0.2:
            # While it boots: recovery must be as safe as everything else.
            time.sleep(self.random.uniform(0.02, self.boot_seconds))
            machine.kill()
            return "booting"
        machine.prompt()
        self.boot_seconds = max(time.monotonic() - machine.started, 1.2)
        machine.command("count")
        machine.command("bank start")  # once it has been committed it is open for ever
        self.look(machine)
        for _ in range(max(self.random.randrange(3), int(self.barren > 0))):
            value, transfers = self.look(machine)
            generation = machine.ckpt()
            self.check(generation > self.generation, "generations ascend", "%d after %d" % (generation, self.generation))
            self.generation, self.floor, self.transfers = generation, value, transfers
        moment = self.random.choice(("idle", "in a checkpoint", "in a command"))
        if moment == "in a checkpoint":
            machine.send("ckpt\r")
            time.sleep(self.random.uniform(0, 0.15))
        elif moment == "in a command":
            machine.send(self.random.choice(("ps\r", "bank status\r", "hel", "crash\r", "count\r")))
            time.sleep(self.random.uniform(0, 0.05))
        else:
            time.sleep(self.random.uniform(0, 2.5))
        machine.kill()
        return moment

    def after_death(self):
        volume = self.volume()
        status, text = verify(volume)
        self.check(status == 0, "volume verify is clean after every kill", text)
        newest = committed(volume)
        self.barren = 0 if newest > self.committed else self.barren + 1
        self.committed = newest
        self.check(newest >= self.generation, "no committed generation is lost", "%d < %d" % (newest, self.generation))


def pull_the_plug(kills, seed, start, volume):
    run = Run(seed, start, volume)
    moments = {}
    lives = 0
    for turn in range(kills):
        moment = run.one_life(turn)
        moments[moment] = moments.get(moment, 0) + 1
        lives += 1
        run.after_death()
        if run.wrong:
            break
    note("seed %s, kills: %s" % (seed, ", ".join("%s %d" % m for m in sorted(moments.items()))))
    ok(lives == kills, "%d kills in a row on one volume" % lives)
    with run.start() as machine:
        boot = machine.prompt()
        run.look(machine)
        ok(run.transfers > 0 and run.floor > 0, "counter and bank ran all the time")
        said = re.search(r"generation (\d+)", boot)
        ok(said and int(said.group(1)) >= run.generation, "the last boot names a generation that is new enough", boot)
        note("generation %d, counter at least %d, %d transfers" % (run.generation, run.floor, run.transfers))
        machine.send("halt\r")
        ok(machine.ended() == 0, "and it halts in order", machine.log())
    run.after_death()
    for name in ("the counter is never behind its checkpoint", "the bank's sum never changes",
                 "no audit of the bank was wrong", "no committed transfer is lost", "generations ascend", "volume verify is clean after every kill",
                 "no committed generation is lost"):
        seen = [s for n, s in run.wrong if n == name]
        ok(not seen, name, "\n".join(seen))
