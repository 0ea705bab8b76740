"""What a client of a VIP sees of `networkctl reconfigure`, and one incident's timeline."""

import time

from prove.nodes import LabError
from prove.watching import Observers

from .figures import figure
from .stage import FLOOR, GUARDIAN, KEEPALIVED, UNIT

VIP, BASE = "192.0.2.100/24", "192.0.2.11/24"


def reconfigure(stage, samples, quick):
    """The client's pings, one every 2 ms, while networkd reconfigures the interface."""
    times = 1 if quick else 3
    lab, lost = stage.lab, {}
    with Observers() as observers:
        runs = [one_run(stage, observers, 2) for _ in range(times)]
        samples["timeline"] = min(runs, key=lambda run: run["gap_ms"]) if quick else sorted(
            runs, key=lambda run: run["lost"])[times // 2]
        lost[GUARDIAN] = [run["lost"] for run in runs]
        for node in lab.nodes:
            node("systemctl", "stop", UNIT)
        guarded, lab.guarded = lab.guarded, ()
        with stage.floored():
            lost[FLOOR] = [one_run(stage, observers, 2)["lost"] for _ in range(times)]
        heard(lab, True)
        lost[KEEPALIVED] = [one_run(stage, observers, 6)["lost"] for _ in range(times)]
        heard(lab, False)
        lab.guarded = guarded
    ours, theirs, bare = (sorted(lost[who])[times // 2] for who in (GUARDIAN, KEEPALIVED, FLOOR))
    samples["client"] = lost
    ratio = theirs / ours if ours else None
    return [figure("a client's lost pings (one every 2 ms), networkd reconfigure", "pings", ours,
                   "at least 100 times fewer than keepalived 2.x by itself", ours == 0 or ratio >= 100, theirs, ratio,
                   f"the bare loop: {bare}; all runs: {lost[GUARDIAN]}, {lost[KEEPALIVED]}")]


def heard(lab, hears):
    """Both nodes' keepalived with, or again without, its hearing."""
    for node in lab.nodes:
        deaf = node.root / "etc/systemd/system/keepalived.service.d/deaf.conf"
        aside = node.root / "etc/deaf.conf"
        source, target = (deaf, aside) if hears else (aside, deaf)
        if source.exists():
            source.rename(target)
        node("systemctl", "daemon-reload")
    lab.start_afresh()
    lab.wait(lab.ready, 25, "the lab does not get back to its starting state")
    time.sleep(2)


def one_run(stage, observers, seconds):
    """From a healthy lab: what was lost, and everything that happened around it."""
    lab = stage.lab
    lab.heal()
    since = time.monotonic()
    with observers.until_told("ping.py", VIP.split("/")[0]) as pings:
        time.sleep(1)
        began = time.monotonic()
        stage.node("networkctl", "reconfigure", "eth0")
        time.sleep(seconds)
    flow = pings[0][0]
    if not flow["sent"]:
        raise LabError("the client's pings were not sent")
    changes = [one for one in observers.changes["node1"].between(began, began + seconds) if one.get("address") in (VIP, BASE)]
    journal = [entry for entry in (stage.node.journal(UNIT, since) if lab.guardian else []) if entry.get("VIPG_OUTAGE_USEC")]
    return {"began": began, "lost": flow["lost"], "sent_at": flow["sent_at"], "lost_at": flow["lost_at"], "gap_ms": flow["longest_gap_ms"],
            "changes": changes, "journal": [(entry["at"], entry["MESSAGE"]) for entry in journal]}
