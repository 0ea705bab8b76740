"""When a host has nothing left to give: descriptors, memory, room in /run, processor time, or a disk. The repair happens all the
same, perhaps late; the table says how late."""

import os
import subprocess
import time

from . import ladder, trapped
from .nodes import LabError
from .traps import FIVE

UNIT = "vip-guardian.service"
STATUS = "/run/vip-guardian"
DROUGHT = 3.0  # seconds without any
BURN = 5       # seconds of processor time
HANG = 2       # seconds that a disk stands still, which is less than it takes node2 to miss node1
DISK = "disk.img"
DEVICE = "/dev/lab-disk"


def lose(lab):
    lab.node1("ip", "-batch", "-", stdin="".join(f"address del {vip} dev eth0\n" for vip in FIVE))


def use_up(what):
    """For a while it gets no more of it. A new life of the guardian has what it needs."""
    def act(lab):
        pid = lab.node1.outside_pid(lab.node1.property(UNIT, "MainPID"))
        before = subprocess.run(["prlimit", f"--pid={pid}", f"--{what}", "--noheadings", "--output=SOFT,HARD"], check=True,
                                capture_output=True, text=True).stdout.split()
        subprocess.run(["prlimit", f"--pid={pid}", f"--{what}=0:{before[1]}"], check=True)
        try:
            lose(lab)
            time.sleep(DROUGHT)
        finally:
            subprocess.run(["prlimit", f"--pid={pid}", f"--{what}={':'.join(before)}"], check=False, stderr=subprocess.DEVNULL)
    return act


def give_little_room(lab):
    """For its ledger and its status file; and started anew, for it keeps the ledger open."""
    lab.node1("systemctl", "stop", UNIT)
    lab.node1.shell(f"mkdir -p {STATUS} && mount -t tmpfs -o size=128k,mode=0755 tmpfs {STATUS}")
    lab.node1("systemctl", "start", UNIT)
    lab.wait(lab.ready, 15, "the guardian does not begin in a small directory")


def fill(lab):
    lab.node1.shell(f"dd if=/dev/zero of={STATUS}/filler bs=4k 2>/dev/null || true")
    if lab.node1.shell(f"echo word >{STATUS}/more", check=False).returncode == 0:
        raise LabError(f"there is still room in {STATUS}")
    lose(lab)
    time.sleep(DROUGHT)
    lab.node1("rm", "-f", f"{STATUS}/filler", f"{STATUS}/more")


def give_room_again(lab):
    lab.node1("systemctl", "stop", UNIT, check=False)
    lab.node1.shell(f"while mountpoint -q {STATUS}; do umount -l {STATUS}; done")
    lab.node1("systemctl", "start", UNIT)
    lab.wait(lab.ready, 15, "the guardian does not begin again")


def crowd_out(lab):
    """Each processor gets somebody who does not let go of it, at a real-time priority: of a second the kernel leaves 50 ms to all
    others (sched_rt_runtime_us). Who ends them must be the kernel: by a limit of processor time. The lab's own watchers wait like
    everybody else; the guardian's entry says when the address was back."""
    burn = f"ulimit -t {BURN}; while :; do :; done"
    burners = []
    try:
        for processor in sorted(os.sched_getaffinity(0)):
            burners.append(subprocess.Popen(["taskset", "--cpu-list", str(processor), "chrt", "--fifo", "50", "sh", "-c", burn]))
        lose(lab)
        if any(one.poll() is not None for one in burners):
            raise LabError("the processors were free again before anything was lost")
    finally:
        for one in burners:
            one.wait()


def give_a_disk(lab):
    """A file system of its own for all that keepalived and the guardian write outside /run: keepalived's answers, and figures for
    Prometheus. The loop device goes with its last mount, however the lab ends."""
    image = lab.node1.root / "run" / DISK
    subprocess.run(["truncate", "--size=16M", image], check=True)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    device = subprocess.run(["losetup", "--find", "--show", image], check=True, capture_output=True, text=True).stdout.strip()
    try:
        number = os.stat(device).st_rdev
        lab.node1.shell(f"mknod {DEVICE} b {os.major(number)} {os.minor(number)}; mount {DEVICE} /tmp; chmod 1777 /tmp")
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)
    ladder.configure(metrics={"textfile": "/tmp/vip-guardian.prom"})(lab)


def hang_disk(lab):
    """Whoever creates or writes a file there waits: keepalived for its answer, and the guardian, which makes room for that. Five
    VIPs go, and half a second later one of them again."""
    hang = f"fsfreeze --freeze /tmp; echo hangs; sleep {HANG}; fsfreeze --unfreeze /tmp"
    leader = lab.node1.leader()
    with subprocess.Popen(["nsenter", f"--target={leader}", "--mount", "--pid", "--root", "sh", "-ec", hang],
                          stdout=subprocess.PIPE, text=True) as hanging:
        if hanging.stdout.readline() != "hangs\n":
            raise LabError("the disk does not hang")
        lose(lab)
        time.sleep(0.5)
        lab.node1("ip", "address", "del", FIVE[0], "dev", "eth0", check=False)
        if hanging.wait() != 0:
            raise LabError("the disk went on too early")


def take_the_disk(lab):
    ladder.forget(lab)
    lab.node1.shell(f"while mountpoint -q /tmp; do umount --lazy /tmp; done; rm -f {DEVICE} /run/{DISK}")


def back_within(seconds, told=None):
    """And each repair as the guardian itself has timed it."""
    def verdict(seen):
        lost, problems = trapped.mended(within=seconds, told=told)(seen)
        for entry in seen.journal["node1"]:
            if entry.get("VIPG_OUTAGE_USEC"):
                seen.notes.append(entry["MESSAGE"])
        lives = len(seen.guardians.get("node1", ()))
        if lives > 1:
            seen.notes.append(f"the guardian has had {lives} lives")
        return lost, problems
    return verdict
