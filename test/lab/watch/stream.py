"""A TCP stream through a virtual address: a number every 2 ms, echoed by the node. Ends on SIGTERM.

    stream.py serve               in the node: echoes what comes
    stream.py FILE ADDRESS...     in the client: writes one JSON object when it ends
"""

import json
import os
import select
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import netlink  # noqa: E402

PORT = 7007
INTERVAL = 0.002
PATIENCE = 0.5  # after the last number, for echoes still on their way


def serve():
    listener = socket.create_server(("", PORT), family=socket.AF_INET)
    streams = set()
    while True:
        for ready in select.select([listener, *streams], [], [])[0]:
            if ready is listener:
                stream = listener.accept()[0]
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                streams.add(stream)
                continue
            try:
                data = ready.recv(4096)
                if data:
                    ready.sendall(data)
                    continue
            except OSError:
                pass
            ready.close()
            streams.discard(ready)


class Stream:
    """One connection: what was sent when, and when how much of it had come back."""

    def __init__(self, target):
        self.target, self.error = target, None
        self.sent, self.echoes, self.echoed = [], [], 0
        self.socket = None
        try:
            self.socket = socket.create_connection((target, PORT), timeout=2)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.setblocking(False)
        except OSError as refused:
            self.error = str(refused)

    def send(self):
        if self.error is None:
            try:
                self.socket.send(b"%07d\n" % len(self.sent))
                self.sent.append(time.monotonic())
            except BlockingIOError:
                pass
            except OSError as broken:
                self.error = str(broken)

    def receive(self):
        try:
            data = self.socket.recv(65536)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as broken:
            self.error = str(broken)
            return
        if not data:
            self.error = "closed by the node"
            return
        self.echoed += len(data)
        self.echoes.append(time.monotonic())

    def result(self):
        # A stall is a time without an echo while there was something to echo.
        longest = max((later - earlier for earlier, later in zip(self.echoes, self.echoes[1:])), default=0)
        return {"target": self.target, "sent": len(self.sent), "missing": len(self.sent) - self.echoed // 8,
                "longest_stall_ms": round(longest * 1000, 2), "error": self.error}


def follow(path, targets):
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    streams = [Stream(target) for target in targets]
    netlink.hurry()
    due, deadline = time.monotonic(), None
    while deadline is None or time.monotonic() < deadline:
        now = time.monotonic()
        if stop and deadline is None:
            deadline = now + PATIENCE
        if deadline is None and now >= due:
            for stream in streams:
                stream.send()
            due = max(due + INTERVAL, now)
        alive = [stream for stream in streams if stream.error is None]
        wait = max(0.0002, due - time.monotonic()) if deadline is None else 0.01
        ready = select.select([stream.socket for stream in alive], [], [], wait)[0]
        for stream in alive:
            if stream.socket in ready:
                stream.receive()
    with open(path + ".half", "w", encoding="utf-8") as out:
        json.dump([stream.result() for stream in streams], out)
    os.rename(path + ".half", path)


if __name__ == "__main__":
    netlink.end_with_parent()
    if sys.argv[1] == "serve":
        serve()
    else:
        follow(sys.argv[1], sys.argv[2:])
