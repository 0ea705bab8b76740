"""How a scenario is played: from a healthy lab to a verdict."""

import contextlib
import subprocess
import time

from . import duplicates, judge, restraint, trapped
from .nodes import VIPS, LabError
from .scenario import Seen

QUIET = 1.5  # watched after the guardian's last word, for what may come late


def pinged():
    """The first address of each family that a client can call."""
    within_reach = [vip.split("/")[0] for vip in VIPS if not vip.startswith("fe80")]
    return [*[one for one in within_reach if ":" not in one][:1], *[one for one in within_reach if ":" in one][:1]]


def probed():
    return [vip.split("/")[0] for vip in VIPS if ":" not in vip][:3]


def state_of(node):
    return {"addresses": node.addresses(), "routes": node.routes(), "shown": node.shown()}


def guardians(lab):
    return {node.name: int(node.property("vip-guardian.service", "MainPID")) for node in lab.guarded}


def crashes(lab):
    return [int(node.property("vip-guardian.service", "NRestarts")) for node in lab.guarded]


def has_settled(lab, scenario, observers, start):
    """Whether all has happened that has to: the rest of the watching is for what must not happen."""
    if scenario.settled:
        return scenario.settled(lab)
    if scenario.handed_back:
        return not lab.ready()
    if scenario.handover:
        return all(vip in lab.node2.addresses() for vip in VIPS) and not any(vip in lab.node1.addresses() for vip in VIPS)
    if not lab.deaf:
        return not lab.ready()
    lost = judge.losses(observers.changes["node1"].between(start, float("inf")), "node1")
    if lab.bystander:
        return True  # nobody puts it back
    if not lost or not all(record["back"] for record in lost) or lab.ready():
        return False
    return not judge.journal_problems(lab.node1.journal("vip-guardian.service", start), lost, scenario.remover)


def observe(lab, scenario, observers):
    before, before_node2, alive = state_of(lab.node1), state_of(lab.node2), [guardians(lab)]
    asking = scenario.contested and probed()
    with observers.until_told("ping.py", *pinged()) as pings, \
            observers.until_told("stream.py", pinged()[0]) if scenario.streamed else contextlib.nullcontext([[]]) as streams, \
            observers.until_told("probe.py", *probed()) if asking else contextlib.nullcontext([{}]) as probes:
        time.sleep(0.4)
        start = time.monotonic()
        scenario.act(lab)
        deadline = time.monotonic() + scenario.patience
        if lab.deaf and not lab.guardian and not scenario.handover and not scenario.settled:
            time.sleep(1.5)
        else:
            time.sleep(0.5)  # asking costs what the nodes need for themselves just now
            while time.monotonic() < deadline and not has_settled(lab, scenario, observers, start):
                time.sleep(0.25)
        time.sleep(QUIET)
        end = time.monotonic()
    after, after_node2 = state_of(lab.node1), state_of(lab.node2)
    alive.append(guardians(lab))
    return Seen(
        start, end, before, before_node2, after, after_node2,
        {name: log.between(start, end) for name, log in observers.changes.items()},
        observers.frames.between(start, end),
        {node.name: node.journal("vip-guardian.service", start) if node in lab.guarded else [] for node in lab.nodes},
        {node.name: node.journal("keepalived.service", start) for node in lab.nodes},
        {node.name: {pids[node.name] for pids in alive if node.name in pids} for node in lab.nodes},
        {node.mac(): node.name for node in lab.nodes}, pings[0], probes[0], streams[0])


def verdict(lab, scenario, seen):
    if lab.bystander and (scenario.handed_back or not scenario.handover):
        return restraint.bystander(seen, scenario.contested)
    if scenario.verdict:
        return scenario.verdict(seen)
    if not lab.deaf:
        return trapped.observed(seen)
    if scenario.handover:
        lost, problems = judge.handed_over(seen, "node1" if scenario.handed_back else "node2")
        return lost, problems + duplicates.problems(seen)
    if lab.guardian:
        return judge.repaired(seen, scenario.remover)
    return judge.shown_without_guardian(seen)


def why_not(lab, scenario):
    """Why a scenario cannot be played here, or None."""
    if (scenario.needs_guardian or scenario.needs_both or scenario.hearing) and not lab.guardian:
        return "it is about the guardian, which is not installed"
    if scenario.needs_guardian and lab.bystander:
        return "it is about the guardian on the master"
    if scenario.needs_both and len(lab.guarded) < len(lab.nodes):
        return "it is about two guardians"
    if scenario.window and not lab.has_window():
        return "only keepalived before 2.0 has that window: KEEPALIVED=/path/to/1.3.9"
    if scenario.hearing and lab.deaf:
        return "this keepalived never hears"
    return None


def play(lab, scenario, observers, judged=True):
    """One scenario from a healthy lab to a verdict, as a record."""
    record = {"name": scenario.name, "what": scenario.what, "skipped": None, "problems": [], "ok": False}
    reason = why_not(lab, scenario)
    if reason:
        return {**record, "skipped": reason}
    began = time.monotonic()
    try:
        lab.heal()
        restarts = crashes(lab)
        try:
            scenario.prepare(lab)
            seen = observe(lab, scenario, observers)
        finally:
            scenario.restore(lab)
        lost, problems = verdict(lab, scenario, seen) if judged else ([], [])
        if "guardian" not in scenario.name and any(now > then for then, now in zip(restarts, crashes(lab))):
            problems.append("the guardian crashed and was started again")
        record |= {
            "lost": lost, "pings": seen.pings, "streams": seen.streams, "problems": problems, "before": seen.before, "after": seen.after,
            "duplicates": duplicates.count(seen)[0], "probes": seen.probes, "notes": seen.notes,
            "changes": seen.changes, "start": seen.start, "frames": seen.frames,
            "journal": {name: [tidy(entry) for entry in entries] for name, entries in seen.journal.items()},
            "keepalived": {name: [tidy(entry) for entry in entries] for name, entries in seen.keepalived.items()},
        }
    except (LabError, OSError, subprocess.SubprocessError) as broken:
        record["problems"] = [f"the lab: {broken}"]
    return {**record, "ok": not record["problems"], "seconds": round(time.monotonic() - began, 1)}


def tidy(entry):
    return {key: value for key, value in entry.items() if key.startswith("VIPG_") or key in ("MESSAGE", "MESSAGE_ID", "PRIORITY", "at")}
