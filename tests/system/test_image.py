#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make image`: a disk that boots by itself, given to QEMU with -drive alone, as IDE and as virtio disk."""
import os
import subprocess

from lib import Machine, O, PORT, TREE, main, ok, path


def make_image():
    target = path("anteros.img")
    done = subprocess.run([os.path.join(TREE, "scripts/mkdisk.py"), "--output", target], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=dict(os.environ, O=O))
    ok(done.returncode == 0 and os.path.exists(target), "the image is made without root", done.stdout)
    return target


def test_boots():
    if PORT.loader is None:
        return
    image = make_image()
    generation = 0
    for name, drive in (("IDE", ["-drive", "file=%s,format=raw" % image]),
                        ("virtio", ["-drive", "file=%s,format=raw,if=virtio" % image])):
        with Machine(None, kernel=None, more=drive) as m:
            m.prompt()
            ok(True, "it boots by itself as %s disk" % name)
            newer = m.ckpt()
            ok(newer > generation, "and goes on in its own partition", "%d after %d" % (newer, generation))
            generation = newer
            m.send("halt\r")
            ok(m.ended() == 0, "and halts", m.log())


main(globals())
