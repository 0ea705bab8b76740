"""`vip-guardian drill` on real nodes: what it tells must agree with what is seen from outside, and a backup refuses."""

import json

from . import judge

DRILLED = ("VI_1", "VI_6")
CLIENT = {"VI_1": "192.0.2.50", "VI_6": "2001:db8::50"}  # answers echo requests
REFUSED = 3

told = {}


def act(lab):
    told.clear()
    told["node2"] = lab.node2("vip-guardian", "drill", "VI_1", "--yes", check=False)
    for instance in DRILLED:
        told[instance] = lab.node1("vip-guardian", "drill", instance, "--probe", CLIENT[instance], "--yes", "--json",
                                  check=False)


def verdict(seen):
    lost, problems = judge.repaired(seen, ".")
    if told["node2"].returncode != REFUSED or "not master" not in told["node2"].stderr:
        problems.append(f"the backup did not refuse a drill: {told['node2'].stdout}{told['node2'].stderr}")
    for instance in DRILLED:
        done = told[instance]
        if done.returncode != 0:
            problems.append(f"the drill of {instance} ended with exit {done.returncode}: {done.stdout}{done.stderr}")
            continue
        drill = json.loads(done.stdout)
        of_it = [record for record in lost if record["address"] == drill["address"]]
        steps = drill["rounds"][0]
        if len(of_it) != 1:
            problems.append(f"{drill['address']} was drilled, and seen lost {len(of_it)} times")
        elif steps["back_after_usec"] < 1000 * of_it[0]["outage_ms"]:
            problems.append(f"{drill['address']} was away for {of_it[0]['outage_ms']} ms, and the drill tells less: {steps}")
        for step in ("noticed", "verified", "announced"):
            if f"{step}_after_usec" not in steps:
                problems.append(f"the drill of {instance} does not tell when it was {step}")
        if "client_gap_usec" not in steps:
            problems.append(f"the drill of {instance} does not tell what its client saw: {steps}")
        else:
            seen.notes.append(f"{drill['address']}: the drill saw the client without an answer for "
                              f"{steps['client_gap_usec'] / 1000} ms")
    if len(lost) != len(DRILLED):
        problems.append(f"{len(lost)} addresses were lost in {len(DRILLED)} drills")
    return lost, problems
