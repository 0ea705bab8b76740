"""The two pictures, as plain SVG: no library draws them, and they stand on a light or a dark page alike."""

import math

from .stage import FLOOR, GUARDIAN, KEEPALIVED, SCRIPT, median

WIDTH = 860
COLOURS = {FLOOR: "#7f8c8d", GUARDIAN: "#1f7a4d", f"{GUARDIAN}, IPv6": "#2f6fb0", KEEPALIVED: "#c0692b", SCRIPT: "#a33a3a"}
ROWS = [FLOOR, GUARDIAN, f"{GUARDIAN}, IPv6", KEEPALIVED, SCRIPT]
STYLE = "font-family='DejaVu Sans, Helvetica, Arial, sans-serif' font-size='13'"


def svg(height, body, title):
    return (f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' role='img' {STYLE}>\n"
            f"<title>{title}</title>\n<rect width='{WIDTH}' height='{height}' fill='#ffffff' rx='6'/>\n" + "\n".join(body) + "\n</svg>\n")


def text(x, y, words, anchor="start", colour="#222222", size=13, weight="normal"):
    words = str(words).replace("&", "&amp;").replace("<", "&lt;")
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' fill='{colour}' font-size='{size}' font-weight='{weight}'>{words}</text>"


def line(x1, y1, x2, y2, colour="#dddddd", width=1.0):
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' stroke-width='{width}'/>"


def spoken(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.2g} µs"


def distribution(samples, machine):
    """Every repair as a dot on a logarithmic axis; a bar at the median."""
    rows = [name for name in ROWS if samples.get(name)]
    left, right, top, step = 210, 30, 62, 62
    low, high = 1e-5, 1e2
    height = top + step * len(rows) + 60
    scale = lambda value: left + (WIDTH - left - right) * (math.log10(min(max(value, low), high)) + 5) / 7  # noqa: E731
    body = [text(20, 28, "From the delete request to the event that the address is there again", size=16, weight="bold"),
            text(20, 47, f"one VIP, every attempt a dot, the bar is the median; {machine['kind']}, Linux {machine['kernel']}, "
                          f"load {machine['load']}", colour="#666666", size=12)]
    for power in range(-5, 3):
        x = scale(10 ** power)
        body += [line(x, top, x, top + step * len(rows)), text(x, top + step * len(rows) + 20, spoken(10 ** power * 1.0000001), "middle", "#666666")]
    for number, name in enumerate(rows):
        middle = top + step * (number + 0.5)
        values = samples[name]
        centre = median(values)
        body += [text(20, middle - 2, name, weight="bold", colour=COLOURS[name]),
                 text(20, middle + 15, f"median {spoken(centre)}, n = {len(values)}", colour="#666666", size=12)]
        body += [f"<circle cx='{scale(value):.1f}' cy='{middle + (index * 0.618 % 1 - 0.5) * 34:.1f}' r='2.2' "
                 f"fill='{COLOURS[name]}' fill-opacity='0.45'/>" for index, value in enumerate(values)]
        body.append(line(scale(centre), middle - 22, scale(centre), middle + 22, "#111111", 2))
    return svg(height, body, "Distribution of repair times")


def presence(run, address, span):
    """When the address was there, as pairs of seconds since the reconfigure."""
    changes = [(one["at"] - run["began"], one["what"]) for one in run["changes"] if one["address"] == address]
    spans, since = [], span[0]
    for at, what in changes:
        if what == "remove" and since is not None:
            spans.append((since, at))
            since = None
        elif what == "add" and since is None:
            since = at
    return spans + ([(since, span[1])] if since is not None else [])


def timeline(run, machine):
    """One `networkctl reconfigure`: the addresses, what the guardian wrote, and each of the client's pings."""
    moments = [one["at"] - run["began"] for one in run["changes"]]
    if not moments:
        return None
    start, end = min(moments), max(moments)
    margin = max(0.008, (end - start) * 0.35)
    span = (start - margin, end + margin)
    left, right, top, step = 210, 30, 66, 50
    scale = lambda at: left + (WIDTH - left - right) * (at - span[0]) / (span[1] - span[0])  # noqa: E731
    height = top + 3 * step + 92
    body = [text(20, 28, "One incident: networkctl reconfigure eth0, and the client of the VIP", size=16, weight="bold"),
            text(20, 47, f"{run['lost']} pings lost, one sent every 2 ms; {machine['suite']}, systemd {machine['systemd']}, "
                         f"{machine['kind']}, Linux {machine['kernel']}, load {machine['load']}", colour="#666666", size=12)]
    unit = next(size for size in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if (span[1] - span[0]) / size <= 12)
    for tick in range(math.ceil((span[0] - start) / unit), math.floor((span[1] - start) / unit) + 1):
        x = scale(start + tick * unit)
        body += [line(x, top, x, top + 3 * step), text(x, top + 3 * step + 20, f"{tick * unit * 1000:.0f} ms", "middle", "#666666", 12)]
    for row, (address, label, colour) in enumerate((("192.0.2.11/24", "the host's own address", "#7f8c8d"),
                                                    ("192.0.2.100/24", "the VIP", COLOURS[GUARDIAN]))):
        y = top + step * row
        body += [text(20, y + 22, label, weight="bold", colour=colour), text(20, y + 38, address, colour="#666666", size=12)]
        body += [f"<rect x='{scale(a):.1f}' y='{y + 12}' width='{max(1.0, scale(b) - scale(a)):.1f}' height='24' fill='{colour}' fill-opacity='0.75' rx='2'/>"
                 for a, b in presence(run, address, span)]
    y = top + 2 * step
    body += [text(20, y + 22, "the client's pings", weight="bold", colour="#2f6fb0"), text(20, y + 38, "red: lost", colour="#a33a3a", size=12)]
    lost = {round(at, 9) for at in run["lost_at"]}
    for at in run["sent_at"]:
        if span[0] <= at - run["began"] <= span[1]:
            gone = round(at, 9) in lost
            body.append(line(scale(at - run["began"]), y + (6 if gone else 14), scale(at - run["began"]), y + (42 if gone else 34),
                             "#a33a3a" if gone else "#2f6fb0", 2.6 if gone else 1.8))
    words = run["journal"][0][1] if run["journal"] else "(no journal entry)"
    y = top + 3 * step + 48
    for number, part in enumerate(wrapped(words, 118)[:3]):
        body.append(text(20, y + 16 * number, part, size=12, colour="#333333"))
    return svg(height, body, "One incident's timeline")


def wrapped(words, width):
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def pictures(samples, folder, machine):
    drawn = {"repair-times.svg": distribution(samples, machine) if samples.get(GUARDIAN) and samples.get(KEEPALIVED) else None,
             "incident.svg": timeline(samples["timeline"], machine) if samples.get("timeline") else None}
    for name, picture in drawn.items():
        if picture:
            (folder / name).write_text(picture, encoding="utf-8")
            yield folder / name
