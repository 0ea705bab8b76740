"""The observers of one lab: started once, read in slices."""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from .nodes import HERE, NAME, LabError

WATCH = HERE / "watch"


class Log:
    """A file of JSON lines that an observer goes on writing."""

    def __init__(self, path):
        self.path = path

    def between(self, start, end):
        with open(self.path, encoding="utf-8") as lines:
            # The last line may be half written.
            records = [json.loads(line) for line in lines if line.endswith("\n")]
        return [record for record in records if start <= record["at"] <= end]

    def wait_until_it_watches(self):
        deadline = time.monotonic() + 5
        while not (self.path.exists() and self.path.stat().st_size):
            if time.monotonic() > deadline:
                raise LabError(f"the observer of {self.path.name} does not start")
            time.sleep(0.02)


class Observers(contextlib.ExitStack):
    """Address and route changes of both nodes, and what the client hears, for as long as the block lasts."""

    def __enter__(self):
        super().__enter__()
        self.folder = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="vip-guardian-lab-")))
        self.changes = {node: self.log(node, "netlink.py") for node in ("node1", "node2")}
        self.frames = self.log("client", "frames.py", "eth0")
        for log in (*self.changes.values(), self.frames):
            log.wait_until_it_watches()
        self.start("node1", "stream.py", "serve")
        return self

    def start(self, name, program, *arguments):
        process = subprocess.Popen(["nsenter", f"--net=/run/netns/{NAME}-{name}", "--", sys.executable,
                                    str(WATCH / program), *map(str, arguments)])
        self.callback(end, process)
        return process

    def log(self, name, program, *arguments):
        path = self.folder / f"{name}-{program}.jsonl"
        self.start(name, program, *arguments, path)
        return Log(path)

    @contextlib.contextmanager
    def until_told(self, program, *targets):
        """A program of the client's that runs while the block lasts; the list that is handed out holds its result after it."""
        results = []
        path = self.folder / f"{program}.json"
        path.unlink(missing_ok=True)
        process = self.start("client", program, path, *targets)
        try:
            yield results
        finally:
            end(process)
        results.append(json.loads(path.read_text(encoding="utf-8")))


def end(process):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
