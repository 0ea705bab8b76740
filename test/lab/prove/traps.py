"""The traps: what is done at the worst moment. All of them end with the nodes as they can be healed from, whatever happens."""

import os
import select
import signal
import subprocess
import time

from .nodes import NAME, VIPS, LabError, run

FIVE = ("192.0.2.100/24", "192.0.2.101/32", "198.51.100.10/24", "2001:db8::100/64", "2001:db8::101/128")
MOVABLE = [vip for vip in VIPS if not vip.startswith("fe80")]


def deletion(*addresses):
    return "".join(f"address del {address} dev eth0\n" for address in addresses)


def entering(node, inside):
    """How to get into a node's network only, or into all of it."""
    return ["nsenter", *(["--target", node.leader(), "--mount", "--uts", "--ipc", "--net", "--pid", "--root"] if inside else
                         [f"--net=/run/netns/{NAME}-{node.name}"]), "--"]


class Primed:
    """A program that already runs and waits for its input: what it does comes a fraction of a millisecond after `go`."""

    def __init__(self, node, *argv, inside=False):
        self.process = subprocess.Popen([*entering(node, inside), *argv], stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.1)

    def go(self, text="\n"):
        self.process.stdin.write(text)
        self.process.stdin.close()


def priming_ip(node):
    return Primed(node, "ip", "-force", "-batch", "-")


def priming_command(node, command):
    return Primed(node, "/bin/sh", "-c", f"read x; exec {command}", inside=True)


class Lines:
    """What a program prints, line by line, from the moment that the block begins."""

    def __init__(self, node, *argv, inside=False):
        self.process = subprocess.Popen([*entering(node, inside), *argv], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.rest = b""
        time.sleep(0.3)  # it has to have begun to listen

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def until(self, wanted, seconds):
        """Waits for a line of which `wanted` is true; LabError if none comes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                *lines, self.rest = (self.rest + os.read(self.process.stdout.fileno(), 1 << 16)).split(b"\n")
                if any(wanted(line.decode(errors="replace")) for line in lines):
                    return
        raise LabError("what the scenario waits for does not happen")


def address_events(node):
    return Lines(node, "ip", "-o", "monitor", "address")


def removed(line):
    return line.startswith("Deleted") and any(f" {vip} " in line for vip in VIPS)


def added(line):
    return not line.startswith("Deleted") and any(f" {vip} " in line for vip in MOVABLE)


def wait_for_masters(lab, master, seconds=12):
    """Until all VIPs are on that node and (as far as keepalived can help it) on no other."""
    lab.wait(lambda: None if all(vip in master.addresses() for vip in VIPS) else "not yet", seconds,
             f"{master.name} does not take over")


def child(node):
    """keepalived's vrrp process, by its id outside the node."""
    return node.outside_pid(node("cat", "/run/vrrp.pid").stdout.strip())


def guardian(node):
    return node.outside_pid(node.property("vip-guardian.service", "MainPID"))


def keepalived(node):
    return node.outside_pid(node.property("keepalived.service", "MainPID"))


def give_priority(node, priority, how="reload"):
    """The configured priority changed, and keepalived told."""
    node.shell(f"sed -i 's/priority .*/priority {priority}/' /etc/keepalived/keepalived.conf; systemctl {how} keepalived")


# --- what is done ---------------------------------------------------------------------------------------------------------

def delete_then(lab, strike):
    """Five VIPs are deleted; at the first removal, while the guardian is at work, `strike`."""
    deleting = priming_ip(lab.node1)
    with address_events(lab.node1) as events:
        deleting.go(deletion(*FIVE))
        events.until(removed, 3)
        strike()


def kill_child(lab):
    pid = child(lab.node1)
    delete_then(lab, lambda: os.kill(pid, signal.SIGKILL))
    time.sleep(3.5)  # whoever wins now, the decision takes a master-down time


def kill_all(lab):
    """Both processes: nobody is left to take the addresses off. The child learns of its parent's death, and takes them off if it
    is given the time: so it is stopped first."""
    os.kill(child(lab.node1), signal.SIGSTOP)
    lab.node1("systemctl", "kill", "--signal=KILL", "keepalived.service")
    time.sleep(6)


def reload_during_repair(lab):
    pid = keepalived(lab.node1)
    delete_then(lab, lambda: os.kill(pid, signal.SIGHUP))


def stop_races_restart(lab):
    restart, stop = (priming_command(lab.node1, f"systemctl {what}") for what in (
        "restart systemd-networkd.service", "stop --no-block keepalived.service"))
    with address_events(lab.node1) as events:
        restart.go()
        events.until(removed, 5)
        stop.go()


def take_over_at_advert(lab):
    """1.3.9 yields an interval before the other node has anything to show, in answer to its own next advert: so lose one address
    after the other just around that moment."""
    with Lines(lab.node1, "tcpdump", "-l", "-n", "--immediate-mode", "-i", "eth0", "-Q", "out", "ip proto 112",
               inside=True) as adverts:
        adverts.until(lambda line: "vrid 51," in line, 3)
        for turn in range(5):
            heard = time.monotonic()
            if turn == 0:
                give_priority(lab.node2, 200)
            strikes = [(priming_ip(lab.node1), vip) for vip in MOVABLE[:4]]
            for number, (strike, vip) in enumerate(strikes):
                time.sleep(max(0, heard + 0.9965 + 0.001 * number - time.monotonic()))
                strike.go(deletion(vip))
            try:
                adverts.until(lambda line: "vrid 51," in line, 0.5)
            except LabError:
                break  # it has let go
    wait_for_masters(lab, lab.node2)


def take_over_during_repair(lab):
    if lab.has_window():
        return take_over_at_advert(lab)
    deleting, again = priming_ip(lab.node1), priming_command(lab.node1, "networkctl reconfigure eth0")
    with address_events(lab.node2) as events:
        give_priority(lab.node2, 200)
        # The first address on node2: within the next millisecond or two node1 hears that it is no longer master.
        events.until(added, 12)
        deleting.go(deletion(*MOVABLE))
        again.go()
    return None


def hang_and_delete(lab):
    pid = child(lab.node1)
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for_masters(lab, lab.node2)
        deleting = priming_ip(lab.node1)
        deleting.go(deletion(*FIVE))
        time.sleep(2)
    finally:
        os.kill(pid, signal.SIGCONT)


def kill_guardian_mid_repair(lab):
    """keepalived hangs, so that no answer can come; the guardian dies between its addition and the withdrawal; node2 takes over;
    and when keepalived wakes, it is no longer master."""
    hung, victim = child(lab.node1), guardian(lab.node1)
    deleting = priming_ip(lab.node1)
    os.kill(hung, signal.SIGSTOP)
    try:
        with address_events(lab.node1) as events:
            deleting.go(deletion("192.0.2.100/24", "192.0.2.101/32"))
            events.until(added, 2)
            os.kill(victim, signal.SIGKILL)
        wait_for_masters(lab, lab.node2)
    finally:
        os.kill(hung, signal.SIGCONT)
    # A restart, because 1.3.9, reloaded as master, goes on to speak from a VIP of its own, even when that is gone.
    give_priority(lab.node2, 200, "restart")


def second_place(lab):
    give_priority(lab.node2, 200)
    wait_for_masters(lab, lab.node2, 20)
    lab.wait(lambda: "still there" if any(vip in lab.node1.addresses() for vip in VIPS) else None, 10, "node1 does not let go")
    time.sleep(1.5)


def tamper_in_window(lab):
    """node2, the better one, hangs; node1 calls itself master, and before it has installed anything VIPs come, go, and networkd
    is told to start over; then node2 wakes and node1 steps back, without removing what it never installed."""
    hung = child(lab.node2)
    coming = priming_ip(lab.node1)
    again = priming_command(lab.node1, "networkctl reconfigure eth0")
    with Lines(lab.node1, "journalctl", "-f", "-n0", "-o", "cat", "-u", "keepalived", inside=True) as log:
        os.kill(hung, signal.SIGSTOP)
        try:
            log.until(lambda line: "Transition to MASTER STATE" in line, 12)
            these = ("192.0.2.100/24", "192.0.2.101/32")
            coming.go("".join(f"address add {one} dev eth0\n" for one in these) + deletion(*these))
            time.sleep(0.1)
            again.go()
            time.sleep(0.3)
        finally:
            os.kill(hung, signal.SIGCONT)
    time.sleep(3)


def recreate_interface(lab):
    bridge = f"{NAME}-bridge"
    run(["ip", "-n", bridge, "link", "del", "node1"])
    time.sleep(0.5)
    run(["ip", "-n", bridge, "link", "add", "node1", "type", "veth", "peer", "name", "eth0", "netns", f"{NAME}-node1"])
    # As `up` does it: no udev runs here that would say that it has finished with the new link.
    lab.node1.shell("echo I:1 > /run/udev/data/n$(cat /sys/class/net/eth0/ifindex)")
    run(["ip", "-n", bridge, "link", "set", "node1", "master", "br0", "up"])
    lab.node1("systemctl", "restart", "systemd-networkd.service")
    time.sleep(6)


# A dump that says MASTER, at the only place where keepalived puts its own; by turns a file of the forger's, written over and
# over, and a link to one. It ends by itself.
FORGER = """
import os, sys, time
text, place, other = open('/etc/lab/forged.data').read(), '/tmp/keepalived.data', '/tmp/forged-elsewhere'
end = time.monotonic() + float(sys.argv[1])
turn = planted = 0
while time.monotonic() < end:
    turn += 1
    try:
        if turn % 200 == 0:
            os.unlink(place)
        if turn % 400 == 0:
            os.symlink(other, place)
        with open(place, 'w') as file:
            file.write(text)
        planted += 1
        os.chmod(place, 0o666)
    except OSError:
        pass
    time.sleep(0.0005)
open('/tmp/forged-count', 'w').write(str(planted))
"""


def make_forgery(lab):
    """What keepalived on node1 says of itself, being master, is what the forger on node2 says."""
    # With its guardian away, which clears the place as soon as it has read.
    text = lab.node1.shell("""systemctl stop vip-guardian || true; rm -f /tmp/keepalived.data
        kill -USR1 $(cat /run/vrrp.pid); sleep 0.5; cat /tmp/keepalived.data; rm -f /tmp/keepalived.data""").stdout
    if lab.guardian:
        lab.node1("systemctl", "start", "vip-guardian")
        time.sleep(4)  # until it has seen that all is well
    if "VRRP Instance" not in text:
        raise LabError("keepalived on node1 does not dump")
    (lab.node2.root / "etc/lab/forged.data").write_text(text)
    (lab.node2.root / "etc/lab/forger.py").write_text(FORGER)
    # The place is free, as after a boot: a file of root's that lies there already cannot be touched in a sticky folder.
    lab.node2.shell("rm -f /tmp/keepalived.data; chmod 755 /etc/lab; chmod 644 /etc/lab/forged.data /etc/lab/forger.py")


def forge_dump(lab):
    """The backup's guardian is made to ask again and again, with one VIP there, as if keepalived had installed it. Believed, the
    forgery would open an epoch; and then the VIP goes."""
    since = time.monotonic()
    forger = priming_command(lab.node2, "setpriv --reuid 65534 --regid 65534 --clear-groups python3 /etc/lab/forger.py 10")
    forger.go()
    time.sleep(0.3)
    lab.node2("ip", "address", "add", "192.0.2.101/32", "dev", "eth0")
    if lab.guardian:
        lab.node2("systemctl", "restart", "vip-guardian.service")
    for _ in range(4):
        time.sleep(1.2)
        lab.node2("systemctl", "reload", "keepalived.service")
    time.sleep(3)
    lab.node2("ip", "address", "del", "192.0.2.101/32", "dev", "eth0")
    forger.process.wait(20)
    if int(lab.node2("cat", "/tmp/forged-count").stdout) < 1:  # soon the place is taken by a file of root's own
        raise LabError("the forger did not get to plant anything")
    asked = [entry for entry in lab.node2.journal("keepalived.service", since) if "Printing VRRP data" in entry.get("MESSAGE", "")]
    if lab.guardian and len(asked) < 3:
        raise LabError(f"keepalived was asked {len(asked)} times only: the forgery was no temptation")


def remove_forgery(lab):
    lab.node2.shell("rm -f /tmp/keepalived.data /tmp/forged-elsewhere /tmp/forged-count /etc/lab/forger.py /etc/lab/forged.data")


def prime_flood(lab, pairs):
    """Address events on an interface that is none of keepalived's business, two for each pair."""
    lab.node1.outside("ip", "link", "add", "flood0", "index", "9000", "type", "veth", "peer", "name", "flood1", "index", "9001")
    return priming_ip(lab.node1), "".join(f"address add 10.99.{number >> 8 & 255}.{number & 255}/32 dev flood0\n"
                                          f"address del 10.99.{number >> 8 & 255}.{number & 255}/32 dev flood0\n"
                                          for number in range(pairs))


def flood(lab):
    """200,000 events, with a loss in their midst."""
    flooding, pairs = prime_flood(lab, 50000)
    deleting = priming_ip(lab.node1)
    flooding.process.stdin.write(pairs)
    deleting.go(deletion(*FIVE))
    flooding.go(pairs)
    flooding.process.wait(60)


def overflow(lab):
    """The guardian is stopped until its socket's 8 MiB are full, so that the loss is among the events that never reach it."""
    flooding, pairs = prime_flood(lab, 15000)  # before systemd misses it
    deleting = priming_ip(lab.node1)
    victim = guardian(lab.node1)
    os.kill(victim, signal.SIGSTOP)
    try:
        flooding.go(pairs)
        flooding.process.wait(60)
        deleting.go(deletion(*FIVE))
        deleting.process.wait(10)
    finally:
        os.kill(victim, signal.SIGCONT)


def drain(lab):
    run(["nsenter", f"--net=/run/netns/{NAME}-node1", "--", "ip", "link", "del", "flood0"], check=False)
