"""Judgement: from what was seen to what was wrong. Pure functions; all times are on the machine's monotonic clock."""

import ipaddress
import re

from .nodes import BASES, VIPS, base_of

LIMIT = 0.050       # a VIP is back within this, from its removal or from the return of the base address it shares a subnet with
LET_GO = 0.010      # keepalived's own clean-up after it has let go is over within this
ANSWERED = 0.150    # an add that crossed with keepalived's letting go is taken back within this, and before the peer is master
STAMP_ERROR = 0.005  # the times of two observers, or of one and the journal, need not agree better than this
ANNOUNCED_WITHIN = 1.0


def absences(changes, address):
    """When the address was away: pairs (removed, back), back being None while it still is.

    An address that is "added" while it is there was only changed (the kernel promotes a secondary so): no return.
    """
    found, gone = [], None
    for change in changes:
        if change.get("address") != address:
            continue
        if change["what"] == "remove":
            gone = change["at"] if gone is None else gone
        elif gone is not None:
            found.append((gone, change["at"]))
            gone = None
    return found + ([(gone, None)] if gone is not None else [])


def base_back(changes, node, vip, removed, back):
    """When the base address that the VIP had to wait for came back, or None if it had to wait for none."""
    base = base_of(vip, node)
    returns = [end for start, end in absences(changes, base) if end and end > removed and (back is None or start < back)]
    return max((end for end in returns if back is None or end <= back), default=None)


def loss(changes, node, vip):
    """What happened to one VIP, or None if nothing did."""
    gaps = absences(changes, vip)
    if not gaps:
        return None
    record = {"address": vip, "instance": VIPS[vip], "times": len(gaps), "back": gaps[-1][1] is not None,
              "removed_at": gaps[0][0], "back_at": gaps[-1][1], "outage_ms": 0.0, "after_base_ms": None, "late": False}
    for removed, back in gaps:
        if back is None:
            record["outage_ms"], record["late"] = None, True
            continue
        record["outage_ms"] = round(max(record["outage_ms"], (back - removed) * 1000), 2)
        waited = base_back(changes, node, vip, removed, back)
        if waited is not None:
            record["after_base_ms"] = round((back - waited) * 1000, 2)
        record["late"] |= back - (waited or removed) > LIMIT
    return record


def losses(changes, node):
    return [found for found in (loss(changes, node, vip) for vip in VIPS) if found]


def masterships(journal, instance, master_at_start, start, end):
    """The times in which keepalived itself called the node master of the instance."""
    spans, since = [], start if master_at_start else None
    for entry in journal:
        text = str(entry.get("MESSAGE", ""))
        named = re.match(r"(?:VRRP_Instance)?\((\S+?)\) (Entering (\w+) STATE|sent 0 priority)", text)
        if named and named[1] == instance:
            master = named[3] == "MASTER"
        elif re.match(r"Stopping (Keepalive|keepalived)", text):
            master = False
        else:
            continue
        if master and since is None:
            since = entry["at"]
        elif not master and since is not None:
            spans.append((since, entry["at"]))
            since = None
    return spans + ([(since, end)] if since is not None else [])


def without_mastership(changes, journal, master_at_start, start, end):
    """Every time a VIP was on a node while keepalived there was not master: when, for how long, and whether it was put there
    by somebody who could have known better (an add may cross with keepalived's letting go; then it must be taken back)."""
    found = []
    for vip, instance in VIPS.items():
        spans = masterships(journal, instance, master_at_start, start, end)
        for since, until in spans_present(changes, vip, master_at_start, start, end):
            begun = [last for first, last in spans if first - STAMP_ERROR <= since <= last + STAMP_ERROR]
            if not begun:
                found.append({"address": vip, "at": since, "stayed": until - since, "crossed": False})
            elif begun[-1] < end and until - begun[-1] > LET_GO + STAMP_ERROR:
                found.append({"address": vip, "at": since, "stayed": until - begun[-1], "crossed": True})
    return found


def spans_present(changes, vip, present, start, end):
    spans, since = [], start if present else None
    for change in changes:
        if change.get("address") != vip:
            continue
        if change["what"] == "add" and since is None:
            since = change["at"]
        elif change["what"] == "remove" and since is not None:
            spans.append((since, change["at"]))
            since = None
    return spans + ([(since, end)] if since is not None else [])


def doubled(changes, start, end):
    """For how many milliseconds both nodes had the same VIP, longest time per VIP."""
    longest = {}
    for vip in VIPS:
        for one in spans_present(changes["node1"], vip, True, start, end):
            for other in spans_present(changes["node2"], vip, False, start, end):
                both = min(one[1], other[1]) - max(one[0], other[0])
                if both > 0:
                    longest[vip] = max(longest.get(vip, 0), round(both * 1000, 2))
    return longest


def announcements(frames, vip, since):
    """Unasked-for ARP or NA frames for the VIP, from the moment it was back."""
    address = vip.split("/")[0]
    return [frame for frame in frames if frame.get("sender") == address and frame["at"] >= since - STAMP_ERROR and (
        frame["target"] == address if frame["kind"] == "arp" else not frame["solicited"])]


def differences(before, after):
    """What is not as it was, in words. Works on addresses (records) and on routes (plain lines)."""
    if isinstance(before, list):
        return [f"route gone: {line}" for line in before if line not in after] + \
               [f"route new: {line}" for line in after if line not in before]
    found = []
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            found.append(f"{name} is {'new' if was is None else 'gone'}")
        elif was != now:
            keys = [key for key in sorted({*was, *now}) if was.get(key) != now.get(key)]
            found.append(f"{name} differs: " + ", ".join(f"{key} {was.get(key)} -> {now.get(key)}" for key in keys))
    return found


def subnets(shown):
    """Who stands in which IPv4 subnet of which interface, in the kernel's order."""
    found = {}
    for line in shown:
        device, family, address = line.split()[:3]
        if family == "inet":
            found.setdefault((device, str(ipaddress.ip_interface(address).network)), []).append(address)
    return found


def reordered(before, after, lost):
    """The order in a subnet is rank: its first address is the primary, the next one follows it where the kernel promotes.
    (Between subnets it means nothing.) That of before is right, and that in which keepalived installs. Who stayed while
    others were deleted by hand is not touched for the sake of order, unless the primary would be another one."""
    installed = [*BASES["node1"], *VIPS]
    problems, now = [], subnets(after)
    for (device, subnet), was in subnets(before).items():
        order = now.get((device, subnet), [])
        by_installation = sorted(was, key=lambda one: installed.index(one) if one in installed else len(installed))
        behind = [one for one in was if one not in lost or one == was[0]] + [one for one in was if one in lost and one != was[0]]
        if sorted(order) == sorted(was) and order not in (was, by_installation, behind):
            problems.append(f"order in {subnet} on {device}: {' '.join(was)} -> {' '.join(order)}")
    return problems


def words(value):
    return value if isinstance(value, list) else [value] if value else []


def closings(journal):
    """The guardian's closing entries, by their fields; the text is for people."""
    return [entry for entry in journal if "VIPG_OUTAGE_USEC" in entry]


def journal_problems(journal, lost, remover):
    entries, problems = closings(journal), []
    for record in lost:
        address = record["address"].split("/")[0]
        naming = [entry for entry in entries if any(vip.split("/")[0] == address for vip in words(entry.get("VIPG_VIP")))]
        if len(naming) != 1:
            problems.append(f"journal: {len(naming)} closing entries name {record['address']}, expected 1")
            continue
        if words(naming[0].get("VIPG_INSTANCE")) != [record["instance"]]:
            problems.append(f"journal: {record['address']} ascribed to instance {naming[0].get('VIPG_INSTANCE')}")
        if words(naming[0].get("VIPG_INTERFACE")) != ["eth0"]:
            problems.append(f"journal: {record['address']} ascribed to interface {naming[0].get('VIPG_INTERFACE')}")
        if not re.search(remover, " ".join(words(naming[0].get("VIPG_REMOVER")))):
            problems.append(f"journal: remover of {record['address']} is {naming[0].get('VIPG_REMOVER')!r}, "
                            f"expected /{remover}/")
    return problems


def repaired(seen, remover):
    """Everything that must be true after a loss that the guardian had to mend."""
    problems = []
    lost = losses(seen.changes["node1"], "node1")
    if not lost:
        problems.append("nothing was lost: the scenario has proved nothing")
    for record in lost:
        if not record["back"]:
            problems.append(f"{record['address']} is still missing")
        elif record["late"]:
            problems.append(f"{record['address']} was back late: {record['outage_ms']} ms after its removal"
                            + (f", {record['after_base_ms']} ms after the base address" if record["after_base_ms"] else ""))
        if record["back"]:
            heard = announcements(seen.frames, record["address"], record["back_at"])
            record["announced"] = len(heard)
            record["announced_after_ms"] = round((heard[0]["at"] - record["back_at"]) * 1000, 2) if heard else None
            if not heard or heard[0]["at"] - record["back_at"] > ANNOUNCED_WITHIN:
                problems.append(f"{record['address']} was not announced")
    problems += differences(seen.before["addresses"], seen.after["addresses"])
    problems += differences(seen.before["routes"], seen.after["routes"])
    problems += reordered(seen.before["shown"], seen.after["shown"], {record["address"] for record in lost})
    for base in BASES["node1"]:
        if seen.after["addresses"].get(base, {}).get("secondary"):
            problems.append(f"base address {base} has become a secondary address")
    if any(change["what"] == "add" and change["address"] in VIPS for change in seen.changes["node2"]):
        problems.append("node2 became master: the loss has led to a failover")
    return lost, problems + journal_problems(seen.journal["node1"], lost, remover) + non_master_problems(seen)


def handed_over(seen, master="node2"):
    """Everything that must be true after keepalived on node1 has let go, by itself or because it was told to."""
    problems = non_master_problems(seen) + added_beside_master(seen)
    at_the_end = {"node1": seen.after["addresses"], "node2": seen.after_node2["addresses"]}
    for node, addresses in at_the_end.items():
        problems += [f"{vip} is {'not' if node == master else 'still'} on {node} at the end"
                     for vip in VIPS if (vip in addresses) != (node == master)]
    return losses(seen.changes["node1"], "node1"), problems


def added_beside_master(seen):
    """VIPs that came back to node1 while node2 was master and had them: not even a keepalived that hangs excuses that."""
    problems = []
    for vip, instance in VIPS.items():
        own = masterships(seen.keepalived["node1"], instance, True, seen.start, seen.end)[1:]  # those it won back itself
        for since, until in spans_present(seen.changes["node1"], vip, True, seen.start, seen.end):
            if since == seen.start or any(first - STAMP_ERROR <= since <= last for first, last in own):
                continue
            for first, last in spans_present(seen.changes["node2"], vip, False, seen.start, seen.end):
                if first < since < last:
                    problems.append(f"{vip} came back to node1 while node2 was master, for {(min(until, last) - since) * 1000:.1f} ms")
    return problems


def non_master_problems(seen):
    problems = []
    both = doubled(seen.changes, seen.start, seen.end)
    for node, master in (("node1", True), ("node2", False)):
        for wrong in without_mastership(seen.changes[node], seen.keepalived[node], master, seen.start, seen.end):
            text = f"{wrong['address']} was on {node} for {wrong['stayed'] * 1000:.1f} ms while keepalived there was not master"
            if wrong["crossed"] and wrong["at"] == seen.start:
                seen.notes.append(text + ": nobody had touched it, keepalived took its time")
            elif wrong["crossed"] and wrong["stayed"] <= ANSWERED and wrong["address"] not in both:
                seen.notes.append(text + ": its return crossed with keepalived's letting go, and it was taken back")
            else:
                problems.append(f"{text} (from {(wrong['at'] - seen.start) * 1000:.1f} ms into the scenario on)")
    return problems


def shown_without_guardian(seen):
    """Without the guardian a deaf keepalived stays master and its VIPs stay away: that is the problem to be shown."""
    lost = losses(seen.changes["node1"], "node1")
    problems = [] if lost else ["nothing was lost: the scenario has shown nothing"]
    problems += [f"{record['address']} came back by itself" for record in lost if record["back"]]
    return lost, problems
