"""Scenarios of interfaces: down and up, renamed, without carrier; and VIPs on a macvlan of keepalived's own (use_vmac)."""

import time

from . import judge, orders, trapped
from .nodes import NAME, run

VMAC, VIRTUAL, INSTANCE = "vg71", "203.0.113.71/32", "VI_V"

BLOCK = f"""
vrrp_instance {INSTANCE} {{
    interface eth0
    use_vmac {VMAC}
    vmac_xmit_base
    state BACKUP
    virtual_router_id 71
    priority @PRIORITY@
    advert_int 1
    virtual_ipaddress {{
        {VIRTUAL}
    }}
}}
"""


def down_and_up(lab):
    lab.node1.shell("ip link set eth0 down; sleep 0.5; ip link set eth0 up")


def flap(lab):
    """The other end of the cable, for less than an advert interval."""
    port = ["ip", "-n", f"{NAME}-bridge", "link", "set", "node1"]
    run([*port, "down"])
    time.sleep(0.3)
    run([*port, "up"])


def rename_for_a_while(lab):
    lab.node1.shell("ip link set eth0 down; ip link set eth0 name lan0; ip link set lan0 up; sleep 2;"
                    "ip link set lan0 down; ip link set lan0 name eth0; ip link set eth0 up; sleep 1")


def on_vmac(lab):
    text = lab.node1.outside("ip", "-o", "address", "show")
    return f" {VMAC} " in text and f" {VIRTUAL} " in text


def with_vmac(lab):
    for node, priority in ((lab.node1, 150), (lab.node2, 100)):
        orders.edit(node, lambda text, priority=priority: text + BLOCK.replace("@PRIORITY@", str(priority)))
    orders.afresh(lab)
    lab.wait(lambda: None if on_vmac(lab) else "not yet", 10, f"keepalived does not put {VIRTUAL} on {VMAC}")
    time.sleep(3)


def without_vmac(lab):
    for node in lab.nodes:
        node("systemctl", "stop", "keepalived.service", check=False)
        node("ip", "link", "del", VMAC, check=False)


def delete_on_vmac(lab):
    lab.node1("ip", "address", "del", VIRTUAL, "dev", VMAC)


def delete_vmac(lab):
    lab.node1("ip", "link", "del", VMAC)


def vmac_back(lab):
    return on_vmac(lab) and not lab.ready()


def on_its_vmac(lost_there):
    """All as it was, on the macvlan as well; its own loss is told with its own interface."""
    def verdict(seen):
        problems = judge.differences(sorted(seen.before["shown"]), sorted(seen.after["shown"]))
        problems += judge.differences(seen.before["routes"], seen.after["routes"])
        lost = judge.losses(seen.changes["node1"], "node1")
        gaps = judge.absences(seen.changes["node1"], VIRTUAL)
        if bool(gaps) != lost_there:
            problems.append(f"{VIRTUAL} was {'never' if lost_there else 'also'} lost")
        told = [one for one in judge.closings(seen.journal["node1"]) if judge.words(one.get("VIPG_INSTANCE")) == [INSTANCE]]
        if lost_there and [judge.words(one.get("VIPG_INTERFACE")) for one in told] != [[VMAC]]:
            problems.append(f"journal: {len(told)} closing entries of {INSTANCE} on {VMAC}, expected 1")
        seen.notes += [f"{VIRTUAL} on {VMAC} was gone for {(back - gone) * 1000:.2f} ms" for gone, back in gaps if back]
        return lost, problems
    return verdict


def vmac_told(seen):
    """keepalived's own interface is nothing that we could make again: nothing is added, and it is told."""
    lost, problems = trapped.untouched(None)(seen)
    if any(change["what"] == "add" and change.get("address") == VIRTUAL for change in seen.changes["node1"]):
        problems.append(f"{VIRTUAL} was added somewhere")
    if not any(INSTANCE in judge.words(entry.get("VIPG_INSTANCE")) for entry in seen.journal["node1"]):
        problems.append(f"journal: nothing is said of {INSTANCE}")
    return lost, problems
