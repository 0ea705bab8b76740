"""What a scenario is, and what is seen of it. The list of them is in scenarios.py, how one is played in play.py."""

import dataclasses
import typing


@dataclasses.dataclass
class Scenario:
    name: str
    what: str                                    # for people: what is done
    act: typing.Callable
    prepare: typing.Callable = lambda lab: None
    restore: typing.Callable = lambda lab: None
    handover: bool = False                       # keepalived lets go: nothing may be added, node2 takes over
    handed_back: bool = False                    # with handover: node1 is master again at the end
    remover: str = "."                           # what VIPG_REMOVER must match
    needs_guardian: bool = False                 # on node1, which begins as the master
    needs_both: bool = False                     # guardians on both nodes
    extra: bool = False                          # played only with --all, or when asked for by name
    once: bool = False                           # the same in every suite: else played in one of them
    contested: bool = False                      # both nodes may come to have a VIP: count the time, also by ARP
    streamed: bool = True                        # watch a TCP stream to node1, too
    hearing: bool = False                        # with a keepalived that hears a loss, and a guardian without settings
    window: bool = False                         # needs 1.3.9, which says MASTER before it installs anything
    patience: float = 6.0                        # for the guardian's last word, and for the lab to be as it has to be
    verdict: typing.Optional[typing.Callable] = None  # Seen -> (losses, problems), where the usual criteria do not fit
    settled: typing.Optional[typing.Callable] = None  # lab -> bool, likewise


@dataclasses.dataclass
class Seen:
    """All that was observed from just before the act until things were quiet again."""
    start: float
    end: float
    before: dict
    before_node2: dict
    after: dict
    after_node2: dict
    changes: dict
    frames: list
    journal: dict     # the guardian's, per node
    keepalived: dict  # keepalived's, per node
    guardians: dict   # the guardian's process ids, per node
    macs: dict        # hardware address -> node
    pings: list
    probes: dict = dataclasses.field(default_factory=dict)  # who answered for a VIP; see watch/probe.py
    streams: list = dataclasses.field(default_factory=list)  # a TCP stream through a VIP; see watch/stream.py
    notes: list = dataclasses.field(default_factory=list)   # what the judge finds worth saying, though not wrong
