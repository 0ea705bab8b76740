"""The scenarios: what is done, in which suites, and what must come of it."""

import dataclasses
import os
import signal
import subprocess
import time
import typing

from . import judge
from .nodes import HERE, STATE, VIPS, LabError

PINGED = ("192.0.2.100", "2001:db8::100")
PATIENCE = 6.0  # for the guardian's last word on an incident
QUIET = 1.5     # watched after it, for what may come late


@dataclasses.dataclass
class Scenario:
    name: str
    what: str                                    # for people: what is done
    act: typing.Callable
    prepare: typing.Callable = lambda lab: None
    restore: typing.Callable = lambda lab: None
    handover: bool = False                       # keepalived lets go: nothing may be added, node2 takes over
    remover: str = "."                           # what VIPG_REMOVER must match
    not_in: dict = dataclasses.field(default_factory=dict)  # suite -> why it cannot be shown there
    needs_guardian: bool = False
    extra: bool = False                          # played only when asked for by name
    handed_back: bool = False                    # with handover: node1 is master again at the end


@dataclasses.dataclass
class Seen:
    """All that was observed from just before the act until things were quiet again."""
    start: float
    end: float
    before: dict
    after: dict
    after_node2: dict
    changes: dict
    frames: list
    journal: dict     # the guardian's, per node
    keepalived: dict  # keepalived's, per node
    pings: list
    notes: list = dataclasses.field(default_factory=list)  # what the judge finds worth saying, though not wrong


def state_of(node):
    return {"addresses": node.addresses(), "routes": node.routes()}


# --- what is done ---------------------------------------------------------------------------------------------------------

def delete(*addresses):
    batch = "".join(f"address del {address} dev eth0\n" for address in addresses)
    return lambda lab: lab.node1("ip", "-batch", "-", stdin=batch)


def command(*argv):
    return lambda lab: lab.node1(*argv)


def flush(lab):
    for these in ("192.0.2.100/30", "198.51.100.0/24", "2001:db8::100/120"):
        lab.node1("ip", "address", "flush", "dev", "eth0", "to", these)


def use_network(name):
    def prepare(lab):
        lab.node1.shell(f"cp /etc/lab/{name}.network /etc/systemd/network/10-eth0.network")
    return prepare


def serve_dhcp(lab):
    subprocess.run([HERE / "in", "client", "dnsmasq", "-C", "/etc/lab/dnsmasq.conf"], check=True)
    use_network("eth0-dhcp")(lab)
    renew_everything(lab)


def stop_dhcp(lab):
    pid = STATE / "client/root/run/dnsmasq.pid"
    if pid.exists():
        os.kill(int(pid.read_text()), signal.SIGTERM)
        pid.unlink()


def renew_everything(lab):
    """networkd and keepalived from the start on what is configured now; then healthy, as far as that goes."""
    lab.node1("systemctl", "restart", "systemd-networkd.service")
    lab.wait(lab.without_bases, 15, "node1 does not get its base address")
    lab.node1("systemctl", "restart", "keepalived.service")
    lab.wait(lab.ready, 25, "node1 does not become master again")
    time.sleep(1.5)


def hand_to_netplan(lab):
    lab.node1.shell("cp /etc/lab/netplan.yaml /etc/netplan/lab.yaml; chmod 600 /etc/netplan/lab.yaml;"
                    "rm /etc/systemd/network/10-eth0.network; netplan generate; networkctl reload")
    renew_everything(lab)


def take_from_netplan(lab):
    lab.node1.shell("rm -f /etc/netplan/lab.yaml; netplan generate; rm -f /run/systemd/network/*netplan*")


def demote(lab):
    lab.node1.shell("cp /etc/lab/keepalived-demoted.conf /etc/keepalived/keepalived.conf; systemctl reload keepalived")


def delete_and_stop(lab):
    batch = "".join(f"address del {address} dev eth0\n" for address in VIPS if not address.startswith("fe80"))
    pid = lab.node1.property("keepalived.service", "MainPID")
    lab.node1("sh", "-c", f"ip -batch - ; kill -TERM {pid}", stdin=batch)


def delete_and_demote(lab):
    batch = "".join(f"address del {address} dev eth0\n" for address in VIPS if not address.startswith("fe80"))
    demote(lab)
    # node2 takes over 3.6 s after node1's last better advert. Lose the addresses right on the way there, seldom enough that
    # nobody takes it for a fight and waits.
    time.sleep(2.8)
    deadline = time.monotonic() + 5
    while "192.0.2.100/24" not in lab.node2.addresses() and time.monotonic() < deadline:
        lab.node1("ip", "-force", "-batch", "-", stdin=batch, check=False)
        time.sleep(0.12)


def hang_and_delete(lab):
    pid = lab.node1("cat", "/run/vrrp.pid").stdout.strip()
    lab.node1("kill", "-STOP", pid)
    try:
        lab.wait(lambda: None if all(vip in lab.node2.addresses() for vip in VIPS) else "not yet", 8, "node2 does not take over")
        delete(*FIVE)(lab)
        time.sleep(2)
    finally:
        lab.node1("kill", "-CONT", pid)


def restart_bus(lab):
    lab.node1("systemctl", "restart", "dbus.service")
    time.sleep(3)


def kill_guardian(lab):
    pid = lab.node1.property("vip-guardian.service", "MainPID")
    lab.node1("kill", "-KILL", pid)
    deadline = time.monotonic() + 10
    while not lab.node1.active("vip-guardian.service") or lab.node1.property("vip-guardian.service", "MainPID") in ("0", pid):
        if time.monotonic() > deadline:
            raise LabError("systemd does not start the guardian again")
        time.sleep(0.1)
    time.sleep(2)


NETWORKD = "networkd"
FIVE = ("192.0.2.100/24", "192.0.2.101/32", "198.51.100.10/24", "2001:db8::100/64", "2001:db8::101/128")

SCENARIOS = [
    Scenario("delete-one", "ip address del 192.0.2.100/24", delete("192.0.2.100/24")),
    Scenario("delete-five", "three IPv4 and two IPv6 VIPs deleted in one ip -batch", delete(*FIVE)),
    Scenario("delete-all-flush", "ip address flush, for every VIP", flush),
    Scenario("networkd-restart", "systemctl restart systemd-networkd",
             command("systemctl", "restart", "systemd-networkd.service"), remover=NETWORKD),
    Scenario("networkd-reconfigure", "networkctl reconfigure eth0",
             command("networkctl", "reconfigure", "eth0"), remover=NETWORKD),
    Scenario("networkd-reload", "a touched .network file and networkctl reload",
             lambda lab: lab.node1.shell("touch /etc/systemd/network/10-eth0.network; networkctl reload"), remover=NETWORKD),
    Scenario("netplan-apply", "netplan apply, eth0 being netplan's", command("netplan", "apply"),
             prepare=hand_to_netplan, restore=take_from_netplan, remover=NETWORKD),
    Scenario("dhcp-restart", "networkd restarted while the base address comes from DHCP",
             command("systemctl", "restart", "systemd-networkd.service"),
             prepare=serve_dhcp, restore=stop_dhcp, remover=NETWORKD),
    Scenario("keepalived-stop", "systemctl stop keepalived",
             command("systemctl", "stop", "keepalived.service"), handover=True),
    Scenario("failover", "node1's priority lowered below node2's, and reload", demote, handover=True),
    Scenario("failover-during-loss", "VIPs deleted and keepalived stopped within the same millisecond",
             delete_and_stop, handover=True),
    Scenario("demoted-during-loss", "VIPs deleted again and again while node2 takes over", delete_and_demote, handover=True),
    Scenario("hung-keepalived", "keepalived on node1 hangs, node2 takes over, then VIPs are deleted on node1", hang_and_delete,
             handover=True, handed_back=True, extra=True),
    Scenario("bus-restart", "ip address del, some seconds after a restart of D-Bus", delete("192.0.2.100/24"),
             prepare=restart_bus, needs_guardian=True),
    Scenario("guardian-kill", "ip address del, after the guardian was killed and has come back", delete("192.0.2.100/24"),
             prepare=kill_guardian, needs_guardian=True),
]


# --- how it is done -------------------------------------------------------------------------------------------------------

def has_settled(lab, scenario, observers, start):
    """Whether all has happened that has to: the rest of the watching is for what must not happen."""
    if scenario.handed_back:
        return not lab.ready()
    if scenario.handover:
        return all(vip in lab.node2.addresses() for vip in VIPS) and not any(vip in lab.node1.addresses() for vip in VIPS)
    if not lab.deaf:
        return not lab.ready()
    lost = judge.losses(observers.changes["node1"].between(start, float("inf")), "node1")
    if not lost or not all(record["back"] for record in lost) or lab.ready():
        return False
    return not judge.journal_problems(lab.node1.journal("vip-guardian.service", start), lost, scenario.remover)


def observe(lab, scenario, observers):
    before = state_of(lab.node1)
    with observers.pings(*PINGED) as pings:
        time.sleep(0.4)
        start = time.monotonic()
        scenario.act(lab)
        deadline = time.monotonic() + PATIENCE
        if lab.deaf and not lab.guardian and not scenario.handover:
            time.sleep(1.5)
        else:
            time.sleep(0.5)  # asking costs what the nodes need for themselves just now
            while time.monotonic() < deadline and not has_settled(lab, scenario, observers, start):
                time.sleep(0.25)
        time.sleep(QUIET)
        end = time.monotonic()
    after, after_node2 = state_of(lab.node1), state_of(lab.node2)
    return Seen(
        start, end, before, after, after_node2,
        {name: log.between(start, end) for name, log in observers.changes.items()},
        observers.frames.between(start, end),
        {node.name: node.journal("vip-guardian.service", start) if lab.guardian else [] for node in lab.nodes},
        {node.name: node.journal("keepalived.service", start) for node in lab.nodes},
        pings)


def verdict(lab, scenario, seen):
    if scenario.handover:
        return judge.handed_over(seen, "node1" if scenario.handed_back else "node2")
    if not lab.deaf:
        return judge.reelected(seen)
    if lab.guardian:
        return judge.repaired(seen, scenario.remover)
    return judge.shown_without_guardian(seen)


def play(lab, scenario, observers):
    """One scenario from a healthy lab to a verdict, as a record."""
    record = {"name": scenario.name, "what": scenario.what, "skipped": None, "problems": [], "ok": False}
    reason = scenario.not_in.get(lab.suite)
    if not reason and scenario.needs_guardian and not lab.guardian:
        reason = "it is about the guardian, which is not installed"
    if reason:
        return {**record, "skipped": reason}
    began = time.monotonic()
    try:
        lab.heal()
        restarts = [node.property("vip-guardian.service", "NRestarts") for node in lab.nodes] if lab.guardian else []
        try:
            scenario.prepare(lab)
            seen = observe(lab, scenario, observers)
        finally:
            scenario.restore(lab)
        lost, problems = verdict(lab, scenario, seen)
        if lab.guardian and "guardian" not in scenario.name and \
                restarts != [node.property("vip-guardian.service", "NRestarts") for node in lab.nodes]:
            problems.append("the guardian crashed and was started again")
        record |= {
            "lost": lost, "pings": seen.pings, "problems": problems, "before": seen.before, "after": seen.after,
            "doubled_ms": max(judge.doubled(seen.changes, seen.start, seen.end).values(), default=0.0), "notes": seen.notes,
            "changes": seen.changes, "start": seen.start, "frames": seen.frames,
            "journal": {name: [tidy(entry) for entry in entries] for name, entries in seen.journal.items()},
            "keepalived": {name: [tidy(entry) for entry in entries] for name, entries in seen.keepalived.items()},
        }
    except (LabError, OSError, subprocess.SubprocessError) as broken:
        record["problems"] = [f"the lab: {broken}"]
    return {**record, "ok": not record["problems"], "seconds": round(time.monotonic() - began, 1)}


def tidy(entry):
    return {key: value for key, value in entry.items() if key.startswith("VIPG_") or key in ("MESSAGE", "MESSAGE_ID", "PRIORITY", "at")}
