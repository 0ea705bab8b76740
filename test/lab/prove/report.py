"""What people read of a run."""

from . import judge

WIDTH = 120


def figure(value, unit=" ms"):
    return "-" if value is None else f"{value:.2f}{unit}"


def block(suite, record):
    """One scenario, readable by itself."""
    lines = [f"--- {suite} / {record['name']}: {record['what']} ".ljust(WIDTH, "-")]
    if record["skipped"]:
        return "\n".join([*lines, f"SKIPPED: {record['skipped']}"])
    if "lost" in record:
        lines += body(record)
    lines += [f"  ! {problem}" for problem in record["problems"]]
    lines.append(("PASS" if record["ok"] else "FAIL") + f"  ({record['seconds']} s)")
    return "\n".join(lines)


def body(record):
    lines = []
    before, after = record["before"], record["after"]
    same = not judge.differences(before["addresses"], after["addresses"])
    same_routes = not judge.differences(before["routes"], after["routes"])
    lines.append(f"  node1 before: {' '.join(before['addresses'])}")
    lines.append(f"  node1 after:  {'the same, in every attribute' if same else ' '.join(after['addresses'])}"
                 f"; routes {'the same' if same_routes else 'differ'}")
    for lost in record["lost"]:
        text = f"  {lost['address']:18} {lost['instance']}  "
        text += f"gone for {figure(lost['outage_ms']):>10}" if lost["back"] else "gone, and stayed away"
        if lost["after_base_ms"] is not None:
            text += f", back {figure(lost['after_base_ms'])} after its base address"
        if lost["times"] > 1:
            text += f", removed {lost['times']} times"
        if lost.get("announced"):
            text += f", announced {lost['announced']} times, first after {figure(lost['announced_after_ms'])}"
        lines.append(text)
    for flow in record["pings"]:
        lines.append(f"  client's pings to {flow['target']}: {flow['lost']} of {flow['sent']} lost,"
                     f" longest gap {figure(flow['longest_gap_ms'])}")
    for stream in record["streams"]:
        lines.append(f"  a TCP stream through {stream['target']}: longest stall {figure(stream['longest_stall_ms'])}, "
                     f"{stream['missing']} of {stream['sent']} messages without an echo"
                     + (f"; {stream['error']}" if stream["error"] else ""))
    if record["duplicates"]["both_nodes_ms"] or record["duplicates"]["probes"]:
        lines.append(f"  {doubled(record)}")
    lines += [f"  note: {note}" for note in record["notes"]]
    for name, entries in record["journal"].items():
        lines += [f"  {name} journal: {entry.get('MESSAGE')}" for entry in entries]
    return lines


def doubled(record):
    """In words: the time in which both nodes had the same VIP, and what of it is the guardian's doing."""
    if "duplicates" not in record:
        return record["skipped"] or record["problems"]
    counted, alone = record["duplicates"], record.get("without_guardian")
    text = f"the same VIP on both nodes for {figure(counted['both_nodes_ms'])}"
    text += f", by the guardian {figure(counted['by_guardian_ms'])}"
    if counted["probes"]:
        text += f"; two answers to ARP for {figure(counted['probes_both_ms'])}"
        text += f", by the guardian {figure(counted['probes_by_guardian_ms'])}"
    if counted["added"]:
        text += f"; it added {counted['added']}, which stayed {figure(counted['beyond_mastership_ms'])} beyond mastership at most"
    if counted["taken_back_after_ms"] is not None:
        text += f", taken back {figure(counted['taken_back_after_ms'])} after the addition"
    if counted["misled_ms"]:
        text += f"; the client was led to the wrong node for {figure(counted['misled_ms'])}"
    if alone:
        text += f" (without it: both nodes {figure(alone['both_nodes_ms'])}, ARP {figure(alone['probes_both_ms'])})"
    return text


def summary(runs):
    lines = ["", "=== summary ".ljust(WIDTH, "=")]
    passed = failed = skipped = 0
    for run in runs:
        for record in run["scenarios"]:
            if record["skipped"]:
                skipped += 1
                word, detail = "SKIPPED", record["skipped"]
            else:
                passed, failed = passed + record["ok"], failed + (not record["ok"])
                word = "pass" if record["ok"] else "FAIL"
                worst = max((lost["after_base_ms"] if lost["after_base_ms"] is not None else lost["outage_ms"] or 0
                             for lost in record.get("lost", []) if lost["back"]), default=None)
                gap = max((flow["longest_gap_ms"] for flow in record.get("pings", [])), default=None)
                detail = f"worst return {figure(worst):>10}   longest gap of pings {figure(gap):>10}"
                if record.get("duplicates", {}).get("probes"):
                    detail += f"   doubled by the guardian {figure(record['duplicates']['by_guardian_ms'])}"
                if not record["ok"]:
                    detail += f"   {record['problems'][0]}"
            lines.append(f"{run['suite']:9} {record['name']:26} {word:8} {detail}"[:200])
        if run.get("skipped"):
            skipped += 1
            lines.append(f"{run['suite']:9} {'(all of it)':26} SKIPPED  {run['skipped']}")
        elif run.get("broken"):
            failed += 1
            lines.append(f"{run['suite']:9} {'(all of it)':26} FAIL     {run['broken']}")
    return "\n".join([*lines, f"{passed} passed, {failed} failed, {skipped} skipped"]), failed
