"""Which addresses the guardian has put on a node, how long they outlived keepalived's mastership, and for how long the same
address was on both nodes because of it. Pure functions, like judge.py."""

from . import judge
from .nodes import FORTS, VIPS

# keepalived installs its addresses right after it has logged that it is master.
OWN_INSTALLATION = (-0.020, 0.200)
NO_LAST_WORD = 0.100
MISLED_LIMIT = 100.0  # milliseconds: the new master's own announcements take a while, too
OTHER = {"node1": "node2", "node2": "node1"}


def of_guardian(seen, node, port):
    """libnl makes port ids from the process id (low 22 bits) and a counter."""
    return port != 0 and port & 0x3FFFFF in seen.guardians[node]


def had_at_start(seen, node):
    return {vip for vip in VIPS if vip in (seen.before if node == "node1" else seen.before_node2)["addresses"]}


def began_as_master(seen, node, instance):
    return any(VIPS[vip] == instance for vip in had_at_start(seen, node))


def holding(seen, node, vip):
    return judge.spans_present(seen.changes[node], vip, vip in had_at_start(seen, node), seen.start, seen.end)


def own_masterships(seen, node, instance):
    """When a node was master: by keepalived's own word, but not while the other node was it. (One that hangs, or was killed, has
    no last word. Where the two words are close together, it is a handover like any other.)"""
    spans, others = (judge.masterships(seen.keepalived[one], instance, began_as_master(seen, one, instance),
                                       seen.start, seen.end) for one in (node, OTHER[node]))
    for begin, end in others:
        spans = [piece for first, last in spans for piece in (
            [(first, begin), (end, last)] if first < begin and last > begin + NO_LAST_WORD else [(first, last)])
                 if piece[0] < piece[1]]
    return spans


def additions(seen, node):
    """Each time the guardian put a VIP on a node: address, when, and until when it stayed and who removed it."""
    found, standing, current = [], had_at_start(seen, node), {}
    for change in seen.changes[node]:
        vip = change.get("address")
        if vip not in VIPS and vip not in FORTS:
            continue
        if change["what"] == "remove":
            standing.discard(vip)
            if vip in current:
                found.append({**current.pop(vip), "until": change["at"],
                              "taken_back": of_guardian(seen, node, change["port"])})
        elif vip not in standing:
            standing.add(vip)
            if is_guardians(seen, node, change):
                current[vip] = {"address": FORTS.get(vip, vip), "at": change["at"]}
    return found + [{**rest, "until": seen.end, "taken_back": False} for rest in current.values()]


def is_guardians(seen, node, change):
    if change["port"]:
        return of_guardian(seen, node, change["port"])
    # IPv6 events name nobody. No scenario adds one by hand, so what is not keepalived's own installation is the guardian's.
    before, after = OWN_INSTALLATION
    begun = [first for first, _ in own_masterships(seen, node, VIPS[change["address"]]) if first > seen.start]
    return bool(seen.guardians[node]) and not any(first + before <= change["at"] <= first + after for first in begun)


def wrong_part(seen, node, one):
    """The part of an addition that stood outside keepalived's mastership, or None. What keepalived takes along within LET_GO
    of its letting go is VRRP's own handover."""
    spans = own_masterships(seen, node, VIPS[one["address"]])
    begun = [last for first, last in spans if first - judge.STAMP_ERROR <= one["at"] <= last + judge.STAMP_ERROR]
    since = max(begun[-1], one["at"]) if begun else one["at"]
    if begun and (begun[-1] >= seen.end or one["until"] - since <= judge.LET_GO + judge.STAMP_ERROR):
        return None
    return since, one["until"]


def overlap(seen, node, vip, part):
    return sum(max(0, min(last, part[1]) - max(first, part[0])) for first, last in holding(seen, OTHER[node], vip))


def count(seen):
    """All of it in milliseconds: the longest for any one address."""
    result = {
        "both_nodes_ms": max(ms(sum(overlap(seen, "node2", vip, span) for span in holding(seen, "node2", vip))) for vip in VIPS),
        "by_guardian_ms": 0.0, "beyond_mastership_ms": 0.0, "taken_back_after_ms": None, "added": 0,
        "probes": probe.get("answered") if (probe := seen.probes) else None,
        "misled_ms": max(misled(seen).values(), default=0.0), "probes_both_ms": None, "probes_by_guardian_ms": None,
    }
    wrong = []
    for node in ("node1", "node2"):
        for one in additions(seen, node):
            result["added"] += 1
            if one["taken_back"]:
                result["taken_back_after_ms"] = max(result["taken_back_after_ms"] or 0, ms(one["until"] - one["at"]))
            part = wrong_part(seen, node, one)
            if part is None:
                continue
            wrong.append({**one, "node": node, "part": part})
            result["beyond_mastership_ms"] = max(result["beyond_mastership_ms"], ms(part[1] - part[0]))
            result["by_guardian_ms"] = max(result["by_guardian_ms"], ms(overlap(seen, node, one["address"], part)))
    if seen.probes:
        for key, chosen in (("probes_both_ms", seen.probes["doubled"]),
                            ("probes_by_guardian_ms", [one for one in seen.probes["doubled"] if in_any(one, wrong)])):
            per_vip = {one["address"]: 0 for one in chosen}
            for one in chosen:
                per_vip[one["address"]] += 1
            result[key] = max(per_vip.values(), default=0) * seen.probes["interval_ms"]
    return result, wrong


def misled(seen):
    """For how long the last announcement that the client heard of a VIP came from a node that had not got it (any more)
    while the other node had: traffic goes astray, even if both nodes had it for a blink only. Per VIP, in milliseconds."""
    found = {}
    for vip in VIPS:
        said = [(frame["at"], seen.macs[frame["from"]]) for frame in judge.announcements(seen.frames, vip, seen.start)
                if frame["from"] in seen.macs]
        for (at, node), (until, _) in zip(said, [*said[1:], (seen.end, None)]):
            away, there = gaps(holding(seen, node, vip), at, until), holding(seen, OTHER[node], vip)
            wrong = sum(max(0, min(a, d) - max(b, c)) for b, a in away for c, d in there)
            found[vip] = round(found.get(vip, 0) + ms(wrong), 2)
    return found


def gaps(spans, start, end):
    """What of the time from start to end is in none of the spans."""
    found = []
    for first, last in [*spans, (end, end)]:
        if first > start:
            found.append((start, min(first, end)))
        start = max(start, last)
    return [(first, last) for first, last in found if first < last]


def in_any(probe, wrong):
    return any(one["address"].split("/")[0] == probe["address"] and one["part"][0] <= probe["at"] <= one["part"][1]
               for one in wrong)


def ms(seconds):
    return round(seconds * 1000, 2)


def problems(seen, parted=False):
    """Nothing that the guardian added may be on both nodes, nor outlive mastership for longer than an unanswered question.
    Where the nodes were parted, both were master, and the last announcement that the client heard is keepalived's business."""
    found = []
    result, wrong = count(seen)
    for one in wrong:
        part, text = one["part"], f"{one['address']}, added by the guardian on {one['node']}, "
        both = ms(overlap(seen, one["node"], one["address"], part))
        if both:
            found.append(f"{text}was on both nodes for {both} ms")
        elif part[1] - part[0] > judge.ANSWERED:
            found.append(f"{text}was there for {ms(part[1] - part[0])} ms while keepalived there was not master")
        else:
            seen.notes.append(f"{text}crossed with keepalived's letting go, and was taken back after {ms(part[1] - part[0])} ms")
    if result["probes_by_guardian_ms"]:
        found.append(f"both nodes answered ARP for {result['probes_by_guardian_ms']:.0f} ms because of the guardian")
    found += [f"{vip}: for {long} ms the client was led to the node that had not got it"
              for vip, long in misled(seen).items() if long > MISLED_LIMIT and seen.guardians["node1"] and not parted]
    return found
