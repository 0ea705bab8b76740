"""`vip-guardian check` as keepalived's vrrp_script: no repair may look like a failure to it, and no failure be the last word."""

import re
import time

from . import judge, ladder, orders, trapped
from .nodes import VIPS

PORT = 8080
SCRIPT = """
vrrp_script check_@NAME@ {
    script "/usr/bin/vip-guardian check @NAME@ --grace 2s"
    interval 1
    timeout 3
    rise 1
    fall 1
    user root
}
"""


def tracked(text):
    """Every instance runs its check."""
    names = re.findall(r"^vrrp_instance (\S+)", text, re.M)
    text = re.sub(r"^(vrrp_instance (\S+) \{)", r"\1\n    track_script {\n        check_\2\n    }", text, flags=re.M)
    return "".join(SCRIPT.replace("@NAME@", name) for name in names) + text


def with_script(**settings):
    def prepare(lab):
        if settings:
            ladder.configure(**settings)(lab)
        orders.afresh(lab, tracked)
    return prepare


def untracked(lab):
    ladder.forget(lab)
    lab.start_afresh()


def with_service(lab):
    """The script asks the service, too: something that takes connections, on both nodes."""
    orders.afresh(lab, lambda text: tracked(text).replace("--grace", f"--tcp {PORT} --grace"))


def without_service(lab):
    for node in lab.nodes:
        node("systemctl", "stop", "web.service", check=False)
    lab.start_afresh()


def serve(lab):
    for node in lab.nodes:
        node("systemd-run", "--quiet", "--unit=web", "systemd-socket-activate", "--accept", "-l", str(PORT), "/bin/cat")
    with_service(lab)


def end_service(lab):
    """On the master, for so long that the peer takes over."""
    lab.node1("systemctl", "stop", "web.service")
    time.sleep(8)
    lab.node1("systemd-run", "--quiet", "--unit=web", "systemd-socket-activate", "--accept", "-l", str(PORT), "/bin/cat")


def no_failover(seen, remover="."):
    lost, problems = judge.repaired(seen, remover)
    if any(change["what"] == "add" and change["address"] in VIPS for change in seen.changes["node2"]):
        problems.append("node2 became master: keepalived's script has failed during a repair")
    return lost, problems


def failed_over_once(seen):
    """The service is dead as well for a node that is not master any more: no back and forth until it lives again."""
    lost, problems = failed_over_and_back(seen)
    return lost, problems + [f"{one['address']} went {one['times']} times" for one in lost if one["times"] != 1]


def failed_over_and_back(seen):
    """Nobody puts it back here, so the script fails: node2 takes over, and in FAULT the script is content again."""
    lost, problems = trapped.safe("node1")(seen)
    if not any(change["what"] == "add" and change["address"] in VIPS for change in seen.changes["node2"]):
        problems.append("node2 never became master: the script has not failed")
    return lost, problems + trapped.added_nothing(seen)
