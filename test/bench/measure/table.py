"""The figures as a table that a README can show, and the machine they were measured on."""

import os
import platform
import subprocess


def machine(lab):
    systemd, keepalived = lab.versions()
    virtual = subprocess.run(["systemd-detect-virt"], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
    kind = "virtual machine" if virtual not in ("", "none") else "machine"
    return {"kind": f"{os.cpu_count()}-core {kind}", "kernel": platform.release().split("-")[0], "suite": lab.suite,
            "systemd": systemd, "keepalived": keepalived, "load": round(os.getloadavg()[1], 1)}


def short(value, unit=""):
    if value is None:
        return ""
    text = f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"
    return f"{text} {unit}".strip()


def render(result):
    where = result["machine"]
    lines = [f"{where['kind']}, Linux {where['kernel']}, {where['suite']} with systemd {where['systemd']} and keepalived "
             f"{where['keepalived']}; load {where['load']}", "",
             "| figure | vip-guardian | reference | ratio | to reach | |", "|---|---|---|---|---|---|"]
    for one in result["figures"]:
        note = f" ({one['note']})" if one["note"] else ""
        lines.append(f"| {one['name']} | {short(one['value'], one['unit'])}{note} | {short(one['reference'], one['unit'])} | "
                     f"{short(one['ratio'])} | {one['goal']} | {'reached' if one['met'] else '**missed**'} |")
    return "\n".join(lines)
