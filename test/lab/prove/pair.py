"""The pair when it is quiet again: who owns what, by the kernel and by keepalived's own word, and whether all else is as it was.
Unlike the scenarios, the random run does not care which node is master, as long as it is the better one, and only that."""

from . import duplicates, judge, play, traps
from .nodes import BASES, VIPS

UNITS = ("keepalived.service", "systemd-networkd.service")


class Pair:
    def __init__(self, lab):
        self.lab, self.better, self.usual = lab, lab.node1, {}

    def other(self, node):
        return self.lab.node2 if node is self.lab.node1 else self.lab.node1

    def learn(self):
        """What each node looks like as master, and as the other one."""
        for _ in range(2):
            self.settle()
            for node in self.lab.nodes:
                self.usual[node.name, node is self.better] = play.state_of(node)
            self.swap()
        self.settle()

    def swap(self):
        """The other node is the better one from now on."""
        self.better = self.other(self.better)
        for node in (self.better, self.other(self.better)):
            traps.give_priority(node, 150 if node is self.better else 100)

    def settle(self, seconds=40):
        self.lab.wait(self.unsettled, seconds, "the pair does not settle")

    def afresh(self):
        """After a failure: one must not spoil what follows."""
        for node in self.lab.nodes:
            traps.give_priority(node, 150 if node is self.better else 100, "stop")
        self.lab.start_afresh()
        self.settle()

    def unsettled(self):
        """Why the pair is not at rest, or None."""
        for node in self.lab.nodes:
            units = (*UNITS, *(["vip-guardian.service"] if node in self.lab.guarded else []))
            if {*node("systemctl", "is-active", *units, check=False).stdout.split()} != {"active"}:
                return f"not all of {' '.join(units)} run on {node.name}"
            there = node.addresses()
            lacking = [base for base in BASES[node.name] if base not in there]
            wrong = [vip for vip in VIPS if (vip in there) != (node is self.better)]
            if lacking or wrong:
                return f"on {node.name} is {'no ' + ' '.join(lacking) if lacking else ''}" \
                       f"{('nothing of ' if node is self.better else 'still ') + ' '.join(wrong) if wrong else ''}"
            if any("tentative" in entry for entry in there.values()):
                return f"an address on {node.name} is still being checked for duplicates"
        return self.lab.unguarded(self.better)

    def problems(self, seen, parted):
        """What is wrong in the end, and what was wrong on the way there."""
        found = duplicates.problems(seen, parted)
        for node, after in ((self.lab.node1, seen.after), (self.lab.node2, seen.after_node2)):
            usual = self.usual[node.name, node is self.better]
            for what in ("addresses", "routes"):
                found += [f"{node.name}: {one}" for one in judge.differences(usual[what], after[what])]
            found += self.wrong_words(seen, node)
        return found

    def wrong_words(self, seen, node):
        """keepalived's own last word has to be that it is master where it is, and that it is not where it is not."""
        found = []
        for instance in dict.fromkeys(VIPS.values()):
            spans = judge.masterships(seen.keepalived[node.name], instance,
                                      duplicates.began_as_master(seen, node.name, instance), seen.start, seen.end)
            if (bool(spans) and spans[-1][1] == seen.end) != (node is self.better):
                found.append(f"{node.name}: keepalived's last word is that {instance} is "
                             f"{'not ' if node is self.better else ''}master")
        return found
