"""Random keepalived configurations, the same for the same seed.

Most are what an operator might write, in every spelling that the grammar allows; some are broken the way hands
break files: a brace lost or glued, a line doubled or cut, a quote left open.
"""

import random

INTERFACES = ["eth0", "eth1", "eth2", "eth3"]
SCOPES = ["global", "link", "host", "site", "nowhere", "0", "253", "77", "0x10", "nosuch"]
UNKNOWN = ["no_such_keyword", "track_everything on", "vrrp_magic 3", "authenticate PASS"]
LATER = ["track_file {\n  watched weight 5\n}", "unicast_ttl 64", "notify_deleted", "check_unicast_src",
         "track_src_ip", "down_timer_adverts 4", "track_process {\n  daemon\n}"]


class Writer:
    """One configuration under construction: text, and the files it includes."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.files = {}
        self.counter = 0

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, options):
        return self.random.choice(options)

    def comment(self):
        return self.pick(["", "", "", "", " # remark", " ! remark", "  #", "# glued", "! \"quoted\" # twice"])

    def word(self, text):
        return f'"{text}"' if self.chance(4) else text

    # Addresses -------------------------------------------------------------------------------------------

    def address4(self):
        return f"10.{self.random.randint(0, 3)}.{self.random.randint(0, 255)}.{self.random.randint(1, 254)}"

    def address6(self):
        tail = f"{self.random.randint(1, 65535):x}"
        return self.pick([f"2001:db8::{tail}", f"2001:DB8:0:1::{tail}", f"fe80::{tail}", f"::ffff:10.0.0.{tail[:1]}",
                          f"2001:db8:1:2:3:4:5:{tail}"])

    def length4(self):
        return self.pick(["", "", "/24", "/24", "/32", "/16", "/30", "/31", "/8", "/22", "/0", "/3", "/4", "/033",
                          "/33", "/24x", "/", "/-1"] if self.chance(25) else ["", "/24", "/32", "/25", "/28"])

    def length6(self):
        return self.pick(["", "/64", "/128", "/48", "/127", "/129" if self.chance(10) else "/56"])

    def vip(self, ipv6):
        if self.chance(2):
            return self.pick(["10.0.0", "10.0.0.256", "nonsense", "10.0.0.1/24/25", "2001:db8:::1", "default", "010.0.0.1"])
        text = self.word(self.address6() + self.length6() if ipv6 else self.address4() + self.length4())
        options = []
        if self.chance(25):
            options.append(f"dev {self.word(self.pick(INTERFACES))}")
        if self.chance(20):
            options.append(f"scope {self.pick(SCOPES if self.chance(40) else SCOPES[:3])}")
        if self.chance(5 if ipv6 else 20):
            value = self.pick(["+", "-", "10.1.255.255", "192.168.100.255", "10.0.0.255", "0.0.0.0", "10.1"])
            options.append(f"{self.pick(['brd', 'broadcast'])} {value}")
        if self.chance(20):
            options.append("label " + self.pick(["eth0:1", "eth1:vip", '"eth0:two words"', "x", "eth2:123456789"]))
        for flag in ("home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin"):
            if self.chance(4):
                options.append(flag)
        if self.chance(4):
            options.append(self.pick(["no_track", "no-track", "preferred_lft 300", "preferred_lft forever", "use_vmac",
                                      "peer 10.9.9.9", "peer 2001:db8::9", "nodad", "dev", "label", "scope", "secondary",
                                      "track_group X"]))
        self.random.shuffle(options)
        return " ".join([text] + options)

    # Blocks ----------------------------------------------------------------------------------------------

    def block(self, head, lines, indent):
        """A keyword with its lines in braces, as the versions' grammars allow it, or nearly."""
        pad = " " * indent
        style = self.random.random()
        if style < 0.04:
            return [f"{pad}{head}", f"{pad}{{"] + [f"{pad}  {line}{self.comment()}" for line in lines] + [f"{pad}}}"]
        if style < 0.06:
            return [f"{pad}{head}{{"] + [f"{pad}  {line}" for line in lines] + [f"{pad}}}"]
        if style < 0.08:
            return [f"{pad}{head} {{ {' '.join(lines[:1])} }}"]
        if style < 0.09:
            return [f"{pad}{head} {{"] + [f"{pad}  {line}" for line in lines[:-1]] + [f"{pad}  {(lines or [''])[-1]} }}"]
        return [f"{pad}{head} {{{self.comment()}"] + [f"{pad}  {line}{self.comment()}" for line in lines] + \
               [f"{pad}}}{self.comment()}"]

    def include(self, lines):
        """Moves lines into a file of their own."""
        self.counter += 1
        name = f"part{self.counter}.conf"
        self.files[name] = "\n".join(lines) + "\n"
        pattern = self.pick([name, f"./{name}", f"part{self.counter}.c?nf", f"part{{{self.counter},99}}.conf"])
        return f"include {pattern}"

    def conditional(self, line):
        return self.pick([f"@node-a {line}", f"@other {line}", f"@^node-a {line}", f"@^other {line}", f"  @node-a\t{line}",
                          "@node-a", f"@node-ab {line}"])

    def instance(self, name, vrid):
        ipv6 = self.chance(25)
        settings = [f"interface {self.word(self.pick(INTERFACES))}", f"virtual_router_id {vrid}"]
        optional = [f"state {self.pick(['MASTER', 'BACKUP', 'BACKUP', 'SLAVE'])}",
                    f"priority {self.pick([50, 100, 150, 254, 255, 1, 0, 256, '+10', '100x'])}",
                    f"advert_int {self.pick([1, 2, '0.5', '1.4', '0.01', 300, -1, 'x', '41'])}", "nopreempt", "preempt",
                    "dont_track_primary", f"preempt_delay {self.pick([0, 10])}", f"version {self.pick([2, 3, 3, 4])}",
                    "garp_master_delay 2", "garp_master_repeat 0", "garp_master_refresh 60", "garp_lower_prio_repeat 1",
                    "smtp_alert", "debug 0", "promote_secondaries", "lower_prio_no_advert true", "accept",
                    self.pick(["use_vmac", "use_vmac vmac%d" % vrid, "use_vmac\nvmac_xmit_base"]),
                    "mcast_src_ip " + ("2001:db8:ffff:1::1" if ipv6 else "198.18.1.1"), "native_ipv6",
                    "strict_mode " + self.pick(["true", "off", "maybe"]), "skip_check_adv_addr",
                    self.pick(UNKNOWN), self.pick(LATER)]
        weights = [40, 60, 40, 20, 5, 10, 10, 15, 10, 5, 5, 5, 5, 5, 10, 5, 5, 12, 8, 3, 4, 5, 4, 4]
        settings += [line for line, percent in zip(optional, weights) if self.chance(percent)]
        if self.chance(2):
            settings.append(self.pick(["interface", "virtual_router_id", "priority", "state", "garp_master_delay"]))
        lines = [self.conditional(line) if self.chance(3) and "\n" not in line else line for line in settings]
        self.random.shuffle(lines)
        if self.chance(88):  # the order that matters: mostly as it should be
            lines.sort(key=lambda line: "interface" not in line)
        body = [part for line in lines for part in line.split("\n")]
        body = [f"  {line}{self.comment()}" for line in body]
        if self.chance(15):
            body += self.block("authentication", ["auth_type PASS", "auth_pass secret"], 2)
        if self.chance(10):
            body += self.block("track_interface", ["eth2", "eth3 weight 10"], 2)
        if self.chance(8):
            body += self.block("unicast_peer", ["2001:db8:ffff:1::9" if ipv6 else "198.18.1.9"], 2)
        if self.chance(8):
            body += self.block("virtual_routes", ["192.168.77.0/24 via 198.18.1.9 dev eth0"], 2)
        vips = [self.vip(ipv6 if self.chance(95) else not ipv6) for _ in range(self.random.randint(1, 5))]
        if self.chance(97):
            block = self.block("virtual_ipaddress", vips, 2)
            body = body + block if self.chance(92) else block + body
        if self.chance(25):
            body += self.block("virtual_ipaddress_excluded", [self.vip(self.chance(40)) for _ in range(2)], 2)
        if self.chance(6):
            body.insert(self.random.randrange(len(body)), "  " + self.include(
                self.pick([["  priority 77"], ["  virtual_ipaddress_excluded {", "    10.5.5.5/24", "  }"], ["}"]])))
        head = f"vrrp_instance {self.word(name)}"
        style = self.random.random()
        if style < 0.05:
            return [head, "{"] + body + ["}"]
        if style < 0.06:
            return [head + "{"] + body + ["}"]
        return [head + " {" + self.comment()] + body + ["}"]

    def globals(self):
        lines = [line for line in (
            "router_id NODE", f"default_interface {self.pick(INTERFACES)}", f"vrrp_version {self.pick([2, 3])}",
            "vrrp_garp_master_delay 0", "vrrp_garp_interval 0.01", "vrrp_strict", "notification_email_from a@example.net",
            "script_user root", "enable_dbus", "dynamic_interfaces") if self.chance(8 if line != "vrrp_strict" else 3)]
        if self.chance(20):
            lines += self.block("notification_email", ["root@localhost", "admin@localhost"], 2)
        return self.block("global_defs", lines, 0) if lines else []

    def others(self, names):
        text = []
        if self.chance(20) and len(names) > 1:
            text += self.pick([["vrrp_sync_group G {", "  group {"] + [f"    {name}" for name in names] + ["  }", "}"],
                               ["vrrp_sync_group G {", "  group { " + " ".join(names) + " }", "  smtp_alert", "}"]])
        if self.chance(10):
            text += self.block("static_ipaddress", [self.vip(False), self.vip(True)], 0)
        if self.chance(8):
            text += ["vrrp_script check {", '  script "/bin/true"', "  interval 2", "}"]
        if self.chance(6):
            text += ["virtual_server 10.0.0.9 80 {", "  delay_loop 6", "  real_server 10.0.0.10 80 {", "    weight 1",
                     "  }", "}"]
        if self.chance(4):
            text += ["garp_group {", "  garp_interval 1.5", "  interfaces { eth0 eth1 }", "}"]
        if self.chance(3):
            text += [self.pick(["linkbeat_use_polling", "no_such_block {", "}", "$NAME=value", "use_pid_dir"])]
        return text

    def configuration(self):
        names = [f"VI_{number}" for number in range(1, self.random.randint(1, 4) + 1)]
        vrids = self.random.sample(range(1, 256), len(names))
        if self.chance(2):
            names[-1] = names[0]
        if self.chance(2):
            vrids[-1] = vrids[0]
        pieces = [self.instance(name, vrid) for name, vrid in zip(names, vrids)]
        pieces = [[self.include(piece)] if self.chance(6) else piece for piece in pieces]
        lines = self.globals() + self.others(names) + [line for piece in pieces for line in piece]
        if self.chance(20):
            lines = self.hurt(lines)
        return "\n".join(lines) + ("\n" if self.chance(90) else "")

    def hurt(self, lines):
        """What hands do to files."""
        at = self.random.randrange(len(lines))
        line = lines[at]
        what = self.random.randint(0, 8)
        if what == 0:
            del lines[at]
        elif what == 1:
            lines.insert(at, line)
        elif what == 2 and line:
            cut = self.random.randrange(len(line))
            lines[at] = line[:cut]
        elif what == 3 and line:
            cut = self.random.randrange(len(line))
            lines[at] = line[:cut] + self.pick(['{', '}', '"', '#', '!', ' ', '@', '\t']) + line[cut:]
        elif what == 4:
            lines.insert(at, self.pick(["}", "{", "  }", "include nothing.conf", "@", "x" * 1100, "vrrp_instance {", "}}"]))
        elif what == 5:
            lines[at] = line.rstrip() + self.pick([" {", " }", " extra words"])
        elif what == 6:
            lines[at] = line.replace(" ", "", 1)
        elif what == 7:
            lines = [text + "\r" for text in lines]
        else:
            other = self.random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        return lines


def configuration(seed):
    """File name to content; keepalived.conf is the one to start with."""
    writer = Writer(seed)
    main = writer.configuration()
    return {**writer.files, "keepalived.conf": main}
