#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The plug test (plug.py) with a kernel that QEMU loads. PLUG_KILLS=25 and PLUG_SEED=1 change the number of kills and the
moments."""
import os

from lib import Machine, fresh_volume, main, ok
from plug import pull_the_plug

KILLS = int(os.environ.get("PLUG_KILLS", "25"))
SEED = int(os.environ.get("PLUG_SEED", "1"))


def test_plug():
    volume = fresh_volume("plug.vol")
    ok(KILLS >= 20, "at least 20 kills")
    pull_the_plug(KILLS, SEED, lambda: Machine(volume), lambda: volume)


main(globals())
