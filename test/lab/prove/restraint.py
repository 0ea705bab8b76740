"""Where the guardian holds back: in maintenance, where it is to observe only, against somebody who removes the same address
again and again, and against hints that are not true."""

import time

from . import duplicates, judge, ladder, orders, trapped, traps
from .nodes import VIPS, LabError

FIGHT = "7b00f5a66eb2441e93f6f2dd5f751ef1"
GIVEN_UP, HANDED_OVER = "c7c526a04c824680bb93e0f4b41727f6", "3b8cb7ee72f44ce085f1ffb585ebdc04"
STALE = "9f0c6a3d2be14f7c8d35e1a4b7c26f90"
PAUSED, RESUMED = "3f1d7c5ab2704b2d9f2fcb4be2e6a1d7", "c0a6f2d1e5134c1f8f4f3a0d6c2b9e58"
VIP = "192.0.2.101/32"
MAINTENANCE = 3  # seconds
MANAGER = ("org.vip_guardian1", "/org/vip_guardian1", "org.vip_guardian1.Manager")
VI_1 = ("org.vip_guardian1", "/org/vip_guardian1/instance/VI_5f1", "org.vip_guardian1.Instance")
READABLE = 8     # entries of a whole fight: that it is one, its incident, and what is said of restarts


def told(seen, node, message_id):
    return [entry["MESSAGE"] for entry in seen.journal[node] if entry.get("MESSAGE_ID") == message_id]


def delete(lab, address=VIP):
    lab.node1("ip", "address", "del", address, "dev", "eth0")


def lose_while_paused(meanwhile=lambda lab: None):
    def act(lab):
        lab.node1("vip-guardian", "pause", "--for", "10min", "--reason", "new switch")
        meanwhile(lab)
        delete(lab)
        time.sleep(MAINTENANCE)
        shown = lab.node1("vip-guardian", "status", check=False).stdout
        if "new switch" not in shown:
            raise LabError(f"vip-guardian status does not tell of the maintenance: {shown}")
        lab.node1("vip-guardian", "resume")
    return act


def boot(lab):
    """As far as the guardian knows: what lives in /run is gone after it."""
    lab.node1.shell("systemctl stop vip-guardian.service; rm -rf /run/vip-guardian; systemctl start vip-guardian.service")
    time.sleep(2)


def lose_while_paused_by_bus(lab):
    """By the service on D-Bus alone, out of its sandbox; and nobody else may order that."""
    nobody = ("runuser", "-u", "nobody", "--", "busctl")
    role = lab.node1(*nobody, "get-property", *VI_1, "Role").stdout
    if role != 's "MASTER"\n':
        raise LabError(f"the bus says of VI_1's role: {role}")
    for order in (("Pause", "ts", "600000000", "mine"), ("Resume",), ("Verify",)):
        if lab.node1(*nobody, "call", *MANAGER, *order, check=False).returncode == 0:
            raise LabError(f"nobody may order {order[0]} on the bus")
    lab.node1("busctl", "call", *MANAGER, "Verify")
    lab.node1("busctl", "call", *MANAGER, "Pause", "ts", "600000000", "new switch")
    delete(lab)
    time.sleep(MAINTENANCE)
    shown = lab.node1(*nobody, "get-property", *MANAGER, "Paused", "PauseReason").stdout
    if shown != 'b true\ns "new switch"\n':
        raise LabError(f"the bus does not tell of the maintenance: {shown}")
    lab.node1("busctl", "call", *MANAGER, "Resume")


def left_alone_until_resumed(beginnings=1):
    """`beginnings`: how often its beginning is told, once in each life."""
    def verdict(seen):
        lost, problems = trapped.mended(within=MAINTENANCE + 3)(seen)
        for record in lost:
            if record["back"] and record["outage_ms"] < MAINTENANCE * 1000:
                problems.append(f"{record['address']} was back {record['outage_ms']} ms after its removal, in maintenance")
        for what, message_id, times in (("the beginning", PAUSED, beginnings), ("the end", RESUMED, 1)):
            if len(told(seen, "node1", message_id)) != times:
                problems.append(f"journal: {what} of the maintenance is told {len(told(seen, 'node1', message_id))} times")
        return lost, problems
    return verdict


def only_observed(seen):
    """Added by nobody, and told as what would have been put back."""
    lost, problems = judge.losses(seen.changes["node1"], "node1"), trapped.added_nothing(seen)
    told_of = [entry for entry in seen.journal["node1"] if VIP.split("/")[0] in entry.get("MESSAGE", "")]
    if not any("observe" in entry["MESSAGE"] for entry in told_of):
        problems.append(f"journal: nobody says that {VIP} is only observed, but {[entry['MESSAGE'] for entry in told_of]}")
    return lost, problems


def fight(lab):
    """Whenever it comes, it goes, for so long that the guardian waits seconds between two of its attempts."""
    lab.node1("timeout", "16", "sh", "-c", f"ip monitor address dev eth0 | while read -r line; do case $line in *Deleted*) ;;"
              f" *{VIP}*) ip address del {VIP} dev eth0 ;; esac; done & sleep 0.5; ip address del {VIP} dev eth0; wait", check=False)


def fought(seen):
    lost, problems = trapped.safe("node1")(seen)
    added = len(duplicates.additions(seen, "node1"))
    if not 19 <= added <= 24:
        problems.append(f"{VIP} was put back {added} times in 16 s: expected to be some twenty, and more and more rarely")
    if len(told(seen, "node1", FIGHT)) != 1:
        problems.append(f"journal: a fight is told {len(told(seen, 'node1', FIGHT))} times")
    entries = [entry for entry in seen.journal["node1"] if entry.get("_COMM") == "vip-guardian"]
    if len(entries) > READABLE:
        problems.append(f"journal: {len(entries)} entries for one fight")
    return lost, problems


def fought_to_a_restart(seen):
    """The rung above: the peer serves while keepalived is restarted, once, as the budget allows; and where it comes back to,
    there is another fight."""
    lost, problems = trapped.safe("node1")(seen)
    for what, message_id, most in (
            ("a fight", FIGHT, 2), ("a restart", ladder.RESTARTING, 1), ("its end", ladder.RESTARTED, 1)):
        if not 1 <= len(told(seen, "node1", message_id)) <= most:
            problems.append(f"journal: {what} is told {len(told(seen, 'node1', message_id))} times")
    return lost, problems


def fought_and_handed_over(seen):
    """keepalived is stopped once, when the peer is known to live, and the peer serves from then on."""
    lost, problems = trapped.safe("node2")(seen)
    for what, message_id in (("a fight", FIGHT), ("the stop", ladder.RESTARTING), ("the end", HANDED_OVER)):
        if len(told(seen, "node1", message_id)) != 1:
            problems.append(f"journal: {what} is told {len(told(seen, 'node1', message_id))} times")
    return lost, problems


def fight_until_given_up(lab):
    fight(lab)
    time.sleep(1)
    if VIP in lab.node1.addresses():
        raise LabError(f"{VIP} is there, though it was to be given up")
    lab.node1("systemctl", "reload", "vip-guardian.service")


def given_up_and_back(seen):
    """18 times and no more, until the operator has had its say."""
    lost, problems = trapped.safe("node1")(seen)
    added = len(duplicates.additions(seen, "node1"))
    if added != 19:
        problems.append(f"{VIP} was put back {added} times: expected to be 18 times, and once after the reload")
    for what, message_id in (("a fight", FIGHT), ("that it is given up", GIVEN_UP)):
        if len(told(seen, "node1", message_id)) != 1:
            problems.append(f"journal: {what} is told {len(told(seen, 'node1', message_id))} times")
    return lost, problems


STATE_FILE = "/run/role.VI_1"
# What an operator may have in place: one script for both ways, called by keepalived.
NOTIFY = f"""#!/bin/sh
vip-guardian notify "$@"
[ "$2" = VI_1 ] && echo "$3" > {STATE_FILE}
exit 0
"""


def hinting(lab):
    """keepalived itself tells of its roles in every way that it has."""
    ladder.configure(instances={"VI_1": {"state_file": STATE_FILE}})(lab)
    for node in lab.nodes:
        script = node.root / "usr/local/bin/role"
        script.write_text(NOTIFY)
        script.chmod(0o755)

    def told_of(text):
        text = text.replace("global_defs {", "global_defs {\n    enable_dbus\n    script_user root\n    enable_script_security")
        return text.replace("    virtual_router_id", "    notify /usr/local/bin/role\n    virtual_router_id")
    orders.afresh(lab, told_of)


def take_over_and_tell(lab):
    traps.take_over_during_repair(lab)
    time.sleep(4)
    for node in lab.guarded:  # the trace says what came in
        node("systemctl", "kill", "--signal=USR1", "vip-guardian.service")
        time.sleep(1)
        trace = node("cat", "/run/vip-guardian/trace").stdout.splitlines()
        for source in ("D-Bus", "its notify line", "its state file"):
            if not any("RoleHinted" in line and f'"{source}"' in line for line in trace):
                raise LabError(f"{node.name}: {source} has told nothing")


def lie(lab):
    """Root lets both guardians know the opposite of what is true, as keepalived's notify would, and an operator's script."""
    lab.node1("vip-guardian", "notify", "INSTANCE", "VI_1", "BACKUP", "150")
    lab.node2("vip-guardian", "notify", "INSTANCE", "VI_1", "MASTER", "100", check=False)
    delete(lab)
    time.sleep(1)
    lab.node2("vip-guardian", "notify", "INSTANCE", "VI_1", "MASTER", "100", check=False)
    lab.node1.shell(f"echo FAULT > {STATE_FILE}")
    lab.node2.shell(f"echo MASTER > {STATE_FILE}")
    delete(lab, "198.51.100.10/24")
    time.sleep(1)


def not_deceived(seen):
    lost, problems = judge.repaired(seen, ".")
    there = [vip for vip in VIPS if vip in seen.after_node2["addresses"]]
    return lost, problems + ([f"node2 has {there}, because it was told that it is master"] if there else [])


def left_and_told(seen):
    """What a killed keepalived has left is told, and by default not touched: the operator may have wanted it there."""
    problems = trapped.added_nothing(seen)
    for vip in VIPS:
        if vip not in seen.after_node2["addresses"]:
            problems.append(f"{vip} is not on node2")
        if vip not in seen.after["addresses"]:
            problems.append(f"{vip} was removed from node1, and nobody has asked for it")
    for instance in sorted(set(VIPS.values())):
        if not any(f"{instance}: keepalived is gone, but has left here: " in text for text in told(seen, "node1", STALE)):
            problems.append(f"journal: nobody tells of {instance}'s addresses that were left behind")
    return judge.losses(seen.changes["node1"], "node1"), problems


def bystander(seen, contested):
    """The master has no guardian, and the other node's must not do a thing about it; where its own keepalived may become master
    for a while, only then."""
    problems = duplicates.problems(seen) if contested else trapped.added_nothing(seen)
    if not contested:
        problems += [f"{vip} is on node2" for vip in VIPS if vip in seen.after_node2["addresses"]]
    problems += [f"the backup's guardian restarts keepalived: {text}" for text in told(seen, "node2", ladder.RESTARTING)]
    return judge.losses(seen.changes["node1"], "node1"), problems
