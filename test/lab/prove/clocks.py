"""When the date is set while the guardian works. A machine has one wall clock, and others read it too: so the guardian and keepalived
get one of their own, see ../clock.c."""

import os
import shutil
import struct
import time

from .ends import lose
from .nodes import HERE, LabError, run

YEAR = 366 * 86400
JUMPS = (YEAR, -YEAR, 60, -60, 0)  # seconds ahead of the machine's, one after the other
UNITS = ("vip-guardian.service", "keepalived.service")
CLOCK = "etc/lab/clock"


def own_clock(lab):
    built = run([HERE / "build-preload", lab.suite, "clock"]).stdout.strip()
    library = "/usr/local/lib/clock.so"
    for node in lab.nodes:
        shutil.copy(built, node.root / library[1:])
        (node.root / CLOCK).write_bytes(bytes(8))
        for unit in UNITS:
            # keepalived has another one already, in deaf.conf; the last one by name counts.
            node.shell(f"mkdir -p /run/systemd/system/{unit}.d; now=$(systemctl show --value -p Environment {unit} |"
                       f" sed -n 's/.*LD_PRELOAD=//p'); printf '[Service]\\nEnvironment=\"LD_PRELOAD=%s\"\\n' "
                       f"\"$now {library}\" > /run/systemd/system/{unit}.d/own-clock.conf")
        node("systemctl", "daemon-reload")
    lab.start_afresh()
    lab.wait(lab.ready, 25, "the lab does not become ready with a clock of its own")
    time.sleep(1.5)
    for unit in UNITS if lab.node1 in lab.guarded else UNITS[1:]:
        pid = lab.node1.property(unit, "MainPID")
        if f"/{CLOCK}\n" not in lab.node1("cat", f"/proc/{pid}/maps").stdout:
            raise LabError(f"{unit} still goes by the machine's clock")


def machines_clock(lab):
    for node in lab.nodes:
        node.shell("".join(f"rm -f /run/systemd/system/{unit}.d/own-clock.conf;" for unit in UNITS) + "systemctl daemon-reload")
    lab.start_afresh()


def turn(lab, seconds):
    """In place: it is mapped."""
    for node in lab.nodes:
        file = os.open(node.root / CLOCK, os.O_WRONLY)
        os.pwrite(file, struct.pack("=q", seconds), 0)
        os.close(file)


def jump(lab):
    for seconds in JUMPS:
        turn(lab, seconds)
        lose(lab)
        time.sleep(1.5)
