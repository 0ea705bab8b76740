// What keepalived 1.3.9 answers to SIGUSR1, as captured from it: two instances that differ in family.
#pragma once

#include <string>

namespace guardian::test {

/// `role` as keepalived writes it: "MASTER", "BACKUP". `interval`: of the adverts, in milliseconds, for which VI_1 has
/// to be of version 3, too.
inline std::string dumpOf(const std::string& role, const std::string& interface = "v0",
                          const std::string& interval = {}) {
  const std::string common =
      "   State = " + role +
      "\n   Last transition = 1795260077 (Sat Nov 21 11:21:17 2026)\n   Listening device = " + interface + "\n";
  const std::string garp =
      "   Gratuitous ARP repeat = 5\n"
      "   Gratuitous ARP refresh = 0\n"
      "   Gratuitous ARP refresh repeat = 1\n"
      "   Gratuitous ARP lower priority delay = 5\n"
      "   Gratuitous ARP lower priority repeat = 5\n"
      "   Send advert after receive lower priority advert = true\n"
      "   Send advert after receive higher priority advert = false\n";
  const std::string rest =
      "   Accept = enabled\n"
      "   Preempt = enabled\n"
      "   Promote_secondaries = disabled\n"
      "   Authentication type = none\n"
      "   Virtual IP = 2\n";
  const std::string quickly = "   Advert interval = " + (interval.empty() ? "1000" : interval) + " milli-sec\n";
  return "------< VRRP Topology >------\n"
         " VRRP Instance = VI_1\n"
         "   VRRP Version = " +
         std::string(interval.empty() ? "2\n" : "3\n") + common +
         "   Using src_ip = 192.0.2.10\n"
         "   Gratuitous ARP delay = 1\n" +
         garp +
         "   Virtual Router ID = 51\n"
         "   Priority = 150\n"
         "   Effective priority = 150\n" +
         (interval.empty() ? "   Advert interval = 1 sec\n" : quickly) + rest + "     192.0.2.100/24 dev " + interface +
         " scope global label " + interface +
         ":v\n"
         "     192.0.2.101/32 dev " +
         interface +
         " scope global\n"
         " VRRP Instance = VI_6\n"
         "   VRRP Version = 3\n"
         "   Using Native IPv6\n" +
         common +
         "   Using src_ip = fe80::5eff:fe10:2030\n"
         "   Gratuitous ARP delay = 5\n" +
         garp +
         "   Virtual Router ID = 61\n"
         "   Priority = 150\n"
         "   Effective priority = 150\n" +
         quickly + rest + "     2001:db8::100/64 dev " + interface + "\n     2001:db8::200/128 dev " + interface + "\n";
}

}  // namespace guardian::test
