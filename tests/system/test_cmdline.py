# SPDX-License-Identifier: Apache-2.0
"""The options on the kernel's command line: uuid= chooses the volume, or refuses all others by name."""
import uuid

import lib
from lib import Machine, Stopped, ok


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


lib.main(globals())
