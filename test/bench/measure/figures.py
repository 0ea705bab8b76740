"""The figures, one function each. A figure is a dictionary as in the table's JSON; `goal` says in words what to reach."""

import contextlib
import json
import pathlib
import re
import subprocess
import time

from .stage import FLOOR, GUARDIAN, KEEPALIVED, SCRIPT, UNIT, Setup, median, quantile

US, MS = 1e6, 1e3
ARP = 0x0806


def figure(name, unit, value, goal, met, reference=None, ratio=None, note=""):
    number = lambda x: None if x is None else float(f"{x:.4g}")  # noqa: E731
    return {"name": name, "unit": unit, "value": number(value), "reference": number(reference), "ratio": number(ratio),
            "goal": goal, "met": met, "note": note}


def one_vip(stage, samples, quick):
    """One IPv4 VIP deleted: the guardian, the floor, keepalived by itself, the script."""
    setup = Setup(40)
    vips = setup.vips()
    rounds, few = (50, 2) if quick else (250, 8)
    stage.play(setup)
    stage.in_turns(samples, vips, rounds)
    with stage.scripted(vips[0][1]):
        samples[SCRIPT] = stage.trips(vips[:1], few, pause=11000)
    stage.play(setup, hears=True)
    samples[KEEPALIVED] = stage.trips(vips[:1], few, pause=4000)
    stage.hearing(False)
    floor, guardian = median(samples[FLOOR]), median(samples[GUARDIAN])
    late = quantile(samples[GUARDIAN], 0.99)
    others = f"{KEEPALIVED} {median(samples[KEEPALIVED]):.1f} s, {SCRIPT} {median(samples[SCRIPT]):.1f} s"
    return [
        figure("one IPv4 VIP, median", "µs", guardian * US, "within 2 times the floor", guardian <= 2 * floor, floor * US,
               guardian / floor, others),
        figure("one IPv4 VIP, 99th percentile", "µs", late * US, "under 1 ms", late < 1e-3,
               quantile(samples[FLOOR], 0.99) * US, late / quantile(samples[FLOOR], 0.99)),
    ]


def one_vip6(stage, samples, quick):
    """One IPv6 VIP deleted: keepalived is asked first, and what that takes by itself."""
    setup = Setup(1, six=40)
    rounds = 60 if quick else 250
    stage.play(setup)
    pid = stage.vrrp_pid()
    dumps = [int(line) / 1e9 for line in
             stage.tool("dump", rounds, 100, pid, f"/proc/{pid}/root/tmp/keepalived.data").split()]
    with stage.guarded():
        samples[f"{GUARDIAN}, IPv6"] = trips = stage.trips(setup.vips(six=True), rounds)
    goal = 1e-3 + median(dumps)
    return [figure("one IPv6 VIP, keepalived asked first, median", "µs", median(trips) * US,
                   "under 1 ms plus the dump's own latency", median(trips) < goal, median(dumps) * US,
                   median(trips) / median(dumps), f"99th percentile {quantile(trips, 0.99) * MS:.2f} ms")]


def flush(stage, vips, times):
    """Median seconds until all are back, and whether all came back."""
    results = []
    listed = stage.listed(vips)
    for number in range(times):
        if number:
            time.sleep(8)  # or it would be a fight
        results.append(json.loads(stage.tool("flush", 120, stdin=listed)))
    return median([one["back_ns"] / 1e9 for one in results]), max(one["missing"] for one in results)


def many_vips(stage, _samples, quick):
    """1,000 VIPs flushed at once; and how soon the daemon is READY with them."""
    return flushed(stage, 1000, 4, "within 3 times the floor", 1 if quick else 3) + [start_time(stage, 3 if quick else 9)]


def very_many_vips(stage, _samples, _quick):
    """10,000 of them; what the daemon takes of memory."""
    return flushed(stage, 10000, 10, "reported", 1, bound=None)


def flushed(stage, count, instances, goal, times, bound=3):
    setup = Setup(count, instances=instances, interfaces=4)
    stage.play(setup)
    with stage.floored():
        floor, _ = flush(stage, setup.vips(), times)
    time.sleep(1)
    with stage.guarded():
        memory = resident(stage)
        taken, missing = flush(stage, setup.vips(), times)
        after = resident(stage)
    figures = [figure(f"{count:,} VIPs flushed at once, {instances} instances, 4 interfaces: all back", "ms", taken * MS, goal,
                      missing == 0 and (bound is None or taken <= bound * floor), floor * MS, taken / floor,
                      f"{missing} did not come back" if missing else "")]
    if count == 10000:
        figures.append(figure("resident memory, 10,000 VIPs", "MiB", memory, "under 16 MiB", memory < 16,
                              note=f"{after:.1f} MiB after the flush"))
    return figures


def start_time(stage, times):
    taken = []
    for _ in range(times):
        stage.node("systemctl", "restart", UNIT)
        stamps = [int(stage.node.property(UNIT, f"{what}TimestampMonotonic")) for what in ("ExecMainStart", "ActiveEnter")]
        taken.append((stamps[1] - stamps[0]) / US)
        time.sleep(0.5)
    stage.node("systemctl", "stop", UNIT)
    return figure("exec to READY, 1,000 VIPs", "ms", median(taken) * MS, "under 100 ms", median(taken) < 0.1,
                  note="systemd's own sandboxing of the service included")


def resident(stage, what="VmRSS"):
    """MiB; RssAnon: without the pages of the program and its libraries, which are there once somebody came by."""
    status = pathlib.Path(f"/proc/{stage.pid()}/status").read_text(encoding="utf-8")
    return int(re.search(rf"^{what}:\s+(\d+)", status, re.M)[1]) / 1024


def wakeups(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M)[1])


def processor_time(pid):
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="utf-8").split()[0]) / 1e9


def packet_sockets(pid):
    """Those of the process that something can be delivered to: taps of the traffic, and watches that see ARP alone (of which a
    filter lets the claims to the addresses pass)."""
    with contextlib.suppress(OSError):
        own = {str(link.readlink()) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
        lines = pathlib.Path(f"/proc/{pid}/net/packet").read_text(encoding="utf-8").splitlines()[1:]
        protocols = [int(line.split()[3], 16) for line in lines if f"socket:[{line.split()[-1]}]" in own]
        return sum(one not in (0, ARP) for one in protocols), protocols.count(ARP)
    return 0, 0


def idle_and_storm(stage, _samples, quick):
    """Ten VIPs: what an idle daemon costs, and a million events that are none of its business."""
    setup = Setup(10)
    stage.play(setup)
    quiet, events = (30, 200_000) if quick else (120, 1_000_000)
    with stage.guarded():
        pid = stage.pid()
        memory, own = resident(stage), resident(stage, "RssAnon")
        time.sleep(10)
        before = wakeups(pid)
        time.sleep(quiet)
        woken, (taps, watches) = (wakeups(pid) - before) * 60 / quiet, packet_sockets(pid)
        storm, losses, lost_events, cost = stormed(stage, setup, events, pid)
        grown, grown_own = resident(stage) - memory, resident(stage, "RssAnon") - own
    slowest = max(losses)
    return [
        figure("idle: wake-ups", "a minute", woken, "at most 2", woken <= 2),
        figure("idle: packet taps open", "", taps, "none", taps == 0,
               note=f"and {watches} socket that sees ARP alone, filtered: who else claims an address"),
        figure("resident memory, 10 VIPs", "MiB", memory, "under 6 MiB", memory < 6),
        figure(f"memory of its own: growth over {events:,} events", "MiB", grown_own, "none (0.5 MiB)", grown_own < 0.5,
               note=f"with the pages of the program that were used for the first time {grown:.2f} MiB"),
        figure(f"storm of {events:,} foreign events: processor time an event", "µs", cost / events * US, "under 2 µs",
               cost / events < 2e-6, note=f"{events / storm:,.0f} events a second"
               + (f"; resynchronised {lost_events} times" if lost_events else "; kept up")),
        figure("storm: slowest repair in its midst", "ms", slowest * MS, "within 10 ms", slowest < 10e-3,
               note=f"median {median(losses) * MS:.2f} ms of {len(losses)}"),
    ]


def stormed(stage, setup, events, pid):
    index = stage.node("cat", f"/sys/class/net/{setup.interfaces[0]}/ifindex").stdout.strip()
    since, before = time.monotonic(), processor_time(pid)
    with subprocess.Popen([*stage.inside, stage.tools / "storm", str(events), index], stdout=subprocess.PIPE, text=True) as storm:
        losses = []
        time.sleep(0.2)
        while storm.poll() is None:
            losses += stage.trips(setup.vips(), 1, pause=0)
            setup.instances[0][3].append(setup.instances[0][3].pop(0))  # the next one
            time.sleep(0.3)
        taken = int(storm.stdout.read()) / 1e9
    time.sleep(2)
    cost = processor_time(pid) - before
    lost = sum("notifications were lost" in entry.get("MESSAGE", "") for entry in stage.node.journal(UNIT, since))
    return taken, losses, lost, cost
