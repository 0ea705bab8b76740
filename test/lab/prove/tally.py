"""What came of the random faults: a record of each, a table of all, and the journal for a person to read."""

import time

from . import duplicates, judge, ladder

# What the guardian's settings say by themselves.
LEAST_INTERVAL, MOST_PER_HOUR = 600, 2
# What is worth a notice (journalctl -p notice), half an hour of faults, is read in five minutes: a line takes two seconds.
NOTICE = 5
READABLE, MINUTES = 150, 30


def of(seen):
    """The figures of one fault."""
    counted = duplicates.count(seen)[0]
    closings = [entry for entries in seen.journal.values() for entry in judge.closings(entries)]
    return {
        "client_ms": max((flow["longest_gap_ms"] for flow in seen.pings), default=0.0),
        "repairs": len(closings),
        "longest_repair_ms": max((int(judge.words(entry["VIPG_OUTAGE_USEC"])[0]) / 1000 for entry in closings), default=0.0),
        "both_nodes_ms": counted["both_nodes_ms"], "by_guardian_ms": counted["by_guardian_ms"],
        "added": counted["added"], "seconds": round(seen.end - seen.start, 1), "notes": seen.notes,
        "lines": sum(entry.get("_COMM") == "vip-guardian" for entries in seen.journal.values() for entry in entries),
    }


def restarts(journal):
    return [entry["at"] for entry in journal if entry.get("MESSAGE_ID") == ladder.RESTARTING]


def beyond_budget(node, journal):
    """More restarts of keepalived than the settings allow."""
    found, times = [], restarts(journal)
    for number, at in enumerate(times):
        if number and at - times[number - 1] < LEAST_INTERVAL:
            found.append(f"{node}: keepalived was restarted twice within {at - times[number - 1]:.0f} s")
        within = sum(at - 3600 < one <= at for one in times)
        if within > MOST_PER_HOUR:
            found.append(f"{node}: keepalived was restarted {within} times within an hour")
    return found


def loud(journal):
    """More than mere information."""
    return [entry for entry in journal if int(entry.get("PRIORITY", 6)) <= NOTICE]


def table(records, journals, lasted):
    """The table, and all that was wrong."""
    wrong = [f"{record['text']}: {problem}" for record in records for problem in record["problems"]]
    wrong += [problem for node, journal in journals.items() for problem in beyond_budget(node, journal)]
    head = f"{'fault':42}{'times':>6}{'repairs':>9}{'longest':>10}{'client without':>16}{'both nodes':>12}{'by guardian':>13}{'lines':>7}"
    shown = ["", head, "-" * len(head)]
    for kind in sorted({record["kind"] for record in records}):
        shown.append(row(kind, [record for record in records if record["kind"] == kind]))
    shown += ["-" * len(head), row("all", records), ""]
    for node, journal in journals.items():
        shown.append(f"{node}: the guardian wrote {len(journal)} lines, {len(loud(journal))} of them notices or worse, "
                     f"and restarted keepalived {len(restarts(journal))} times")
    total, limit = sum(len(loud(journal)) for journal in journals.values()), READABLE * max(1.0, lasted / 60 / MINUTES)
    shown.append(f"together {total} lines to be read (journalctl -p notice) of {lasted / 60:.0f} minutes; {limit:.0f} are bearable")
    if total > limit:
        wrong.append(f"the guardians wrote {total} lines to be read, more than {limit:.0f}")
    shown += [f"! {problem}" for problem in wrong]
    shown.append(f"{len(records)} faults, {len(wrong)} problems")
    return "\n".join(shown), wrong


def row(kind, records):
    def most(key):
        return max((record.get(key) or 0 for record in records), default=0)
    return (f"{kind:42}{len(records):6}{sum(record.get('repairs', 0) for record in records):9}"
            f"{most('longest_repair_ms'):7.1f} ms{most('client_ms'):13.0f} ms{most('both_nodes_ms'):9.1f} ms"
            f"{most('by_guardian_ms'):10.1f} ms{sum(record.get('lines', 0) for record in records):7}")


def story(records, journals):
    """The guardians' own words, and between them in brackets what was done. Mere information is indented."""
    shift = time.time() - time.monotonic()
    told = [(record["at"], f"[{record['text']}]") for record in records]
    told += [(entry["at"] + shift, f"{'' if loud([entry]) else '    '}{node}  {entry.get('MESSAGE')}")
             for node, journal in journals.items() for entry in journal]
    return "".join(f"{time.strftime('%H:%M:%S', time.localtime(at))} {text}\n" for at, text in sorted(told))
