"""The scenarios: what is done, and what must come of it. What is done at the worst moment stands in traps.py."""

import os
import signal
import subprocess
import time

from . import checks, clocks, drills, ends, forts, ladder, links, orders, restraint, routes, statics, strangers, trapped, traps
from .nodes import HERE, STATE, VIPS, LabError
from .scenario import Scenario
from .traps import FIVE


# --- what is done ---------------------------------------------------------------------------------------------------------

def delete(*addresses):
    batch = "".join(f"address del {address} dev eth0\n" for address in addresses)
    return lambda lab: lab.node1("ip", "-batch", "-", stdin=batch)


def command(*argv):
    return lambda lab: lab.node1(*argv)


def flush(lab):
    for these in ("192.0.2.100/30", "198.51.100.0/24", "2001:db8::100/120"):
        # It looks again, finds what has been put back, and gives up after ten rounds.
        lab.node1("ip", "address", "flush", "dev", "eth0", "to", these, check=False)


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


def healthy(lab):
    return not lab.ready()


NETWORKD = "networkd"

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
             command("systemctl", "stop", "keepalived.service"), handover=True, contested=True),
    Scenario("failover", "node1's priority lowered below node2's, and reload", demote, handover=True, contested=True),
    Scenario("failover-during-loss", "VIPs deleted and keepalived stopped within the same millisecond",
             delete_and_stop, handover=True, contested=True, once=True),
    Scenario("demoted-during-loss", "VIPs deleted again and again while node2 takes over", delete_and_demote, handover=True,
             contested=True, once=True),
    Scenario("bus-restart", "ip address del, some seconds after a restart of D-Bus", delete("192.0.2.100/24"),
             prepare=restart_bus, needs_guardian=True),
    Scenario("guardian-kill", "ip address del, after the guardian was killed and has come back", delete("192.0.2.100/24"),
             prepare=kill_guardian, needs_guardian=True),

    # Rank and order.
    Scenario("order-restart-unpromoted", "systemctl restart systemd-networkd, promote_secondaries 0",
             command("systemctl", "restart", "systemd-networkd.service"), prepare=orders.promoting(0),
             restore=orders.unpromote, remover=NETWORKD),
    Scenario("order-dhcp-unpromoted", "networkd restarted, the base address from DHCP, promote_secondaries 0",
             command("systemctl", "restart", "systemd-networkd.service"),
             prepare=lambda lab: (serve_dhcp(lab), orders.promote(lab.node1, 0)),
             restore=lambda lab: (stop_dhcp(lab), orders.unpromote(lab)), remover=NETWORKD, extra=True),
    Scenario("order-group-deleted", "the first of three VIPs in a subnet of their own deleted, promote_secondaries 1",
             delete(orders.GROUP[0]), prepare=orders.promoting(1, orders.with_group), restore=orders.unpromote,
             settled=orders.all_there),
    Scenario("order-group-deleted-unpromoted", "the same with promote_secondaries 0: the others go with it",
             delete(orders.GROUP[0]), prepare=orders.promoting(0, orders.with_group), restore=orders.unpromote,
             settled=orders.all_there, extra=True),
    Scenario("order-group-restart", "systemctl restart systemd-networkd, with VIPs in a subnet of their own",
             command("systemctl", "restart", "systemd-networkd.service"), prepare=orders.promoting(1, orders.with_group),
             restore=orders.unpromote, remover=NETWORKD, settled=orders.all_there),

    Scenario("order-base-changed", "base address and its VIPs deleted; a second later another one of that subnet",
             orders.replace_base, restore=orders.give_old_base_back, verdict=orders.base_replaced,
             settled=orders.behind_new_base, needs_guardian=True, once=True),

    # Interfaces.
    Scenario("link-local", "ip address del fe80::100/64", delete("fe80::100/64"), extra=True),
    Scenario("link-down-up", "eth0 of node1 down for half a second", links.down_and_up, handover=True, handed_back=True,
             contested=True, patience=20, verdict=trapped.safe("node1"), restore=lambda lab: lab.start_afresh(), extra=True),
    Scenario("carrier-flap", "eth0 of node1 without carrier for 0.3 s", links.flap, handover=True, handed_back=True,
             contested=True, patience=20, verdict=trapped.safe("node1"), restore=lambda lab: lab.start_afresh()),
    Scenario("link-renamed", "eth0 of node1 has another name for two seconds", links.rename_for_a_while, contested=True,
             restore=lambda lab: lab.start_afresh(), verdict=trapped.reported, settled=lambda lab: True, extra=True),
    Scenario("vmac-delete", "a VIP on keepalived's own macvlan deleted", links.delete_on_vmac, prepare=links.with_vmac,
             restore=links.without_vmac, verdict=links.on_its_vmac(True), settled=links.vmac_back, needs_guardian=True, once=True),
    Scenario("vmac-reconfigure", "networkctl reconfigure eth0, the parent of keepalived's macvlan",
             command("networkctl", "reconfigure", "eth0"), prepare=links.with_vmac, restore=links.without_vmac,
             verdict=links.on_its_vmac(False), settled=links.vmac_back, needs_guardian=True, extra=True),
    Scenario("vmac-removed", "keepalived's own macvlan removed", links.delete_vmac, prepare=links.with_vmac,
             restore=links.without_vmac, verdict=links.vmac_told, settled=lambda lab: True, needs_guardian=True, extra=True),

    # What belongs to a VIP besides.
    Scenario("routes-delete", "all virtual routes and rules deleted by hand", routes.delete_all, prepare=routes.configure,
             restore=routes.clean, verdict=routes.back(False), settled=routes.all_back, needs_guardian=True),
    Scenario("routes-restart", "systemctl restart systemd-networkd, with virtual routes and rules",
             command("systemctl", "restart", "systemd-networkd.service"), prepare=routes.configure, restore=routes.clean,
             verdict=routes.back(True), settled=routes.all_back, needs_guardian=True),
    Scenario("routes-reconfigure", "networkctl reconfigure eth0, with virtual routes and rules",
             command("networkctl", "reconfigure", "eth0"), prepare=routes.configure, restore=routes.clean,
             verdict=routes.back(True), settled=routes.all_back, needs_guardian=True, once=True),
    Scenario("routes-failover", "virtual routes and rules deleted, and keepalived stopped a moment later",
             lambda lab: (routes.delete_all(lab), lab.node1("systemctl", "stop", "keepalived.service")),
             prepare=routes.configure, restore=routes.clean, handover=True, contested=True, verdict=routes.moved,
             needs_guardian=True),

    # What keepalived has on a node whatever its roles.
    Scenario("static-blocks", "networkctl reconfigure on the master, ip del on the backup: static addresses, routes and rules",
             statics.lose, prepare=statics.configure, restore=statics.clean, verdict=statics.back, settled=statics.all_back,
             needs_both=True, once=True),
    Scenario("static-blocks-stop", "the same, and keepalived stopped on the master a moment later", statics.lose_and_stop,
             prepare=statics.configure, restore=statics.clean, handover=True, contested=True, verdict=statics.gone,
             needs_both=True, extra=True),

    # With a keepalived that hears, it is enough to look on.
    Scenario("as-it-is-delete", "ip address del, keepalived as it is, no settings", delete("192.0.2.100/24"),
             hearing=True, verdict=trapped.observed),
    Scenario("as-it-is-restart", "systemctl restart systemd-networkd, keepalived as it is, no settings",
             command("systemctl", "restart", "systemd-networkd.service"), hearing=True, verdict=trapped.observed),

    # The traps.
    Scenario("master-window", "VIPs come and go, networkd reconfigures, while 1.3.9 says MASTER but has installed nothing",
             traps.tamper_in_window, prepare=traps.second_place, window=True, extra=True, contested=True, handover=True,
             verdict=trapped.untouched("node2")),
    Scenario("stop-races-restart", "keepalived told to stop at networkd's first removal", traps.stop_races_restart,
             handover=True, contested=True, verdict=trapped.safe("node2")),
    Scenario("kill-child", "kill -9 of keepalived's vrrp process at the first of five removals", traps.kill_child,
             handover=True, handed_back=True, contested=True, patience=20, verdict=trapped.safe("node1")),
    Scenario("hung-keepalived", "keepalived on node1 hangs, node2 takes over, then VIPs are deleted on node1",
             traps.hang_and_delete, handover=True, handed_back=True, contested=True, patience=15,
             verdict=trapped.safe("node1")),
    Scenario("reload-during-repair", "keepalived reloaded at the first of five removals", traps.reload_during_repair,
             contested=True, settled=healthy, patience=8, verdict=trapped.mended(within=5.0)),
    Scenario("interface-recreated", "eth0 of node1 unplugged for good, and another put in its place", traps.recreate_interface,
             restore=lambda lab: lab.start_afresh(), contested=True, verdict=trapped.reported,
             settled=lambda lab: True),
    Scenario("takeover-during-repair", "all VIPs deleted, and networkd reconfigured, just as a better node takes over",
             traps.take_over_during_repair, handover=True, contested=True, verdict=trapped.safe("node2"), once=True),
    Scenario("guardian-killed-mid-repair", "kill -9 of the guardian between its addition and an answer, which never comes",
             traps.kill_guardian_mid_repair, handover=True, contested=True, patience=12, needs_guardian=True,
             verdict=trapped.safe("node2"), once=True),
    # The fort: a /32 in a VIP's stead.
    Scenario("fort-base-late", "base address and its VIPs deleted by hand, the base address back after 3 s", forts.base_away(3),
             needs_guardian=True, contested=True, settled=healthy, patience=8, verdict=forts.served(lost_at_most=5)),
    Scenario("fort-base-never", "the same, but it comes back only after the guardian has given it up", forts.base_away(12),
             needs_guardian=True, contested=True, extra=True, settled=healthy, patience=8, verdict=forts.served(lost_at_most=1500)),
    Scenario("fort-stop", "keepalived told to stop while the fort is held", forts.stop_keepalived,
             handover=True, needs_guardian=True, contested=True, verdict=trapped.safe("node2")),
    Scenario("fort-keepalived-killed", "kill -9 of keepalived's vrrp process while the fort is held", forts.kill_keepalived,
             restore=lambda lab: lab.start_afresh(), needs_guardian=True, contested=True, extra=True, settled=lambda lab: True,
             verdict=forts.gone_from("node1")),
    Scenario("fort-takeover", "a better node takes over while the fort is held", forts.take_over,
             handover=True, needs_guardian=True, contested=True, patience=12, verdict=trapped.safe("node2"), once=True),
    Scenario("fort-guardian-killed", "kill -9 of the guardian while the fort is held", forts.kill_guardian,
             contested=True, extra=True, settled=healthy, needs_guardian=True, patience=12,
             verdict=forts.served(lost_at_most=1500)),
    # The second rung.
    Scenario("policy-restart", "ip address del, twice, where the policy is to restart and once in ten minutes is allowed",
             ladder.lose_twice, prepare=ladder.configure(policy="restart", restart=ladder.SOON), restore=ladder.forget,
             needs_guardian=True, contested=True, settled=lambda lab: True,
             verdict=ladder.restarted(1, refused="it was restarted once within the last hour", given_up=["192.0.2.101/32"]),
             once=True),
    Scenario("recreated-restart", "eth0 of node1 replaced, where keepalived may be restarted if that is needed",
             traps.recreate_interface, prepare=ladder.configure(restart={**ladder.SOON, "when_needed": True}),
             restore=lambda lab: (ladder.forget(lab), lab.start_afresh()), needs_guardian=True, contested=True,
             patience=30, settled=healthy, verdict=ladder.restarted(1), extra=True),
    Scenario("stale-killed", "kill -9 of all of keepalived: what it leaves is removed, where that is wanted", traps.kill_all,
             prepare=ladder.configure(stale={"action": "remove", "patience": "2s"}), patience=12, handover=True, contested=True,
             restore=lambda lab: (ladder.forget(lab), lab.start_afresh()), needs_guardian=True, verdict=trapped.safe("node2"),
             once=True),
    Scenario("stale-reported", "the same where nothing is said of removing it: it is told", traps.kill_all, patience=12,
             contested=True, settled=lambda lab: True, restore=lambda lab: lab.start_afresh(), needs_guardian=True,
             verdict=restraint.left_and_told, streamed=False, extra=True),
    # Where it holds back.
    Scenario("paused", "a VIP deleted while vip-guardian is paused, and resumed three seconds later", restraint.lose_while_paused(),
             needs_guardian=True, settled=healthy, verdict=restraint.left_alone_until_resumed(), once=True),
    Scenario("paused-by-bus", "the same by the service on D-Bus", restraint.lose_while_paused_by_bus,
             needs_guardian=True, settled=healthy, verdict=restraint.left_alone_until_resumed(), once=True),
    Scenario("observe", "ip address del where the policy is to observe", restraint.delete,
             prepare=ladder.configure(policy="observe"), restore=lambda lab: (ladder.forget(lab), lab.start_afresh()),
             needs_guardian=True, settled=lambda lab: True, verdict=restraint.only_observed, once=True),
    Scenario("fight", "a VIP deleted whenever it comes back, for 16 s", restraint.fight, needs_guardian=True,
             restore=ladder.forget, contested=True, settled=healthy, patience=30, verdict=restraint.fought, once=True),
    Scenario("fight-restart", "the same where keepalived is to be restarted then", restraint.fight,
             prepare=ladder.configure(fight={"action": "restart"}, restart=ladder.SOON), restore=ladder.forget,
             needs_guardian=True, contested=True, settled=healthy, patience=30, verdict=restraint.fought_to_a_restart, extra=True),
    Scenario("fight-hand-over", "the same where keepalived is to be stopped then, for the peer", restraint.fight,
             prepare=ladder.handing_over, restore=lambda lab: (ladder.forget(lab), lab.start_afresh()), needs_guardian=True,
             handover=True, contested=True, patience=30, verdict=restraint.fought_and_handed_over, extra=True),
    Scenario("fight-give-up", "the same where the address is to be given up then, and a reload", restraint.fight_until_given_up,
             prepare=ladder.configure(fight={"action": "give_up"}), restore=ladder.forget, needs_guardian=True, contested=True,
             settled=healthy, patience=30, verdict=restraint.given_up_and_back, extra=True),
    Scenario("paused-boot", "a VIP deleted in a maintenance that has outlived a boot", restraint.lose_while_paused(restraint.boot),
             needs_guardian=True, settled=healthy, verdict=restraint.left_alone_until_resumed(beginnings=2), extra=True),
    Scenario("true-hints", "keepalived tells by D-Bus, by a notify script and by its state file that another node has taken over",
             restraint.take_over_and_tell, prepare=restraint.hinting, restore=lambda lab: (ladder.forget(lab), lab.start_afresh()),
             handover=True, contested=True, needs_guardian=True, verdict=trapped.safe("node2"), extra=True),
    Scenario("lying-hints", "notify tells the master that it is backup and the backup that it is master, and a VIP is deleted",
             restraint.lie, prepare=ladder.configure(instances={"VI_1": {"state_file": restraint.STATE_FILE}}),
             restore=ladder.forget, needs_guardian=True, contested=True, verdict=restraint.not_deceived, once=True),
    # What a cautious operator does first.
    Scenario("drill", "vip-guardian drill of both instances on the master, and on the backup, which refuses", drills.act,
             verdict=drills.verdict, needs_both=True, once=True),
    # keepalived's own script.
    Scenario("check-restart", "systemctl restart systemd-networkd, with vip-guardian check as vrrp_script",
             command("systemctl", "restart", "systemd-networkd.service"), prepare=checks.with_script(), restore=checks.untracked,
             remover=NETWORKD, verdict=checks.no_failover, needs_guardian=True, once=True),
    Scenario("check-lost", "a VIP deleted where the policy is to observe: the script fails, and recovers", delete("192.0.2.101/32"),
             prepare=checks.with_script(policy="observe"), restore=checks.untracked, handover=True, handed_back=True,
             contested=True, patience=25, settled=healthy, verdict=checks.failed_over_and_back, needs_guardian=True, extra=True),
    Scenario("check-service", "the service behind the VIP stopped on the master for 8 s, with check --tcp as vrrp_script",
             checks.end_service, prepare=checks.serve, restore=checks.without_service, handover=True, handed_back=True,
             contested=True, patience=25, settled=healthy, verdict=checks.failed_over_once, needs_guardian=True, extra=True),
    # Others, seen and told.
    Scenario("second-owner", "node2 has a VIP by mistake and speaks from it", strangers.claim,
             prepare=strangers.long_after_an_election, verdict=strangers.told_and_answered,
             settled=healthy, needs_guardian=True, once=True),
    Scenario("two-masters", "node2 with a password of its own: neither hears the other", strangers.speak_otherwise,
             verdict=strangers.both_explained, settled=healthy, needs_both=True, contested=True, patience=20, streamed=False,
             extra=True),
    Scenario("peer-silent", "a VIP deleted on a master without a guardian: the backup's asks the wire", strangers.lose_for_good,
             prepare=strangers.leave_alone, restore=strangers.back_again, verdict=strangers.missed_from_afar,
             settled=lambda lab: True, needs_both=True, streamed=False, extra=True),
    Scenario("handover", "vip-guardian handover VI_1", strangers.hand_over, prepare=strangers.stay_where_they_are,
             restore=lambda lab: lab.start_afresh(), handover=True, contested=True, verdict=trapped.safe("node2"),
             needs_guardian=True, once=True),
    Scenario("forged-dump", "an unprivileged user on the backup plants and rewrites keepalived's dump while it is asked for",
             traps.forge_dump, prepare=traps.make_forgery, restore=traps.remove_forgery, needs_guardian=True, contested=True,
             handover=True, handed_back=True, verdict=trapped.untouched("node1"), once=True),
    Scenario("netlink-flood", "200,000 events of foreign addresses, and five VIPs deleted in their midst", traps.flood,
             restore=traps.drain, extra=True, contested=True, patience=20, settled=healthy,
             verdict=trapped.mended(within=2.0)),
    Scenario("netlink-overflow", "the guardian stopped until its socket is full, five VIPs deleted unheard, and continued",
             traps.overflow, restore=traps.drain, extra=True, contested=True, needs_guardian=True, patience=20, settled=healthy,
             verdict=trapped.mended(within=2.0, told="notifications were lost")),
    # Where nothing is left to give.
    Scenario("no-descriptors", "five VIPs deleted while the guardian gets no descriptor, for 3 s", ends.use_up("nofile"),
             needs_guardian=True, contested=True, patience=20, settled=healthy, extra=True,
             verdict=ends.back_within(ends.DROUGHT + 5)),
    Scenario("no-memory", "five VIPs deleted while the guardian gets no more memory, for 3 s", ends.use_up("data"),
             needs_guardian=True, contested=True, patience=20, settled=healthy, extra=True,
             verdict=ends.back_within(ends.DROUGHT + 5)),
    Scenario("run-full", "five VIPs deleted while there is no room for ledger and status file, for 3 s", ends.fill,
             prepare=ends.give_little_room, restore=ends.give_room_again, needs_guardian=True, contested=True, patience=20,
             settled=healthy, extra=True, verdict=ends.back_within(1)),
    Scenario("disk-hangs", "five VIPs deleted, and one again, while the disk under /tmp stands still, for 2 s", ends.hang_disk,
             prepare=ends.give_a_disk, restore=ends.take_the_disk, needs_guardian=True, contested=True, patience=20,
             settled=healthy, extra=True, verdict=ends.back_within(ends.HANG + 1)),
    Scenario("busy", "five VIPs deleted while something runs on all processors at a real-time priority, for 5 s", ends.crowd_out,
             needs_guardian=True, contested=True, patience=20, settled=healthy, extra=True,
             verdict=ends.back_within(ends.BURN + 3)),
    Scenario("clock-jumps", "five VIPs deleted, each time just after the date was set: a year ahead, a year back, a minute",
             clocks.jump, prepare=clocks.own_clock, restore=clocks.machines_clock, needs_guardian=True, contested=True,
             patience=12, settled=healthy, extra=True, verdict=trapped.mended(within=0.05)),
]
