"""A case of the fault matrix: one cause, one kind of VIP, one lab. Played and judged as a scenario is, and what must hold in
every case is a column of its own."""

import subprocess
import time

from . import duplicates, judge, play, tally, trapped
from .nodes import BASES, FORT_ROUTE, FORTS, VIPS, LabError
from .scenario import Scenario


def at_rest(lab, cause):
    """What the end of a case is waited for: its owner has everything, the other node nothing."""
    def settled(_lab):
        if cause.owner == "node1":
            return lab.ready() is None
        return all(vip in lab.node2.addresses() for vip in VIPS) and not any(vip in lab.node1.addresses() for vip in VIPS)
    return settled


def base_problems(seen):
    """Base addresses, their rank and the routes that do not hang on a VIP are on both nodes what they were."""
    found = []
    for node, before, after in (("node1", seen.before, seen.after), ("node2", seen.before_node2, seen.after_node2)):
        for base in BASES[node]:
            was, now = before["addresses"].get(base), after["addresses"].get(base)
            found += [f"{node}: {one}" for one in judge.differences({base: was} if was else {}, {base: now} if now else {})]
        found += [f"{node}: route gone: {line}" for line in before["routes"] if line not in after["routes"] and not of_vip(line)]
    return found


def of_vip(line):
    """Whether a route comes and goes with a VIP; then it is another column's business. So is what the kernel makes of the
    link-local address that it gives an interface itself: in an IPv4 lab that may stay away after a rename."""
    return line.startswith(("local fe80:", "anycast fe80:")) or any(vip.split("/")[0] in line.split() or vip in line.split() for vip in VIPS) or "198.51.100." in line


def left_behind(seen, cause):
    """What should not be there: VIPs beside their owner, stand-ins and their routes, addresses that nobody knows."""
    found = []
    for node, before, after in (("node1", seen.before, seen.after), ("node2", seen.before_node2, seen.after_node2)):
        found += [f"{vip} is still on {node}" for vip in VIPS if vip in after["addresses"] and node != cause.owner]
        found += [f"{address} was left behind on {node}" for address in after["addresses"]
                  if address not in before["addresses"] and address not in VIPS and (address in FORTS or stays(address))]
        found += [f"a route was left behind on {node}: {line}" for line in after["routes"] if FORT_ROUTE in line]
    return found


def stays(address):
    """The kernel gives an interface a link-local address by itself, keepalived's macvlan too."""
    return not address.startswith("fe80")


def stays_away(lab, cause):
    """Without a guardian, a deaf keepalived never puts back what it has lost."""
    return cause.loss and lab.deaf and lab.node1 not in lab.guarded


def problems(lab, cause, seen):
    """All that is a failure, beside the two columns above."""
    found = duplicates.problems(seen, cause.parted) if lab.guardian else []
    owner = seen.after if cause.owner == "node1" else seen.after_node2
    if not stays_away(lab, cause):
        found += [f"{vip} is not on {cause.owner}" for vip in VIPS if vip not in owner["addresses"]]
        if cause.owner == "node1":
            found += [one for one in judge.differences(seen.before["addresses"], seen.after["addresses"])
                      if one.split()[0] in VIPS and "gone" not in one]
    if not lab.deaf:  # it answers a loss itself, by an election, and the guardian looks on
        found += trapped.added_nothing(seen)
    elif cause.kept and any(change["what"] == "add" and change.get("address") in VIPS for change in seen.changes["node2"]):
        found.append("node2 became master")
    return found


def play_case(lab, kind, cause, observers):
    """From a healthy lab to a line of the table."""
    record = {"cause": cause.name, "vip": kind.name, "suite": lab.suite, "keepalived": None, "guardian": None, "outage_ms": None,
              "repair_ms": None, "duplicate_ms": None, "duplicate_by_guardian_ms": None, "base_intact": None, "left_behind": None,
              "restarts": None, "ok": False, "problems": [], "journal": []}
    scenario = Scenario(cause.name, cause.what, lambda lab: cause.act(lab, kind), contested=cause.contested, streamed=False,
                        patience=1 if stays_away(lab, cause) else cause.patience, settled=at_rest(lab, cause))
    began = time.monotonic()
    try:
        lab.heal()
        crashes = play.crashes(lab)
        try:
            cause.prepare(lab)
            seen = play.observe(lab, scenario, observers)
        finally:
            cause.restore(lab)
        counted, base, left = duplicates.count(seen)[0], base_problems(seen), left_behind(seen, cause)
        journal = [entry for entry in seen.journal["node1"] if entry.get("_COMM") == "vip-guardian"]
        restarts = sum(len(tally.restarts(entries)) for entries in seen.journal.values())
        found = problems(lab, cause, seen) + base + left
        if not cause.name.startswith("guardian") and any(now > then for then, now in zip(crashes, play.crashes(lab))):
            found.append("the guardian crashed and was started again")
        # None of this is a case for a restart, unless the settings ask for it.
        found += [f"the guardian restarted keepalived {restarts} times"] if restarts else []
        lost = judge.losses(seen.changes["node1"], "node1")
        record |= {
            "outage_ms": max((flow["longest_gap_ms"] for flow in seen.pings), default=None),
            "repair_ms": max((one["outage_ms"] for one in lost if one["back"]), default=None),
            "duplicate_ms": counted["both_nodes_ms"], "duplicate_by_guardian_ms": counted["by_guardian_ms"],
            "base_intact": not base, "left_behind": len(left), "restarts": restarts, "ok": not found, "problems": found,
            "journal": [str(entry.get("MESSAGE")) for entry in journal],
        }
    except (LabError, OSError, subprocess.SubprocessError) as broken:
        record["problems"] = [f"the lab: {broken}"]
    return {**record, "seconds": round(time.monotonic() - began, 1)}
