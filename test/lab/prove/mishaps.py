"""Further causes of the fault matrix: what packages, servers, the wire and the host itself do to node1."""

import os
import signal
import subprocess
import time

from . import clocks, ends, faults, scenarios, traps
from .nodes import HERE, NAME, VIPS, run

BRIDGE = f"{NAME}-bridge"
JOURNALD, BUS, GUARDIAN = "systemd-journald.service", "dbus.service", "vip-guardian.service"
OTHER_MAC = "02:00:5e:10:00:01"
EVENTS = 15_000  # pairs; more than a socket of 8 MiB holds


def delete_all(lab, kind):
    faults.delete(lambda vips: vips, kind.device)(lab, lab.node1)


def after(*argv):
    """All VIPs deleted when this is done."""
    def act(lab, kind):
        lab.node1(*argv)
        delete_all(lab, kind)
    return act


def configure_systemd(lab, _kind):
    """The end of an upgrade, by the package's own script."""
    lab.node1("dpkg-reconfigure", "--force", "systemd")


def change_mtu(lab, _kind):
    lab.node1.shell("ip link set eth0 mtu 1400; sleep 0.5; ip link set eth0 mtu 1500")


def change_mac(lab, _kind):
    usual = lab.node1.mac()
    lab.node1("ip", "link", "set", "eth0", "address", OTHER_MAC)
    try:
        time.sleep(0.5)
    finally:
        lab.node1("ip", "link", "set", "eth0", "address", usual)


def rename(lab, _kind):
    lab.node1.shell("ip link set eth0 down; ip link set eth0 name lan0; ip link set lan0 up; sleep 1;"
                    "ip link set lan0 down; ip link set lan0 name eth0; ip link set eth0 up")
    time.sleep(1.5)  # the kernel looks whether anybody else has the link-local address that eth0 has of its own


def reload_with_one_more(lab, kind):
    """And without it again. Beside the adverts: of one that names another number of addresses, node2 would think nothing."""
    one = "2001:db8::1:20/128" if kind.family_is_six() else "192.0.2.120/32"
    file, block = "/etc/keepalived/keepalived.conf", "virtual_ipaddress_excluded"
    more = f"{block} {{\\n        {one} dev {kind.device}\\n    }}\\n    &"
    lab.node1.shell(f"sed -i '0,/virtual_ipaddress {{/s||{more}|' {file}; systemctl reload keepalived")
    time.sleep(2)
    lab.node1.shell(f"cp /etc/lab/keepalived.conf {file}; systemctl reload keepalived")
    time.sleep(1)


def claim_elsewhere(lab, _kind):
    """The client has the address by mistake, for a second, and speaks from it."""
    vip = next(vip for vip in VIPS if not vip.startswith("fe80")).split("/")[0]
    whole, nodad = (f"{vip}/128", "nodad") if ":" in vip else (f"{vip}/32", "")
    script = f"""ip address add {whole} dev eth0 {nodad}
        ping -q -c 3 -i 0.3 -W 1 -I {vip} {"2001:db8::11" if ":" in vip else "192.0.2.11"} || true
        ip address del {whole} dev eth0"""
    subprocess.run([HERE / "in", "client", "sh", "-ec", script], check=True, stdout=subprocess.DEVNULL)


def deafen_the_other(lab, _kind):
    """The switch delivers no multicast to node2, while it passes on what comes from there."""
    port = ["bridge", "-n", BRIDGE, "link", "set", "dev", lab.node2.name, "mcast_flood"]
    run([*port, "off"])
    try:
        time.sleep(6)
    finally:
        run([*port, "on"])


def overrun(lab, kind):
    """The guardian is stopped until its socket is full, so that the loss is among the events that never reach it."""
    flooding, pairs = traps.prime_flood(lab, EVENTS)
    victim = traps.guardian(lab.node1)
    os.kill(victim, signal.SIGSTOP)
    try:
        flooding.go(pairs)
        flooding.process.wait(60)
        delete_all(lab, kind)
    finally:
        os.kill(victim, signal.SIGCONT)


def fill(lab, kind):
    """No room for the ledger, for three seconds."""
    filler = f"{ends.STATUS}/filler"
    lab.node1.shell(f"dd if=/dev/zero of={filler} bs=4k 2>/dev/null || true")
    try:
        delete_all(lab, kind)
        time.sleep(3)
    finally:
        lab.node1("rm", "-f", filler)


def set_date(lab, kind):
    """A year ahead, and back after a second."""
    clocks.turn(lab, clocks.YEAR)
    delete_all(lab, kind)
    time.sleep(1)
    clocks.turn(lab, 0)


def restart_guardian(lab, kind):
    delete_all(lab, kind)
    lab.node1("systemctl", "restart", GUARDIAN)


def dhcp(what):
    return {"prepare": scenarios.serve_dhcp, "restore": scenarios.stop_dhcp, "act": what}


def causes(cause, back):
    """`back` is what holds where node2 may have the addresses for a while."""
    restart_networkd = faults.systemctl("restart", "systemd-networkd.service")
    return [
        cause("systemd-configured", "dpkg-reconfigure systemd, as at the end of an upgrade", configure_systemd),
        cause("netplan-apply", "netplan apply, eth0 being netplan's", lambda lab, kind: lab.node1("netplan", "apply"),
              prepare=scenarios.hand_to_netplan, restore=scenarios.take_from_netplan, loss=True,
              not_for=("vmac",)),  # netplan asks udev for each link, which a node has not
        cause("dhcp-renew", "networkctl renew eth0, the base address being a DHCP server's",
              **dhcp(lambda lab, kind: lab.node1("networkctl", "renew", "eth0"))),
        cause("dhcp-restart", "systemctl restart systemd-networkd, likewise", loss=True,
              **dhcp(lambda lab, kind: restart_networkd(lab, lab.node1))),
        cause("mtu", "the MTU of eth0 changed, and back", change_mtu),
        cause("mac", "the hardware address of eth0 changed for half a second", change_mac, **back),
        cause("renamed", "eth0 renamed for a second", rename, not_for=("unicast",),
              restore=lambda lab: lab.start_afresh(), **back),  # a keepalived 2.x that saw it is in FAULT after its next reload
        cause("reload-changed", "keepalived reloaded with one more VIP, and without it again", reload_with_one_more),
        cause("second-owner", "the client has the first VIP as well, for a second", claim_elsewhere, contested=True),
        cause("one-way", "node2 does not hear node1's adverts for 6 s", deafen_the_other, parted=True, **back),
        cause("overrun", "all VIPs deleted amid 30,000 events, more than the guardian's socket holds", overrun, loss=True,
              needs_guardian=True, restore=traps.drain),
        cause("bus-restarted", "the system bus restarted, and all VIPs deleted", after("systemctl", "restart", BUS), loss=True),
        cause("journal-restarted", "journald restarted, and all VIPs deleted", after("systemctl", "restart", JOURNALD),
              loss=True),
        cause("no-room", "no room in /run/vip-guardian for 3 s, and all VIPs deleted", fill, loss=True, needs_guardian=True,
              prepare=ends.give_little_room, restore=ends.give_room_again),
        cause("guardian-restarted", "all VIPs deleted, and the guardian restarted at once", restart_guardian, loss=True,
              needs_guardian=True),
        cause("date-set", "the date set a year ahead, all VIPs deleted, and the date set back", set_date, loss=True,
              prepare=clocks.own_clock, restore=clocks.machines_clock),
    ]
