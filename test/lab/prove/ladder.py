"""The second rung: keepalived is restarted, where putting back is not wanted or of no use, and not more often than allowed."""

import json
import time

from . import duplicates, judge, trapped
from .nodes import VIPS

RESTARTING = "4466411ac1b443128b4466a42c6867e2"
SOON = {"without_peer": True, "patience": "1s", "jitter": 0}
RESTARTED = "a58eb44b2e0840fe9db1834c843b01e6"


def configure(**settings):
    """Both guardians get these settings."""
    def prepare(lab):
        for node in lab.guarded:
            path = node.root / "etc/vip-guardian/vip-guardian.json"
            path.parent.mkdir(exist_ok=True)
            kept = json.loads(path.read_text()) if path.exists() else {}
            path.write_text(json.dumps({**kept, **settings}))
            node("systemctl", "stop", "vip-guardian.service")
            node("rm", "-f", "/run/vip-guardian/ledger")  # the budget that a scenario before has used up
            node("systemctl", "start", "vip-guardian.service")
        lab.wait(lab.ready, 15, "the guardian does not begin with its new settings")
    return prepare


def handing_over(lab):
    """Only to a peer that was heard: an election, so that it is."""
    configure(fight={"action": "hand_over"}, restart={"patience": "1s", "jitter": 0})(lab)
    lab.node1("systemctl", "restart", "keepalived.service")
    time.sleep(5)
    lab.wait(lab.ready, 20, "node1 does not become master again")


def forget(lab):
    for node in lab.guarded:
        path = node.root / "etc/vip-guardian/vip-guardian.json"
        there = json.loads(path.read_text()) if path.exists() else {}
        kept = {key: value for key, value in there.items() if key == "keepalived"}
        if kept:
            path.write_text(json.dumps(kept))
        else:
            path.unlink(missing_ok=True)
        node("systemctl", "restart", "vip-guardian.service")


def entries(seen, message_id):
    return [entry for entry in seen.journal["node1"] if entry.get("MESSAGE_ID") == message_id]


def restarted(times, refused=None, given_up=()):
    """So often, each with its two entries; nothing added by the guardian; every VIP on one node in the end, but for those whose
    loss came when the budget was used up. (That a dumb keepalived keeps the clients is what the restart ends.)"""
    def verdict(seen):
        problems = [one for one in duplicates.problems(seen) if "the client was led to" not in one]
        problems += trapped.added_nothing(seen)
        for vip in VIPS:
            nodes = (vip in seen.after["addresses"]) + (vip in seen.after_node2["addresses"])
            if nodes != (0 if vip in given_up else 1):
                problems.append(f"{vip} is on {nodes} nodes")
        for what, message_id in (("a restart", RESTARTING), ("its end", RESTARTED)):
            said = len(entries(seen, message_id))
            if said != times:
                problems.append(f"journal: {what} is told {said} times, not {times}")
        if refused and not any(refused in entry.get("MESSAGE", "") for entry in seen.journal["node1"]):
            problems.append(f"journal: nobody says \"{refused}\"")
        return judge.losses(seen.changes["node1"], "node1"), problems
    return verdict


def lose_twice(lab):
    """The second time when the first restart is over, and node1 is master again."""
    lab.node1("ip", "address", "del", "192.0.2.100/24", "dev", "eth0")
    time.sleep(6)
    lab.wait(lab.ready, 20, "node1 does not become master again after the restart")
    lab.node1("ip", "address", "del", "192.0.2.101/32", "dev", "eth0")
    time.sleep(6)
