"""A lab that stands, as the scenarios use it: commands in its nodes, and what is on their interfaces."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
NAME = os.environ.get("LAB_NAME", "vglab")
STATE = pathlib.Path(os.environ.get("LAB_STATE", f"/run/{NAME}"))

# What the nodes' keepalived.conf says, as the judge needs it: address -> instance. Link-local ones are spared by networkd.
# These are of node/keepalived.conf; `expect` puts others in their place.
VIPS = {
    "192.0.2.100/24": "VI_1", "192.0.2.101/32": "VI_1", "198.51.100.10/24": "VI_1", "192.0.2.102/24": "VI_1",
    "fe80::100/64": "VI_6", "2001:db8::100/64": "VI_6", "2001:db8::101/128": "VI_6",
}
BASES = {"node1": ("192.0.2.11/24", "2001:db8::11/64"), "node2": ("192.0.2.12/24", "2001:db8::12/64")}


def forts_of(vips):
    """What stands in for a VIP of the base address's subnet while that is away."""
    return {vip.split("/")[0] + "/32": vip for vip in vips if ":" not in vip and not vip.endswith("/32")}


FORTS = forts_of(VIPS)
FORT_ROUTE = "proto 86"


def expect(vips):
    """Another configuration of keepalived: from here on these are the addresses that everybody looks for."""
    VIPS.clear()
    VIPS.update(vips)
    FORTS.clear()
    FORTS.update(forts_of(VIPS))


def base_of(vip, node):
    """The base address whose subnet the VIP shares, or None: only such a VIP may have to wait."""
    subnets = {"192.0.2.": ("/24", 0), "2001:db8::": ("/64", 1)}
    for start, (prefix, which) in subnets.items():
        if vip.startswith(start) and vip.endswith(prefix):
            return BASES[node][which]
    return None


class LabError(Exception):
    """The lab itself is broken: no verdict about the guardian can be had."""


def run(argv, check=True, stdin=None, timeout=60):
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as hung:
        raise LabError(f"{' '.join(argv)}: no end after {timeout} s") from hung
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Node:
    def __init__(self, name):
        self.name = name
        self.root = STATE / name / "root"

    def leader(self):
        """Its first process, as the machine numbers it."""
        return (STATE / self.name / "leader.pid").read_text().strip()

    def __call__(self, *argv, **options):
        """A command inside the node, as an administrator would run it."""
        return run(["nsenter", "--target", self.leader(), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--",
                    "/usr/bin/env", "-C", "/root", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", *argv], **options)

    def shell(self, script, **options):
        return self("sh", "-ec", script, **options)

    def outside(self, *argv):
        """The machine's own command in the node's network: looks without touching."""
        return run(["nsenter", f"--net=/run/netns/{NAME}-{self.name}", "--", *argv]).stdout

    def addresses(self):
        """Everything that the kernel has to say about each address, fit for comparison."""
        found = {}
        for link in json.loads(self.outside("ip", "-j", "-d", "address", "show")):
            for entry in link.get("addr_info", []) if link.get("ifname") != "lo" else []:
                if entry.get("dynamic"):  # counts down by itself
                    entry.pop("valid_life_time"), entry.pop("preferred_life_time")
                found[f"{entry['local']}/{entry['prefixlen']}"] = entry
        return found

    def shown(self):
        """Every address as `ip` shows it, one a line, in the kernel's order."""
        lines, device = [], ""
        for line in self.outside("ip", "-d", "address", "show").splitlines():
            if not line.startswith(" "):
                device = line.split(": ")[1].split("@")[0]
            elif line.split()[0] in ("inet", "inet6"):
                lines.append(f"{device}: {line.strip()}")
            elif "valid_lft" in line and "dynamic" not in lines[-1]:  # the others count down by themselves
                lines[-1] += " " + " ".join(line.split())
        return [line for line in lines if not line.startswith("lo:")]

    def mac(self):
        return json.loads(self.outside("ip", "-j", "link", "show", "dev", "eth0"))[0]["address"]

    def routes(self):
        """Routes and rules, as lines."""
        lines = []
        for family in "-4", "-6":
            text = self.outside("ip", "-o", family, "route", "show", "table", "all")
            lines += [re.sub(r" expires \S+", "", line).strip() for line in text.splitlines()
                      if "eth0" in line or line.startswith("blackhole")]
            text = self.outside("ip", "-o", family, "rule")
            lines += ["rule " + re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
        return sorted(lines)

    def outside_pid(self, inside):
        """The id, as seen from the machine, of a process that is known by its id in the node."""
        space = os.stat(f"/proc/{self.leader()}/ns/pid").st_ino
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                status = pathlib.Path(f"/proc/{name}/status").read_text(encoding="utf-8")
                numbers = re.search(r"^NSpid:(.*)$", status, re.M)[1].split()
                if len(numbers) > 1 and numbers[-1] == inside and os.stat(f"/proc/{name}/ns/pid").st_ino == space:
                    return int(name)
            except OSError:  # gone meanwhile
                continue
        raise LabError(f"{self.name} has no process {inside}")

    def active(self, unit):
        return self("systemctl", "is-active", unit, check=False).stdout.strip() == "active"

    def property(self, unit, name):
        return self("systemctl", "show", "--value", "--property", name, unit).stdout.strip()

    def journal(self, unit, since):
        """What a unit has written since then (monotonic). By time, not by cursor: with a cursor and a filter together,
        journalctl 252 drops the first entry."""
        self("journalctl", "--sync", check=False)
        stamp = f"--since=@{since + time.time() - time.monotonic():.6f}"
        text = self("journalctl", "-q", "-u", unit, "-o", "json", "--all", stamp, check=False).stdout
        entries = []
        for line in text.splitlines():
            entry = {key: plain(value) for key, value in json.loads(line).items()}
            entry["at"] = at_of(entry)
            entries.append(entry)
        return [entry for entry in entries if entry["at"] >= since]


def plain(value):
    """A journal field as text, or a list of texts: fields may repeat, and come as bytes when not plain ASCII."""
    if isinstance(value, list):
        if value and all(isinstance(item, int) for item in value):
            return bytes(value).decode("utf-8", "replace")
        return [plain(item) for item in value]
    return value


def at_of(entry):
    """When an entry was sent, on the monotonic clock. The kernel's stamp of the datagram where there is one."""
    stamp = entry.get("_SOURCE_REALTIME_TIMESTAMP") or entry.get("__REALTIME_TIMESTAMP")
    return int(stamp) / 1e6 - (time.time() - time.monotonic())


GUARDED = {"both": ("node1", "node2"), "one": ("node1",), "other": ("node2",)}  # node1 is master at first


class Lab:
    """Both nodes and the client, with the guardian installed or not."""

    def __init__(self, suite):
        self.suite, self.guarded = suite, ()
        self.node1, self.node2 = Node("node1"), Node("node2")
        self.nodes = (self.node1, self.node2)
        settings = (STATE / "settings").read_text()
        self.deaf = "LAB_DEAF=0" not in settings
        self.made_deaf = "LAB_DEAF=1" in settings

    @property
    def guardian(self):
        return bool(self.guarded)

    def install(self, package, where="both"):
        """where: a key of GUARDED."""
        self.guarded = [node for node in self.nodes if node.name in GUARDED[where]]
        for node in self.guarded:
            shutil.copy(package, node.root / "root")
            node("apt-get", "install", "-y", "-q", f"./{os.path.basename(package)}", timeout=120)
            if self.deaf:
                (node.root / "etc/vip-guardian").mkdir(exist_ok=True)
                (node.root / "etc/vip-guardian/vip-guardian.json").write_text(
                    '{"keepalived": {"watches_addresses": false}}\n')
            node("systemctl", "enable", "--now", "vip-guardian.service")
            if self.deaf:  # the package has started it already, before the setting was there
                node("systemctl", "restart", "vip-guardian.service")

    @property
    def bystander(self):
        """The only guardian is on the backup."""
        return [node.name for node in self.guarded] == ["node2"]

    def let_hear(self):
        """keepalived gets its hearing back, and the guardian has no settings: as both are installed."""
        for node in self.nodes:
            node.shell("rm -f /etc/systemd/system/keepalived.service.d/deaf.conf /etc/vip-guardian/vip-guardian.json;"
                       "systemctl daemon-reload; systemctl stop keepalived")
            if node in self.guarded:
                node("systemctl", "restart", "vip-guardian.service")
        self.deaf = self.made_deaf = False
        self.start_afresh()

    def ready(self):
        """Why the lab is not in the state from which every scenario starts, or None."""
        if not all(node.active("keepalived.service") and node.active("systemd-networkd.service") for node in self.nodes):
            return "keepalived or networkd is not running"
        if not all(node.active("vip-guardian.service") for node in self.guarded):
            return "vip-guardian is not running"
        here, there = self.node1.addresses(), self.node2.addresses()
        missing = [vip for vip in [*VIPS, *BASES["node1"]] if vip not in here]
        doubled = [vip for vip in VIPS if vip in there]
        if missing or doubled:
            return f"node1 lacks {missing}, node2 has {doubled}"
        if any("tentative" in entry for entry in here.values()):
            return "an address is still being checked for duplicates"
        if any(here[base].get("secondary") for base in BASES["node1"]):
            return "a VIP has become the primary address of the base address's subnet"
        return self.unguarded(self.node1)

    def unguarded(self, master):
        """What the guardian on the master does not guard yet, or None."""
        if master in self.guarded:  # an instance with IPv6 addresses only has to be seen advertising first
            status = master.property("vip-guardian.service", "StatusText")
            if not all(f"{instance} MASTER (" in status for instance in VIPS.values()):
                return f"{master.name}'s guardian does not guard everything: {status}"
        return None

    def wait(self, question, seconds, what):
        deadline = time.monotonic() + seconds
        while (answer := question()) is not None:
            if time.monotonic() > deadline:
                raise LabError(f"{what}: {answer}")
            time.sleep(0.1)

    def heal(self):
        """Node1 master with everything, node2 backup with nothing, and both quiet."""
        changed = False
        for node in self.nodes:
            for kept, used in (("eth0.network", "systemd/network/10-eth0.network"),
                               ("keepalived.conf", "keepalived/keepalived.conf")):
                good, there = node.root / "etc/lab" / kept, node.root / "etc" / used
                if not there.exists() or there.read_bytes() != good.read_bytes():
                    shutil.copy(good, there)
                    changed = True
        afresh = changed or self.ready()
        if afresh:
            self.start_afresh()
        self.wait(self.ready, 25, "the lab does not get back to its starting state")
        if afresh and self.guardian and self.has_window():
            time.sleep(5)  # below 2.0 it takes the guardian two looks, intervals apart, to believe in a master
        time.sleep(1.2)  # more than one advert interval without a change
        self.wait(self.ready, 1, "the lab does not stay in its starting state")

    def start_afresh(self):
        """From whatever a scenario has left, a guardian's mistakes included: one must not spoil the scenarios after it."""
        for node in self.nodes:
            if node in self.guarded:
                node("systemctl", "stop", "vip-guardian.service", check=False)
            node("systemctl", "stop", "keepalived.service", check=False)
            node("systemctl", "reset-failed", check=False)
            for vip in VIPS:
                node("ip", "address", "del", vip, "dev", "eth0", check=False)
            node("networkctl", "reload", check=False)
            node("systemctl", "restart", "systemd-networkd.service")
        self.wait(self.without_bases, 15, "networkd does not put the base addresses back")
        for node in self.nodes:
            node("systemctl", "start", "keepalived.service", *(["vip-guardian.service"] if node in self.guarded else []))

    def has_window(self):
        """Whether this keepalived says MASTER before it has installed anything."""
        return int(self.versions()[1].split(".")[0]) < 2

    def without_bases(self):
        missing = [base for node in self.nodes for base in BASES[node.name] if base not in node.addresses()]
        return f"missing: {missing}" if missing else None

    def versions(self):
        text = self.node1.shell("systemctl --version | head -1; keepalived -v 2>&1 | head -1").stdout
        systemd, keepalived = text.splitlines()[:2]
        return systemd.split()[1], re.search(r" v(\S+)", keepalived)[1]
