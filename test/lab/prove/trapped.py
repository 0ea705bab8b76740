"""Judgement of the traps: what must hold where the usual criteria (back within 50 ms, one entry for each) do not fit."""

from . import duplicates, judge
from .nodes import BASES, FORT_ROUTE, FORTS, VIPS


def at_the_end(seen, master):
    found = []
    for node, addresses in {"node1": seen.after["addresses"], "node2": seen.after_node2["addresses"]}.items():
        found += [f"{vip} is {'not' if node == master else 'still'} on {node} at the end"
                  for vip in VIPS if (vip in addresses) != (node == master)]
        found += [f"{fort} was left behind on {node}" for fort in FORTS if fort in addresses]
    for node, state in {"node1": seen.after, "node2": seen.after_node2}.items():
        found += [f"a route was left behind on {node}: {route}" for route in state["routes"] if FORT_ROUTE in route]
    return found


def safe(master):
    """Whatever happens in between: nothing of the guardian's on the wrong node, and all on the right one in the end."""
    def verdict(seen):
        return judge.losses(seen.changes["node1"], "node1"), duplicates.problems(seen) + at_the_end(seen, master)
    return verdict


def mended(within, told=None):
    """Safe, and back on node1 within so many seconds, without the other node ever having had them. Unless the guardian there
    has told these words, the trap has not sprung."""
    def verdict(seen):
        lost, problems = safe("node1")(seen)
        for record in lost:
            if record["back"] and record["outage_ms"] > within * 1000:
                problems.append(f"{record['address']} was back late: {record['outage_ms']} ms after its removal")
        if not lost:
            problems.append("nothing was lost: the scenario has proved nothing")
        if told and not any(told in entry.get("MESSAGE", "") for entry in seen.journal["node1"]):
            problems.append(f"journal: nobody says \"{told}\": the scenario has proved nothing")
        if any(change["what"] == "add" and change["address"] in VIPS for change in seen.changes["node2"]):
            problems.append("node2 became master: the loss has led to a failover")
        for base in BASES["node1"]:
            if seen.after["addresses"].get(base, {}).get("secondary"):
                problems.append(f"base address {base} has become a secondary address")
        return lost, problems
    return verdict


def added_nothing(seen):
    return [f"{one['address']} was added by the guardian on {node}, {(one['at'] - seen.start) * 1000:.1f} ms into the scenario"
            for node in ("node1", "node2") for one in duplicates.additions(seen, node)]


def untouched(master):
    """The guardian must add nothing at all, on no node. (None: who is master then is not the question.)"""
    def verdict(seen):
        return judge.losses(seen.changes["node1"], "node1"), added_nothing(seen) + (at_the_end(seen, master) if master else [])
    return verdict


def reported(seen):
    """Nothing added, and node1's guardian says of each instance what has become of it."""
    lost, problems = untouched(None)(seen)
    for instance in sorted(set(VIPS.values())):
        if not any(instance in judge.words(entry.get("VIPG_INSTANCE")) for entry in seen.journal["node1"]):
            problems.append(f"journal: nothing is said of {instance}")
    return lost, problems


def observed(seen):
    """A keepalived that hears gives mastership up after a loss and wins it again, which is its own business. All that counts is
    that nothing is added behind its back, that the loss is told (an IPv6 event names no remover: when keepalived has answered
    at once, nobody can tell that the loss was none of its own), and that in the end every VIP is on exactly one node."""
    lost, problems = untouched(None)(seen)
    for vip in VIPS:
        nodes = (vip in seen.after["addresses"]) + (vip in seen.after_node2["addresses"])
        if nodes != 1:
            problems.append(f"{vip} is on {nodes} nodes")
    first = next((change["address"] for change in seen.changes["node1"]
                  if change["what"] == "remove" and change["address"] in VIPS and ":" not in change["address"]), None)
    if first is None:
        return lost, problems + ["nothing was lost: the scenario has proved nothing"]
    if not any(first.split("/")[0] == vip.split("/")[0] for entry in seen.journal["node1"]
               for vip in judge.words(entry.get("VIPG_VIP"))):
        problems.append(f"journal: no entry names {first}, which was the first to go")
    return lost, problems
