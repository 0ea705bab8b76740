"""Others who claim what a node has, a master that serves nothing, and a handover: who says what, and who is master afterwards."""

import re
import time

from . import judge, ladder, orders, trapped
from .nodes import LabError

STRANGER = "bd8e260503df4ee2931bef110f8f4904"
UNSERVED = "0b041e67e0ed4b0d8032f97ccaef729b"
CLAIMED = "192.0.2.101"


def said(seen, node, message_id, words):
    entries = [entry["MESSAGE"] for entry in seen.journal[node] if entry.get("MESSAGE_ID") == message_id]
    return [] if any(words in text for text in entries) else [f"journal of {node}: nobody says \"{words}\", but {entries}"]


def claim(lab):
    """node2 has the address by mistake, and speaks from it: so its question for the client's hardware address is a claim."""
    lab.node2.shell(f"""ip address add {CLAIMED}/32 dev eth0
        ip neighbour flush dev eth0
        ping -q -c 2 -i 0.2 -W 1 -I {CLAIMED} 192.0.2.50 || true
        ip address del {CLAIMED}/32 dev eth0""")
    time.sleep(2)  # the guardian listens once a second to whoever claims again and again


def long_after_an_election(lab):
    """Within ten seconds of one a claim may be the former master's second burst, and is not told."""
    time.sleep(12)


def told_and_answered(seen):
    problems = said(seen, "node1", STRANGER, f"{CLAIMED} is claimed by ") + trapped.at_the_end(seen, "node1")
    at = min((entry["at"] for entry in seen.journal["node1"] if entry.get("MESSAGE_ID") == STRANGER), default=seen.start)
    if not judge.announcements(seen.frames, f"{CLAIMED}/32", at - 0.1):
        problems.append(f"{CLAIMED} was not announced against the claim")
    return judge.losses(seen.changes["node1"], "node1"), problems


def speak_otherwise(lab):
    """node2 with a password of its own: neither takes the other's adverts, and both become master. (With a longer interval
    keepalived 2.2.7 sends one advert and no more: each of the other's that it refuses puts its own off.)"""
    kept = (lab.node2.root / "etc/keepalived/keepalived.conf").read_text()
    password = "authentication {\n        auth_type PASS\n        auth_pass other\n    }\n    virtual_ipaddress"
    orders.edit(lab.node2, lambda text: text.replace("virtual_ipaddress", password, 1))
    lab.node2("systemctl", "restart", "keepalived.service")
    time.sleep(16)
    (lab.node2.root / "etc/keepalived/keepalived.conf").write_text(kept)
    lab.node2("systemctl", "restart", "keepalived.service")


def both_explained(seen):
    lost, problems = trapped.safe("node1")(seen)
    for node, theirs, ours in (("node1", "PASS", "none"), ("node2", "none", "PASS")):
        problems += said(seen, node, STRANGER, f"keepalived does not take it: its auth_type is {theirs} and not {ours}")
    return lost, problems


def leave_alone(lab):
    """node2's guardian asks the wire, and node1 has none."""
    ladder.configure(peer={"probe": "10s"})(lab)
    lab.node1("systemctl", "stop", "vip-guardian.service")


def lose_for_good(lab):
    lab.node1("ip", "address", "del", f"{CLAIMED}/32", "dev", "eth0")
    time.sleep(22)  # a round of questions every ten seconds, and three of them
    lab.node1("ip", "address", "add", f"{CLAIMED}/32", "dev", "eth0")
    time.sleep(14)


def missed_from_afar(seen):
    problems = said(seen, "node2", UNSERVED, f"advertises as master, but nobody answers for {CLAIMED}, asked 3 times")
    problems += said(seen, "node2", UNSERVED, "is answered for again") + trapped.at_the_end(seen, "node1")
    return judge.losses(seen.changes["node1"], "node1"), problems + trapped.added_nothing(seen)


def back_again(lab):
    lab.node1("systemctl", "start", "vip-guardian.service")
    ladder.forget(lab)
    lab.start_afresh()


def stay_where_they_are(lab):
    orders.afresh(lab, lambda text: re.sub(r"^(\s*)state \w+", r"\1state BACKUP\n\1nopreempt", text, flags=re.M))


def hand_over(lab):
    done = lab.node1("vip-guardian", "handover", "VI_1", "--yes", check=False, timeout=60)
    if done.returncode != 0 or "has taken it over" not in done.stdout or "and stays there" not in done.stdout:
        raise LabError(f"vip-guardian handover exits with {done.returncode}: {done.stdout}{done.stderr}")
