"""The fault matrix for people: a line for each case, a table for the terminal, and a page that needs nothing but itself."""

import html

COLUMNS = (("outage_ms", "client without", "ms"), ("repair_ms", "repaired in", "ms"), ("duplicate_ms", "both nodes", "ms"),
           ("duplicate_by_guardian_ms", "by guardian", "ms"), ("base_intact", "base intact", ""), ("left_behind", "left behind", ""),
           ("restarts", "restarts", ""))


def shown(value, unit):
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.1f} {unit}" if unit else str(value)


def line(case):
    text = f"{'ok  ' if case['ok'] else 'FAIL'} {case['cause']:19} {case['vip']:9}"
    for key, _name, unit in COLUMNS:
        text += f"{shown(case.get(key), unit):>13}"
    return "\n".join([text, *(f"     ! {problem}" for problem in case["problems"])])


def groups(cases):
    """The cases by suite, keepalived and who is guarded."""
    found = {}
    for case in cases:
        found.setdefault((case["suite"], case["keepalived"], case["guardian"]), []).append(case)
    return found


def grid(cases):
    """Causes down, kinds across."""
    causes, vips = (list(dict.fromkeys(case[key] for case in cases)) for key in ("cause", "vip"))
    by_place = {(case["cause"], case["vip"]): case for case in cases}
    return causes, vips, by_place


def cell(case):
    if case is None:
        return ""
    if not case["ok"]:
        return "FAIL"
    return "-" if case["outage_ms"] is None else f"{case['outage_ms']:.0f}"


def table(cases):
    lines = []
    for (suite, keepalived, guardian), some in groups(cases).items():
        causes, vips, by_place = grid(some)
        lines += ["", f"=== {suite}, keepalived {keepalived}, guardian on {guardian}: the client's longest wait, in ms",
                  " " * 20 + "".join(f"{vip:>10}" for vip in vips)]
        lines += [f"{cause:20}" + "".join(f"{cell(by_place.get((cause, vip))):>10}" for vip in vips) for cause in causes]
    wrong = [case for case in cases if not case["ok"]]
    lines += ["", *(f"FAIL {case['suite']} {case['guardian']} {case['cause']}:{case['vip']}: {problem}"
                    for case in wrong for problem in case["problems"][:3])]
    return "\n".join(lines)


STYLE = """body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: 1em 0 2em } th, td { border: 1px solid #bbb; padding: .25em .6em; text-align: right }
th:first-child, td:first-child, td.text { text-align: left } .ok { background: #e3f3e3 } .bad { background: #f6c9c4; font-weight: bold }
small { color: #666 }"""

HEAD = """<p>Each cell is how long a client had no answer, in milliseconds (it asks every 2 ms). Green: the addresses ended where they
belong and nowhere else, base addresses, ranks and routes are what they were, nothing is left behind, nothing that the guardian
added was on two nodes, and keepalived was not restarted. Where keepalived itself has to elect, the wait is its own.</p>"""


def html_of(cases):
    parts = ["<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8"><title>vip-guardian: the fault matrix</title>',
             f"<style>{STYLE}</style></head><body><h1>The fault matrix</h1>", HEAD,
             f"<p>{len(cases)} cases, {sum(not case['ok'] for case in cases)} failed.</p>"]
    for (suite, keepalived, guardian), some in groups(cases).items():
        causes, vips, by_place = grid(some)
        parts.append(f"<h2>{html.escape(f'{suite}, keepalived {keepalived}, guardian on {guardian}')}</h2><table><tr><th>cause</th>")
        parts += [f"<th>{html.escape(vip)}</th>" for vip in vips]
        for cause in causes:
            parts.append(f"</tr><tr><td>{html.escape(cause)}</td>")
            parts += [square(by_place.get((cause, vip))) for vip in vips]
        parts.append("</tr></table>")
        parts.append(details(some))
    return "\n".join([*parts, "</body></html>"]) + "\n"


def square(case):
    if case is None:
        return "<td></td>"
    hint = "; ".join(case["problems"]) or f"repaired in {shown(case['repair_ms'], 'ms')}, both nodes {shown(case['duplicate_ms'], 'ms')}"
    return f'<td class="{"ok" if case["ok"] else "bad"}" title="{html.escape(hint)}">{cell(case)}</td>'


def details(cases):
    parts = ["<details><summary>every case, with what the journal said</summary><table><tr><th>case</th>"]
    parts += [f"<th>{name}</th>" for _key, name, _unit in COLUMNS]
    parts.append("<th>journal</th></tr>")
    for case in cases:
        said = "<br>".join(html.escape(text) for text in [*(f"! {one}" for one in case["problems"]), *case.get("journal", [])])
        parts.append(f'<tr class="{"ok" if case["ok"] else "bad"}"><td>{html.escape(case["cause"])}:{html.escape(case["vip"])}</td>')
        parts += [f"<td>{shown(case.get(key), unit)}</td>" for key, _name, unit in COLUMNS]
        parts.append(f'<td class="text"><small>{said}</small></td></tr>')
    return "\n".join([*parts, "</table></details>"])
