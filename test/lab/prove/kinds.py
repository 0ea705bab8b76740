"""The kinds of VIP of the fault matrix: for each a configuration of keepalived, and what it puts where."""

import dataclasses
import shutil
import time
import typing

from . import nodes
from .nodes import VIPS

OTHER = {"node1": "192.0.2.12", "node2": "192.0.2.11"}
OWN = {"node1": "192.0.2.11", "node2": "192.0.2.12"}


@dataclasses.dataclass
class Instance:
    name: str
    vrid: int
    addresses: tuple
    excluded: tuple = ()
    more: tuple = ()  # lines of its block; @OWN@ and @OTHER@ are the nodes' addresses


@dataclasses.dataclass
class Kind:
    name: str
    what: str
    instances: typing.Sequence[Instance]
    device: str = "eth0"
    more: str = ""    # outside the instances

    def vips(self):
        """Address -> instance."""
        return {line.split()[0]: one.name for one in self.instances for line in (*one.addresses, *one.excluded)}

    def family_is_six(self):
        return ":" in next(iter(self.vips()))

    def text(self, node, priority):
        blocks = [f"global_defs {{\n    router_id {node}\n}}\n", self.more]
        for one in self.instances:
            blocks.append("\n    ".join([
                f"vrrp_instance {one.name} {{", "interface eth0", "state BACKUP", f"virtual_router_id {one.vrid}",
                f"priority {priority}", "advert_int 1", *one.more, *block("virtual_ipaddress", one.addresses),
                *block("virtual_ipaddress_excluded", one.excluded)]) + "\n}\n")
        return "\n".join(blocks).replace("@OWN@", OWN[node]).replace("@OTHER@", OTHER[node])


def block(name, addresses):
    return [f"{name} {{", *(f"    {line}" for line in addresses), "}"] if addresses else []


FIRST_SIX = "fe80::100/64 dev eth0"  # an IPv6 instance speaks from it

KINDS = [
    Kind("v4/24", "IPv4 in the base address's subnet", [Instance("VI_1", 51, ("192.0.2.100/24 dev eth0",))]),
    Kind("v4/32", "IPv4 by itself", [Instance("VI_1", 51, ("192.0.2.101/32 dev eth0",))]),
    Kind("v6/64", "IPv6 in the base address's subnet", [Instance("VI_6", 61, (FIRST_SIX, "2001:db8::100/64 dev eth0"))]),
    Kind("v6/128", "IPv6 by itself", [Instance("VI_6", 61, (FIRST_SIX, "2001:db8::101/128 dev eth0"))]),
    Kind("excluded", "beside the adverts, of both families", [
        Instance("VI_1", 51, ("192.0.2.101/32 dev eth0",), ("192.0.2.102/24 dev eth0", "2001:db8::102/64 dev eth0"))]),
    Kind("label", "with a label", [Instance("VI_1", 51, ("192.0.2.100/24 dev eth0 label eth0:vip",))]),
    Kind("subnet", "two in a subnet of their own", [
        Instance("VI_1", 51, ("198.51.100.10/24 brd 198.51.100.255 dev eth0", "198.51.100.11/24 brd 198.51.100.255 dev eth0"))]),
    Kind("vmac", "on keepalived's own macvlan", [
        Instance("VI_V", 71, ("192.0.2.110/32",), more=("use_vmac vg71", "vmac_xmit_base"))], device="vg71"),
    Kind("two", "two instances on one interface", [
        Instance("VI_1", 51, ("192.0.2.100/24 dev eth0",)), Instance("VI_2", 52, ("192.0.2.101/32 dev eth0",))]),
    Kind("sync", "a sync group of both families", [
        Instance("VI_1", 51, ("192.0.2.100/24 dev eth0",)),
        Instance("VI_6", 61, (FIRST_SIX, "2001:db8::100/64 dev eth0"))],
         more="vrrp_sync_group VG_1 {\n    group {\n        VI_1\n        VI_6\n    }\n}\n"),
    Kind("unicast", "adverts to the peer only", [
        Instance("VI_1", 51, ("192.0.2.100/24 dev eth0", "192.0.2.101/32 dev eth0"),
                 more=("unicast_src_ip @OWN@", "unicast_peer {", "    @OTHER@", "}"))]),
]


def use(lab, kind):
    """The lab's nodes get this configuration, as their usual one, and begin with it."""
    for node in lab.nodes:
        for unit in ("vip-guardian.service",) if node in lab.guarded else ():
            node("systemctl", "stop", unit, check=False)
        node("systemctl", "stop", "keepalived.service", check=False)
        for vip in VIPS:
            node("ip", "address", "del", vip, "dev", "eth0", check=False)
        kept = node.root / "etc/lab/keepalived.conf"
        kept.write_text(kind.text(node.name, 150 if node is lab.node1 else 100))
        shutil.copy(kept, node.root / "etc/keepalived/keepalived.conf")
    nodes.expect(kind.vips())
    lab.start_afresh()
    lab.wait(lab.ready, 25, f"the lab does not become ready with {kind.name}")
    time.sleep(5 if lab.guardian and lab.has_window() else 1.5)
