# SPDX-License-Identifier: Apache-2.0
"""The options on the kernel's command line: uuid= chooses the volume, or refuses all others by name."""
import uuid

import lib
from lib import Machine, Stopped, ok
from ports import PORTS, name_in


def boots(text):
    """(exit status or None, what the console said) of a boot with this command line."""
    with Machine(lib.fresh_volume(), more=["-append", text]) as m:
        try:
            m.prompt(20)
        except Stopped:
            return m.ended(20), m.log()
        return None, m.log()


def volume_uuid():
    with open(lib.IMAGE, "rb") as f:
        block = f.read(4096)
    return uuid.UUID(bytes=block[UUID_AT:UUID_AT + 16])


UUID_AT = 16
PORT = PORTS[name_in(lib.O)]


def test_own_uuid():
    status, text = boots("uuid=%s" % volume_uuid())
    ok(status is None, "the volume with this uuid is mounted", text)


def test_other_uuid():
    status, text = boots("uuid=00112233-4455-6677-8899-aabbccddeeff")
    ok(status and "the volume has another UUID" in text, "a volume with another uuid is refused", text)
    ok("nothing was written" in text, "and it says that nothing was written", text)


def test_malformed():
    status, text = boots("uuid=not-a-uuid")
    ok(status and "32 hexadecimal digits" in text, "a malformed uuid is refused by name", text)


def test_unknown_words():
    status, text = boots("quiet splash root=/dev/sda1")
    ok(status is None, "words for others are ignored", text)


def two_disks(first, second, text=""):
    more = ["-drive", "file=%s,format=raw,if=none,id=second" % second, "-device", PORT.virtio + ",drive=second"]
    with Machine(first, more=more + (["-append", text] if text else [])) as m:
        try:
            m.prompt(20)
        except Stopped:
            return m.ended(20), m.log()
        return None, m.log()


def test_two_volumes():
    """None is taken by guessing, also when one of them is damaged: it may be the one that was meant."""
    first, other = lib.fresh_volume(), lib.image_volume("other.vol", "system.img.txt")
    own = str(volume_uuid())
    status, text = two_disks(first, other)
    ok(status and "two disks hold a volume: choose by uuid=" in text and own in text, "two volumes: none is guessed", text)
    status, text = two_disks(first, other, "uuid=" + own)
    ok(status is None and "generation 1" in text, "two volumes: uuid= chooses", text)
    with open(first, "r+b") as f:  # the roots and all behind them
        f.seek(4096)
        f.write(bytes(16 * 4096))
    status, text = two_disks(first, other)
    ok(status and "two disks hold a volume" in text, "two volumes, one damaged: the other is not taken for it", text)
    status, text = two_disks(other, lib.copy_volume(other, "copy.vol"))
    ok(status and "two disks hold the same volume: take one away" in text, "a volume and its copy: none is guessed", text)


lib.main(globals())
