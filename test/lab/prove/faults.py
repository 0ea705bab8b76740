"""Faults: what can happen to either node, and how it is over again. Used by the random run and by the matrix."""

import dataclasses
import time
import typing

from .nodes import NAME, VIPS, run

BRIDGE = f"{NAME}-bridge"


# --- the pieces -----------------------------------------------------------------------------------------------------------

def systemctl(*words):
    return lambda _lab, node: node("systemctl", *words)


def start(unit):
    def heal(_lab, node):
        node("systemctl", "reset-failed", unit, check=False)
        node("systemctl", "start", unit)
    return heal


def carrier(up):
    """The other end of the cable."""
    return lambda lab, node: run(["ip", "-n", BRIDGE, "link", "set", node.name, "up" if up else "down"])


def forwarding(on):
    """The switch in between: nobody's link goes down, and nothing comes through."""
    return lambda lab, node: run(["bridge", "-n", BRIDGE, "link", "set", "dev", node.name, "state", "3" if on else "0"])


def signal_child(name):
    """To keepalived's vrrp process, if it lives."""
    return lambda lab, node: node.shell(f"kill -{name} $(cat /run/vrrp.pid)", check=False)


def signal_unit(name, unit):
    """To a unit's main process, if it lives."""
    def strike(_lab, node):
        pid = node.property(unit, "MainPID")
        if pid != "0":
            node("kill", f"-{name}", pid, check=False)
    return strike


def delete(choose, device="eth0"):
    """By hand, in one go. Link-local ones stay: nobody takes them for an outage."""
    def strike(_lab, node):
        chosen = choose([vip for vip in VIPS if not vip.startswith("fe80")])
        batch = "".join(f"address del {vip} dev {device}\n" for vip in chosen)
        node("ip", "-force", "-batch", "-", stdin=batch, check=False)
    return strike


def nothing(_lab, _node):
    pass


# --- the faults of the random run -----------------------------------------------------------------------------------------

@dataclasses.dataclass
class Fault:
    name: str
    strike: typing.Callable
    heal: typing.Callable = nothing
    lasts: tuple = (0.0, 0.0)       # seconds, from and to
    on_master: bool = False         # makes sense there only
    parted: bool = False            # both nodes are master while it lasts: a loss then has no right answer
    kills_guardian: bool = False    # a new life of the guardian is no crash


def faults(dice):
    """All of them; `dice` decides about what is left open."""
    networkd, keepalived, guardian = "systemd-networkd.service", "keepalived.service", "vip-guardian.service"
    return [
        Fault("delete one VIP", delete(lambda vips: [dice.choice(vips)]), on_master=True),
        Fault("delete all VIPs", delete(lambda vips: vips), on_master=True),
        Fault("networkd restart", systemctl("restart", networkd)),
        Fault("networkctl reconfigure", lambda lab, node: node("networkctl", "reconfigure", "eth0")),
        Fault("keepalived stop", systemctl("stop", keepalived), start(keepalived), (0, 5)),
        Fault("keepalived restart", systemctl("restart", keepalived)),
        # Of one whose child hangs, systemd waits for the end of a reload that never comes.
        Fault("keepalived reload", systemctl("reload", "--no-block", keepalived)),
        Fault("keepalived parent killed", signal_unit("KILL", keepalived), start(keepalived), (0, 5)),
        Fault("keepalived child killed", signal_child("KILL"), start(keepalived), (0, 2)),
        Fault("keepalived hangs", signal_child("STOP"), signal_child("CONT"), (0.2, 8)),
        Fault("carrier flap", carrier(False), carrier(True), (0.05, 3)),
        Fault("partition", forwarding(False), forwarding(True), (0.5, 8), parted=True),
        Fault("guardian stop", systemctl("stop", guardian), start(guardian), (0, 4), kills_guardian=True),
        Fault("guardian killed", signal_unit("KILL", guardian), kills_guardian=True),
        Fault("guardian restart", systemctl("restart", guardian), kills_guardian=True),
        Fault("guardian hangs", signal_unit("STOP", guardian), signal_unit("CONT", guardian), (0.2, 8)),
    ]


# Short enough to strike while another fault lasts.
SECOND = ("delete one VIP", "delete all VIPs", "networkd restart", "networkctl reconfigure", "keepalived reload",
          "guardian killed", "guardian restart")


@dataclasses.dataclass
class Blow:
    """One turn of the random run: a fault on a node, and perhaps another while it lasts."""
    fault: Fault
    node: typing.Any
    lasts: float
    second: typing.Optional[Fault] = None
    second_node: typing.Any = None

    def text(self):
        text = f"{self.fault.name} on {self.node.name}" + (f" for {self.lasts:.1f} s" if self.fault.lasts[1] else "")
        return text + (f", {self.second.name} on {self.second_node.name} meanwhile" if self.second else "")

    def kind(self):
        return f"{self.fault.name}, and another" if self.second else self.fault.name

    def kills_guardian(self):
        return self.fault.kills_guardian or bool(self.second and self.second.kills_guardian)

    def fall(self, lab):
        self.fault.strike(lab, self.node)
        try:
            if self.second:
                time.sleep(self.lasts / 2)
                self.second.strike(lab, self.second_node)
                time.sleep(self.lasts / 2)
            else:
                time.sleep(self.lasts)
        finally:
            self.fault.heal(lab, self.node)
        self.mend_by_hand(lab)

    def mend_by_hand(self, lab):
        """Where no guardian is, an administrator has to put back what was lost."""
        for node in {self.node, self.second_node} - {None, *lab.guarded}:
            node("systemctl", "restart", "keepalived.service")


def roll(dice, lab, master):
    """The next blow. `master` is who has the addresses now."""
    def place_of(fault):
        return master if fault.on_master else dice.choice(lab.guarded if fault.name.startswith("guardian") else lab.nodes)
    possible = [one for one in faults(dice) if lab.guarded or not one.name.startswith("guardian")]
    first = dice.choice(possible)
    blow = Blow(first, place_of(first), dice.uniform(*first.lasts))
    if first.lasts[1] and not first.parted and dice.random() < 0.3:
        blow.second = dice.choice([one for one in possible if one.name in SECOND])
        blow.second_node = place_of(blow.second)
    return blow
