"""Scenarios with virtual routes and rules: what keepalived installs beside its addresses has to go and come with these."""

import re

from . import judge, trapped
from .nodes import LabError

# Each with what `ip` shows of it. In another table, by a VIP as source; in the main table, by a source that the kernel
# drops it with; by a gateway alone; without any interface; of both families.
ROUTES = {
    "VI_1": {"203.0.113.0/24 via 192.0.2.50 dev eth0 src 192.0.2.100 table 100":
             r"203\.0\.113\.0/24 via 192\.0\.2\.50 dev eth0 table 100 .*src 192\.0\.2\.100",
             "198.51.101.0/24 via 192.0.2.50 dev eth0 src 192.0.2.101":
             r"198\.51\.101\.0/24 via 192\.0\.2\.50 dev eth0 .*src 192\.0\.2\.101",
             "198.51.102.0/24 via 192.0.2.50 dev eth0": r"198\.51\.102\.0/24 via 192\.0\.2\.50 dev eth0",
             "default via 192.0.2.50 dev eth0 table 101 metric 7": r"default via 192\.0\.2\.50 dev eth0 table 101 .*metric 7",
             "blackhole 10.66.0.0/16": r"blackhole 10\.66\.0\.0/16"},
    "VI_6": {"2001:db8:66::/48 via 2001:db8::50 dev eth0 table 100":
             r"2001:db8:66::/48 via 2001:db8::50 dev eth0 table 100",
             "2001:db8:67::/48 via 2001:db8::50 dev eth0 src 2001:db8::101":
             r"2001:db8:67::/48 via 2001:db8::50 dev eth0 .*src 2001:db8::101"},
}
RULES = {
    "VI_1": {"from 192.0.2.100 table 100": r"rule .*from 192\.0\.2\.100 lookup 100",
             "to 203.0.113.0/24 table 101 preference 500": r"rule 500: .*to 203\.0\.113\.0/24 lookup 101"},
    "VI_6": {"from 2001:db8::100 table 100": r"rule .*from 2001:db8::100 lookup 100"},
}


def shown(lines):
    """Which of all these stand among what `ip` shows."""
    wanted = {text: sight for block in (ROUTES, RULES) for texts in block.values() for text, sight in texts.items()}
    return {text for text, sight in wanted.items() if any(re.search(sight, line) for line in lines)}


def everything():
    return {text for block in (ROUTES, RULES) for texts in block.values() for text in texts}


def blocks(instance, ignored):
    """keepalived >= 2.0 watches its routes itself, unless it is told to ignore their loss."""
    lines = []
    for keyword, block in (("virtual_routes", ROUTES), ("virtual_rules", RULES)):
        lines += [f"    {keyword} {{", *(f"        {text}{ignored}" for text in block[instance]), "    }"]
    return "\n".join(lines) + "\n"


def configure(lab):
    ignored = "" if lab.has_window() else " no_track"
    for node in lab.nodes:
        path = node.root / "etc/keepalived/keepalived.conf"
        text = path.read_text()
        for instance in ROUTES:
            text = re.sub(rf"(vrrp_instance {instance} \{{\n.*?)^\}}", lambda m: m[1] + blocks(instance, ignored) + "}", text,
                          flags=re.S | re.M)
        path.write_text(text)
    for node in (lab.node2, lab.node1):
        node("systemctl", "restart", "keepalived.service")
    lab.wait(lab.ready, 25, "node1 does not become master again")
    lab.wait(lambda: sorted(everything() - shown(lab.node1.routes())) or None, 5, "keepalived does not install its routes and rules")
    left = shown(lab.node2.routes())
    if left:
        raise LabError(f"node2 has {sorted(left)}")


def clean(lab):
    """Whatever a scenario has left; the configuration is put back when the lab is healed."""
    for node in lab.nodes:
        node.shell("systemctl stop keepalived; for t in 100 101; do ip route flush table $t; ip -6 route flush table $t; done;"
                   "for r in 198.51.101.0/24 198.51.102.0/24 10.66.0.0/16; do ip route del $r; done;"
                   "ip -6 route del 2001:db8:67::/48;"
                   "ip rule del from 192.0.2.100; ip rule del pref 500; ip -6 rule del from 2001:db8::100; :", check=False)


def delete_all(lab):
    lab.node1.shell("ip rule del pref 500; ip rule del from 192.0.2.100; ip -6 rule del from 2001:db8::100;"
                    "for r in '203.0.113.0/24 table 100' 198.51.101.0/24 198.51.102.0/24 'default table 101' 10.66.0.0/16; do"
                    " ip route del $r; done; ip -6 route del 2001:db8:66::/48 table 100; ip -6 route del 2001:db8:67::/48")


def told(journal):
    return {route.split(" ", 2)[2] for entry in judge.closings(journal) for route in judge.words(entry.get("VIPG_ROUTE"))}


def all_back(lab):
    return shown(lab.node1.routes()) == everything() and not lab.ready()


def back(addresses_too):
    """All is as it was, and each that had been away is named in the journal."""
    def verdict(seen, remover="."):
        lost, problems = judge.repaired(seen, remover) if addresses_too else ([], [])
        if not addresses_too:
            problems += judge.differences(seen.before["routes"], seen.after["routes"])
            texts = told(seen.journal["node1"])
            problems += [f"journal: no closing entry names {text}" for text in sorted(everything())
                         if not any(name.startswith(text) for name in texts)]
        problems += [f"node2 has {text}" for text in sorted(shown(seen.after_node2["routes"]))]
        return lost, problems
    return verdict


def moved(seen):
    """Everything on node2, nothing on node1."""
    lost, problems = trapped.safe("node2")(seen)
    problems += [f"node1 still has {text}" for text in sorted(shown(seen.after["routes"]))]
    problems += [f"node2 lacks {text}" for text in sorted(everything() - shown(seen.after_node2["routes"]))]
    return lost, problems
