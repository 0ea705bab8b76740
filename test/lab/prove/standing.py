"""A lab for as long as it is needed: what every program that plays in one has to do before and after."""

import contextlib
import os
import signal
import subprocess
import sys

from .nodes import HERE, STATE, Lab, LabError

SUITES = ("bullseye", "bookworm")  # that are played where none is named
KNOWN = (*SUITES, "trixie")
SKIPPED = 77


class NotToBeHad(Exception):
    """The mirror does not have this suite, or there is none: nothing was tried, and nothing proved."""


def begin(program):
    """The conditions of all that follows."""
    if os.geteuid() != 0:
        sys.exit(f"{program}: needs root (namespaces, mounts, containers)")
    if STATE.exists():
        sys.exit(f"{program}: a lab stands already ({STATE}): test/lab/down first")
    # An interrupt or a kill must pass through the clean-up.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))


def output_of(*argv):
    """The last line that a script of the lab prints; None for what it had to skip."""
    done = subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == SKIPPED:
        return None
    if done.returncode != 0:
        raise LabError(f"{argv[0].name} {' '.join(argv[1:])} failed with exit {done.returncode}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


@contextlib.contextmanager
def lab_of(suite, guardian=True, package=None, as_it_is=False, keep=False):
    """The lab, and the package that is to be installed in it (None where none is wanted)."""
    if guardian and not package:
        package = output_of(HERE / "build-package", suite)
    if (guardian and package is None) or output_of(HERE / "rootfs", suite, "node") is None:
        raise NotToBeHad("the mirror does not have this suite, or there is none")
    try:
        output_of(HERE / "up", "--suite", suite, *(["--as-it-is"] if as_it_is else []))
        yield Lab(suite), package if guardian else None
    finally:
        if STATE.exists() and not keep:
            subprocess.run([HERE / "down"], check=False)
