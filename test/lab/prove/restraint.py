"""Where the guardian holds back: in maintenance, where it is to observe only, against somebody who removes the same address
again and again, and against hints that are not true."""

import time

from . import duplicates, judge, ladder, trapped
from .nodes import VIPS, LabError

FIGHT = "7b00f5a66eb2441e93f6f2dd5f751ef1"
PAUSED, RESUMED = "3f1d7c5ab2704b2d9f2fcb4be2e6a1d7", "c0a6f2d1e5134c1f8f4f3a0d6c2b9e58"
VIP = "192.0.2.101/32"
MAINTENANCE = 3  # seconds
READABLE = 8     # entries of a whole fight: that it is one, its incident, and what is said of restarts


def told(seen, node, message_id):
    return [entry["MESSAGE"] for entry in seen.journal[node] if entry.get("MESSAGE_ID") == message_id]


def delete(lab, address=VIP):
    lab.node1("ip", "address", "del", address, "dev", "eth0")


def lose_while_paused(lab):
    lab.node1("vip-guardian", "pause", "--for", "10min", "--reason", "new switch")
    delete(lab)
    time.sleep(MAINTENANCE)
    shown = lab.node1("vip-guardian", "status", check=False).stdout
    if "new switch" not in shown:
        raise LabError(f"vip-guardian status does not tell of the maintenance: {shown}")
    lab.node1("vip-guardian", "resume")


def left_alone_until_resumed(seen):
    lost, problems = trapped.mended(within=MAINTENANCE + 3)(seen)
    for record in lost:
        if record["back"] and record["outage_ms"] < MAINTENANCE * 1000:
            problems.append(f"{record['address']} was back {record['outage_ms']} ms after its removal, in maintenance")
    for what, message_id in (("the beginning", PAUSED), ("the end", RESUMED)):
        if len(told(seen, "node1", message_id)) != 1:
            problems.append(f"journal: {what} of the maintenance is told {len(told(seen, 'node1', message_id))} times")
    return lost, problems


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
    """The rung above: the peer serves while keepalived is restarted, once, as the budget allows."""
    lost, problems = trapped.safe("node1")(seen)
    for what, message_id in (("a fight", FIGHT), ("a restart", ladder.RESTARTING), ("its end", ladder.RESTARTED)):
        if len(told(seen, "node1", message_id)) != 1:
            problems.append(f"journal: {what} is told {len(told(seen, 'node1', message_id))} times")
    return lost, problems


def lie(lab):
    """Root lets both guardians know the opposite of what is true, as keepalived's notify would."""
    lab.node1("vip-guardian", "notify", "INSTANCE", "VI_1", "BACKUP", "150")
    lab.node2("vip-guardian", "notify", "INSTANCE", "VI_1", "MASTER", "100", check=False)
    delete(lab)
    time.sleep(1)
    lab.node2("vip-guardian", "notify", "INSTANCE", "VI_1", "MASTER", "100", check=False)


def not_deceived(seen):
    lost, problems = judge.repaired(seen, ".")
    there = [vip for vip in VIPS if vip in seen.after_node2["addresses"]]
    return lost, problems + ([f"node2 has {there}, because it was told that it is master"] if there else [])


def bystander(seen, contested):
    """The master has no guardian, and the other node's must not do a thing about it; where its own keepalived may become master
    for a while, only then."""
    problems = duplicates.problems(seen) if contested else trapped.added_nothing(seen)
    if not contested:
        problems += [f"{vip} is on node2" for vip in VIPS if vip in seen.after_node2["addresses"]]
    problems += [f"the backup's guardian restarts keepalived: {text}" for text in told(seen, "node2", ladder.RESTARTING)]
    return judge.losses(seen.changes["node1"], "node1"), problems
