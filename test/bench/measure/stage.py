"""What a figure plays on: node1 of the lab with a keepalived of its own making, and who is to put addresses back."""

import contextlib
import os
import pathlib
import shutil
import statistics
import subprocess
import time

from prove.nodes import NAME, LabError, run

UNIT = "vip-guardian.service"
GUARDIAN, FLOOR, KEEPALIVED, SCRIPT = "vip-guardian", "the bare loop", "keepalived 2.x itself", "a script every second"

# Reference (c): what is often put beside a keepalived 1.x.
# (Without the pause it would restart keepalived again before that has become master, and again, for ever.)
EVERY_SECOND = """while sleep 1; do
  ip -o address show | grep -qF ' {vip} ' || {{ systemctl restart keepalived.service; sleep 10; }}
done"""


class Setup:
    """VIPs in instances on interfaces: `count` IPv4 ones as /32, shared out evenly, and `six` IPv6 ones in one instance."""

    def __init__(self, count, instances=1, interfaces=1, six=0):
        self.interfaces = [f"bench{number}" for number in range(interfaces)]
        self.instances = []
        for number in range(instances):
            vips = [f"172.{16 + index // 65536}.{index // 256 % 256}.{index % 256}/32"
                    for index in range(1 + number, 1 + count, instances)]
            self.instances.append((f"VI_{number}", 10 + number, self.interfaces[number % interfaces], vips))
        if six:
            vips = ["fe80::6:1/64", *(f"2001:db8:6::{index:x}/128" for index in range(1, six))]
            self.instances.append(("VI_6", 200, self.interfaces[0], vips))

    def vips(self, six=False):
        return [(interface, vip) for _, _, interface, vips in self.instances for vip in vips
                if (":" in vip) == six and not vip.startswith("fe80")]

    def configuration(self):
        text = "global_defs {\n    router_id bench\n}\n"
        for name, vrid, interface, vips in self.instances:
            # An advert has room for twenty; the others stand beside it.
            blocks = (("virtual_ipaddress", vips[:10]), ("virtual_ipaddress_excluded", vips[10:]))
            text += f"vrrp_instance {name} {{\n    interface {interface}\n    state BACKUP\n    virtual_router_id {vrid}\n" \
                    "    priority 150\n    advert_int 1\n"
            for block, members in blocks:
                if members:
                    text += f"    {block} {{\n" + "".join(f"        {vip} dev {interface}\n" for vip in members) + "    }\n"
            text += "}\n"
        return text


class Stage:
    def __init__(self, lab, tools):
        self.lab, self.node, self.tools = lab, lab.node1, pathlib.Path(tools)
        self.inside = ["nsenter", f"--net=/run/netns/{NAME}-node1", "--"]

    # ---- who puts back ----

    def alone(self):
        """node1 only: what node2 says on the wire is no part of these figures."""
        self.lab.node2("systemctl", "stop", UNIT, "keepalived.service", check=False)

    def hearing(self, hears):
        deaf = self.node.root / "etc/systemd/system/keepalived.service.d/deaf.conf"
        aside = self.node.root / "etc/deaf.conf"
        if hears and deaf.exists():
            deaf.rename(aside)
        elif not hears and aside.exists():
            aside.rename(deaf)
        self.node("systemctl", "daemon-reload")

    def play(self, setup, hears=False):
        """keepalived as `setup` says, master of everything, and nobody who puts anything back."""
        self.node("systemctl", "stop", UNIT, "keepalived.service", check=False)
        self.hearing(hears)
        (self.node.root / "etc/keepalived/keepalived.conf").write_text(setup.configuration(), encoding="utf-8")
        for number, name in enumerate(setup.interfaces):
            if self.node("ip", "link", "show", name, check=False).returncode != 0:
                self.add_interface(name, f"192.168.{number}.1/24")
        self.node("systemctl", "reset-failed", check=False)
        self.node("systemctl", "start", "keepalived.service")
        wanted = {vip for vips in (instance[3] for instance in setup.instances) for vip in vips}
        self.lab.wait(lambda: (lacking := wanted - self.present()) and f"{len(lacking)} VIPs are not there" or None,
                      120, "keepalived does not install its addresses")
        time.sleep(1.5)

    def add_interface(self, name, address):
        """A cable that ends in the bridge's namespace, plugged into nothing."""
        here, there = ["ip", "-n", f"{NAME}-node1"], ["ip", "-n", f"{NAME}-bridge"]
        run([*here, "link", "add", name, "type", "veth", "peer", "name", name, "netns", f"{NAME}-bridge"])
        run([*there, "link", "set", name, "up"])
        run([*here, "link", "set", name, "up"])
        run([*here, "address", "add", address, "dev", name])

    def present(self):
        lines = self.node.outside("ip", "-o", "address", "show").splitlines()
        return {line.split()[3] for line in lines}

    def in_turns(self, samples, vips, rounds, blocks=5):
        """The floor and the guardian by turns: what else this machine does falls upon both."""
        for _ in range(blocks):
            with self.floored():
                samples.setdefault(FLOOR, []).extend(self.trips(vips, rounds // blocks))
            with self.guarded():
                samples.setdefault(GUARDIAN, []).extend(self.trips(vips, rounds // blocks))

    @contextlib.contextmanager
    def guarded(self):
        """The daemon runs and has taken all instances into its care."""
        since = time.monotonic()
        self.node("systemctl", "start", UNIT)
        instances = (self.node.root / "etc/keepalived/keepalived.conf").read_text(encoding="utf-8").count("vrrp_instance")
        try:
            self.lab.wait(lambda: None if self.guarding(since) >= instances else "not all instances are guarded", 60,
                          "vip-guardian does not get to its task")
            yield
        finally:
            self.node("systemctl", "stop", UNIT)

    def guarding(self, since):
        return sum(entry.get("MESSAGE", "").endswith("guarding") for entry in self.node.journal(UNIT, since))

    @contextlib.contextmanager
    def floored(self):
        with subprocess.Popen([*self.inside, self.tools / "floor"], stdout=subprocess.PIPE, text=True) as floor:
            try:
                if floor.stdout.readline().strip() != "ready":
                    raise LabError("the bare loop does not start")
                yield
            finally:
                floor.terminate()

    @contextlib.contextmanager
    def scripted(self, vip):
        unit = "every-second.service"
        self.node("systemd-run", "--unit", unit, "sh", "-c", EVERY_SECOND.format(vip=vip))
        try:
            yield
        finally:
            self.node("systemctl", "stop", unit, check=False)

    # ---- the programs ----

    def listed(self, vips):
        index = {name: (pathlib.Path(f"/sys/class/net/{name}/ifindex")) for name in {name for name, _ in vips}}
        numbers = {name: self.node("cat", str(path)).stdout.strip() for name, path in index.items()}
        return "".join(f"{numbers[name]} {vip}\n" for name, vip in vips)

    def tool(self, name, *arguments, stdin="", timeout=1200):
        done = subprocess.run([*self.inside, str(self.tools / name), *map(str, arguments)], input=stdin, text=True,
                              stdout=subprocess.PIPE, timeout=timeout, check=True)
        return done.stdout

    def trips(self, vips, rounds, pause=300, patience=30):
        """Seconds from the delete request to the event that it is there again, for each round."""
        lines = self.tool("trip", rounds, pause, patience, stdin=self.listed(vips)).split()
        return [int(line) / 1e9 if int(line) >= 0 else float(patience) for line in lines]

    def pid(self, unit=UNIT):
        return self.node.outside_pid(self.node.property(unit, "MainPID"))

    def vrrp_pid(self):
        parent = self.pid("keepalived.service")
        children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8").split()
        return int(children[-1])


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values):
    return statistics.median(values)


def use_program(lab, program):
    """Another build than the package's, for who looks for what a change brings."""
    for node in lab.nodes:
        node("systemctl", "stop", UNIT)
        shutil.copy(program, node.root / "usr/bin/vip-guardian")
        os.chmod(node.root / "usr/bin/vip-guardian", 0o755)
        node("systemctl", "start", UNIT)
