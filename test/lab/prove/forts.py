"""The fort: node1's base address and VIPs of its subnet go together, and while a /32 stands in for these, something happens."""

import os
import signal
import time

from . import duplicates, judge, traps, trapped

BASE = "192.0.2.11/24"
VIPS = ("192.0.2.100/24", "192.0.2.102/24")
FORT = "192.0.2.100/32"


def held(line):
    return not line.startswith("Deleted") and f" {FORT} " in line


def take_base_then(lab, strike):
    """The base address goes first, so that nothing may take the VIPs' place; `strike` comes as soon as the fort is held."""
    deleting = traps.priming_ip(lab.node1)
    with traps.address_events(lab.node1) as events:
        # Where the kernel does not promote, the VIPs go with it.
        deleting.go(traps.deletion(BASE, *VIPS))
        if lab.guardian:
            events.until(held, 3)
        strike()


def give_base_back(lab):
    lab.node1("ip", "address", "add", BASE, "brd", "192.0.2.255", "dev", "eth0")


def base_away(seconds):
    def act(lab):
        take_base_then(lab, lambda: time.sleep(seconds))
        give_base_back(lab)
    return act


def stop_keepalived(lab):
    stop = traps.priming_command(lab.node1, "systemctl stop --no-block keepalived.service")
    take_base_then(lab, stop.go)
    time.sleep(2)
    give_base_back(lab)


def kill_keepalived(lab):
    pid = traps.child(lab.node1)
    take_base_then(lab, lambda: os.kill(pid, signal.SIGKILL))
    time.sleep(1)
    give_base_back(lab)


def take_over(lab):
    def strike():
        traps.give_priority(lab.node2, 200)
        traps.wait_for_masters(lab, lab.node2)
    take_base_then(lab, strike)
    give_base_back(lab)


def kill_guardian(lab):
    def strike():
        os.kill(traps.guardian(lab.node1), signal.SIGKILL)
        time.sleep(1.5)
    take_base_then(lab, strike)
    give_base_back(lab)


def served(lost_at_most):
    """As before in the end, node2 never master, and the client's pings answered in between."""
    def verdict(seen):
        lost, problems = trapped.mended(within=15.0)(seen)
        missing = sum(flow["lost"] for flow in seen.pings if flow["target"] == "192.0.2.100")
        if seen.guardians["node1"] and missing > lost_at_most:
            problems.append(f"{missing} pings to 192.0.2.100 were lost, more than {lost_at_most}")
        return lost, problems
    return verdict


def gone_from(node):
    """Nothing of the guardian's on the wrong node, and no fort on this one; who is master in the end is not the question: the
    next keepalived found no base address, and a deaf one does not hear of its return."""
    def verdict(seen):
        problems = duplicates.problems(seen)
        problems += [one for one in trapped.at_the_end(seen, node) if "left behind" in one]
        return judge.losses(seen.changes[node], node), problems
    return verdict
