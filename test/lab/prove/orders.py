"""Scenarios of rank and order: who is primary in a subnet, who comes after whom, and what the link routes say of it."""

import re
import time

from . import judge, traps
from .nodes import BASES, VIPS, LabError

# A subnet in which keepalived's addresses are alone: the first of them is its primary.
GROUP = ("198.51.100.10/24", "198.51.100.11/24", "198.51.100.12/24")


def edit(node, change):
    path = node.root / "etc/keepalived/keepalived.conf"
    text = path.read_text()
    changed = change(text)
    if changed == text:
        raise LabError("the scenario's change of keepalived.conf fits nowhere")
    path.write_text(changed)


def afresh(lab, change=None):
    """Both nodes from the start on the changed configuration; everything installed by keepalived, in its own order."""
    for node in lab.nodes:
        if change:
            edit(node, change)
    lab.start_afresh()
    lab.wait(lab.ready, 25, "node1 does not become master again")
    time.sleep(5 if lab.guardian and lab.has_window() else 1.5)


def with_group(text):
    line = f"        {GROUP[0]} brd 198.51.100.255 dev eth0\n"
    return text.replace(line, line + "".join(f"        {vip} brd 198.51.100.255 dev eth0\n" for vip in GROUP[1:]))


def promote(node, value):
    """Nobody is told of that; the guardian reads it when it is told of a link."""
    node.shell(f"for i in all default eth0; do echo {value} > /proc/sys/net/ipv4/conf/$i/promote_secondaries; done;"
               f"ip link set eth0 alias promote-{value}")


def promoting(value, change=None):
    def prepare(lab):
        afresh(lab, change)
        promote(lab.node1, value)
        time.sleep(0.5)
        missing = [vip for vip in GROUP if vip not in lab.node1.addresses()] if change else []
        if missing:
            raise LabError(f"keepalived did not install {missing}")
    return prepare


def unpromote(lab):
    for node in lab.nodes:
        for vip in GROUP:
            node("ip", "address", "del", vip, "dev", "eth0", check=False)
        promote(node, 1 if lab.suite == "bookworm" else 0)


def back_in_order(seen, remover="."):
    """All as it was, and in the same order in each subnet."""
    lost, problems = judge.repaired(seen, remover)
    return lost, problems


def all_there(lab):
    return not lab.ready() and all(vip in lab.node1.addresses() for vip in GROUP)


# --- the base address is replaced ------------------------------------------------------------------------------------------

OLD, NEW = BASES["node1"][0], "192.0.2.13/24"


def replace_base(lab):
    traps.priming_ip(lab.node1).go(traps.deletion(OLD, "192.0.2.100/24", "192.0.2.102/24"))
    time.sleep(1)
    lab.node1("ip", "address", "add", NEW, "brd", "192.0.2.255", "dev", "eth0")


def give_old_base_back(lab):
    lab.node1("ip", "address", "del", NEW, "dev", "eth0", check=False)


def behind_new_base(lab):
    here = lab.node1.addresses()
    return all(vip in here for vip in VIPS)


def base_replaced(seen):
    """As before, but for the new address in the old one's place."""
    old, new = OLD.split("/")[0], NEW.split("/")[0]

    def renamed(lines):
        # What networkd had set with its own address is networkd's to bring back.
        return sorted(re.sub(rf"\b{re.escape(new)}\b", old, line) for line in lines if "203.0.113.0" not in line)
    problems = judge.differences(renamed(seen.before["routes"]), renamed(seen.after["routes"]))
    after = {name.replace(new, old): entry for name, entry in seen.after["addresses"].items()}
    problems += [one for one in judge.differences(seen.before["addresses"], after) if not one.startswith(OLD)]
    if after.get(OLD, {}).get("secondary"):
        problems.append(f"the new base address {NEW} is behind a VIP")
    if any(change["what"] == "add" and change["address"] in VIPS for change in seen.changes["node2"]):
        problems.append("node2 became master")
    return judge.losses(seen.changes["node1"], "node1"), problems
