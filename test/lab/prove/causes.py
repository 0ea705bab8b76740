"""The causes of the fault matrix: what is done to node1, and who has the addresses when it is over."""

import dataclasses
import time
import typing

from . import faults, mishaps, scenarios, traps
from .nodes import BASES, VIPS

KEEPALIVED, NETWORKD, GUARDIAN = "keepalived.service", "systemd-networkd.service", "vip-guardian.service"


@dataclasses.dataclass
class Cause:
    name: str
    what: str
    act: typing.Callable           # (lab, kind)
    owner: str = "node1"           # who has everything in the end
    kept: bool = True              # the other node must not get anything on the way there
    loss: bool = False             # something is lost: without a guardian on node1 it stays away
    patience: float = 8.0
    contested: bool = False        # both nodes may come to have a VIP: ask by ARP, too
    parted: bool = False           # both nodes are master for a while
    needs_guardian: bool = False
    quick: bool = False            # part of the short selection
    not_for: tuple = ()            # kinds with which it cannot be played, or keepalived by itself never gets over it
    not_as_it_is: tuple = ()       # likewise, of a keepalived that hears
    prepare: typing.Callable = lambda lab: None
    restore: typing.Callable = lambda lab: None


def on_node1(act):
    """From a piece of a fault to a cause."""
    return lambda lab, kind: act(lab, lab.node1)


def deletion(choose):
    return lambda lab, kind: faults.delete(choose, kind.device)(lab, lab.node1)


def flush(lab, kind):
    for vip in VIPS:
        if not vip.startswith("fe80"):
            # It looks again, finds what has been put back, and gives up after ten rounds.
            lab.node1("ip", "address", "flush", "dev", kind.device, "to", vip.split("/")[0], check=False)


def between(first, seconds, then):
    def act(lab, _kind):
        first(lab, lab.node1)
        try:
            time.sleep(seconds)
        finally:
            then(lab, lab.node1)
    return act


def base_away(seconds):
    """The base address and what shares its subnet, by hand; and the base address comes back."""
    def act(lab, kind):
        base = BASES["node1"][kind.family_is_six()]
        away = [base, *(vip for vip in VIPS if not vip.startswith("fe80"))]
        batch = "".join(f"address del {one} dev {kind.device if one in VIPS else 'eth0'}\n" for one in away)
        lab.node1("ip", "-force", "-batch", "-", stdin=batch, check=False)
        time.sleep(seconds)
        more = () if ":" in base else ("brd", "192.0.2.255")
        lab.node1("ip", "address", "add", base, *more, "dev", "eth0")
        if ":" not in base:  # without any IPv4 address on it, an interface loses networkd's own route as well
            lab.node1("ip", "route", "replace", "203.0.113.0/24", "via", "192.0.2.50", "dev", "eth0", "proto", "static")
    return act


def take_over(lab, _kind):
    traps.give_priority(lab.node2, 200)
    traps.wait_for_masters(lab, lab.node2)


def kill_and_start(kill):
    def act(lab, _kind):
        kill(lab, lab.node1)
        time.sleep(1)
        faults.start(KEEPALIVED)(lab, lab.node1)
    return act


def delete_after_kill(lab, kind):
    scenarios.kill_guardian(lab)
    deletion(lambda vips: vips)(lab, kind)


ONE, ALL = (lambda vips: vips[:1]), (lambda vips: vips)
BACK = {"kept": False, "contested": True, "patience": 25.0}

CAUSES = [
    Cause("delete-one", "ip address del, the first VIP", deletion(ONE), loss=True, quick=True),
    Cause("delete-all", "all VIPs deleted in one ip -batch", deletion(ALL), loss=True),
    Cause("flush", "ip address flush, for every VIP", flush, loss=True),
    Cause("networkd-restart", "systemctl restart systemd-networkd", on_node1(faults.systemctl("restart", NETWORKD)),
          loss=True, quick=True),
    Cause("reconfigure", "networkctl reconfigure eth0", lambda lab, kind: lab.node1("networkctl", "reconfigure", "eth0"),
          loss=True, quick=True),
    Cause("reload", "a touched .network file and networkctl reload",
          lambda lab, kind: lab.node1.shell("touch /etc/systemd/network/10-eth0.network; networkctl reload"), loss=True),
    Cause("carrier-50ms", "eth0 without carrier for 50 ms", between(faults.carrier(False), 0.05, faults.carrier(True)), **BACK),
    Cause("carrier-0.2s", "eth0 without carrier for 0.2 s", between(faults.carrier(False), 0.2, faults.carrier(True)), **BACK),
    Cause("carrier-2s", "eth0 without carrier for 2 s", between(faults.carrier(False), 2, faults.carrier(True)), **BACK),
    Cause("link-down-up", "ip link set eth0 down, and up after 0.5 s",
          lambda lab, kind: lab.node1.shell("ip link set eth0 down; sleep 0.5; ip link set eth0 up"), **BACK),
    Cause("base-away-0s", "base address and VIPs deleted, the base address back at once", base_away(0), loss=True,
          contested=True),
    Cause("base-away-1s", "the same, the base address back after 1 s", base_away(1), loss=True, contested=True,
          not_as_it_is=("unicast",)),  # it puts the VIP back at once, without a guardian as well: so that comes before the base
    Cause("base-away-10s", "the same, the base address back after 10 s", base_away(10), loss=True, contested=True,
          not_as_it_is=("unicast",)),
    Cause("keepalived-stop", "systemctl stop keepalived", on_node1(faults.systemctl("stop", KEEPALIVED)), owner="node2",
          kept=False, contested=True, quick=True),
    Cause("keepalived-restart", "systemctl restart keepalived", on_node1(faults.systemctl("restart", KEEPALIVED)), **BACK),
    Cause("keepalived-reload", "systemctl reload keepalived", on_node1(faults.systemctl("reload", KEEPALIVED))),
    Cause("kill-child", "kill -9 of keepalived's vrrp process", kill_and_start(faults.signal_child("KILL")), **BACK),
    Cause("kill-parent", "kill -9 of keepalived's first process, and start after 1 s",
          kill_and_start(faults.signal_unit("KILL", KEEPALIVED)), **BACK),
    Cause("hang", "keepalived's vrrp process stopped for 6 s",
          between(faults.signal_child("STOP"), 6, faults.signal_child("CONT")), **BACK),
    Cause("takeover", "node2 becomes the better node", take_over, owner="node2", kept=False, contested=True),
    Cause("partition", "the nodes do not hear each other for 6 s",
          between(faults.forwarding(False), 6, faults.forwarding(True)), parted=True, **BACK),
    Cause("guardian-stopped", "the guardian stopped for 2 s: nothing moves",
          between(faults.systemctl("stop", GUARDIAN), 2, faults.start(GUARDIAN)), needs_guardian=True),
    Cause("guardian-killed", "kill -9 of the guardian; all VIPs deleted when it is back", delete_after_kill, loss=True,
          needs_guardian=True),
    *mishaps.causes(Cause, BACK),
]
