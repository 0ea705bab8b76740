"""Scenarios with keepalived's root blocks: what stands on a node for as long as keepalived runs there, master or not."""

from . import judge, trapped
from .nodes import LabError

# Of each node its own: one behind the base address of its subnet, one alone, one of IPv6; a route and a rule.
ADDRESSES = {"node1": ("192.0.2.71/24", "198.18.0.1/32", "2001:db8::71/64"),
             "node2": ("192.0.2.72/24", "198.18.0.2/32", "2001:db8::72/64")}
ROUTE = "198.51.103.0/24 via 192.0.2.50 dev eth0"
RULE = "from 198.18.0.0/15 table 102"


def shown(node):
    """What is there of it."""
    addresses, routes = node.addresses(), node.routes()
    return ({address for address in ADDRESSES[node.name] if address in addresses}
            | {ROUTE for line in routes if ROUTE in line} | {RULE for line in routes if "from 198.18.0.0/15 lookup 102" in line})


def everything(node):
    return {*ADDRESSES[node.name], ROUTE, RULE}


def configure(lab):
    for node in lab.nodes:
        path = node.root / "etc/keepalived/keepalived.conf"
        addresses = "".join(f"    {address} dev eth0\n" for address in ADDRESSES[node.name])
        path.write_text(path.read_text() + f"static_ipaddress {{\n{addresses}}}\nstatic_routes {{\n    {ROUTE}\n}}\n"
                        f"static_rules {{\n    {RULE}\n}}\n")
    for node in (lab.node2, lab.node1):
        node("systemctl", "restart", "keepalived.service")
    lab.wait(lab.ready, 25, "node1 does not become master again")
    for node in lab.nodes:
        left = everything(node) - shown(node)
        if left:
            raise LabError(f"keepalived does not install {sorted(left)} on {node.name}")


def clean(lab):
    """Whatever a scenario has left; the configuration is put back when the lab is healed."""
    for node in lab.nodes:
        node.shell("systemctl stop keepalived;"
                   + "".join(f"ip address del {address} dev eth0;" for address in ADDRESSES[node.name])
                   + f"ip route del {ROUTE}; ip rule del {RULE}; :", check=False)


def lose(lab):
    """By networkd on the master, by hand on the backup."""
    lab.node2.shell("".join(f"ip address del {address} dev eth0;" for address in ADDRESSES["node2"])
                    + f"ip route del {ROUTE}; ip rule del {RULE}")
    lab.node1("networkctl", "reconfigure", "eth0")


def lose_and_stop(lab):
    lose(lab)
    lab.node1("systemctl", "stop", "keepalived.service")


def all_back(lab):
    return all(shown(node) == everything(node) for node in lab.nodes) and not lab.ready()


def back(seen):
    """On both nodes all is as it was, and the journals name what had been away."""
    lost, problems = trapped.safe("node1")(seen)
    for node, before, after in (("node1", seen.before, seen.after), ("node2", seen.before_node2, seen.after_node2)):
        problems += [f"{node}: {text}" for kind in ("addresses", "routes") for text in judge.differences(before[kind], after[kind])]
        told = {vip for entry in judge.closings(seen.journal[node]) for vip in judge.words(entry.get("VIPG_VIP"))}
        problems += [f"journal of {node}: no closing entry names {address}" for address in ADDRESSES[node] if address not in told]
    return lost, problems


def gone(seen):
    """keepalived, stopped, has left nothing of them on node1; node2 has its own."""
    lost, problems = trapped.safe("node2")(seen)
    problems += [f"{address} was left behind on node1" for address in ADDRESSES["node1"] if address in seen.after["addresses"]]
    problems += [f"a route or rule was left behind on node1: {line}" for line in seen.after["routes"]
                 if ROUTE in line or "198.18.0.0/15" in line]
    problems += [f"{address} is not on node2" for address in ADDRESSES["node2"] if address not in seen.after_node2["addresses"]]
    return lost, problems
