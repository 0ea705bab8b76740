// What `check` makes of an instance: a table of moments.
#include <catch2/catch.hpp>

#include "status/condition.hpp"
#include "support/picture.hpp"

using namespace guardian;
using namespace std::chrono_literals;
using status::Condition;

namespace {

const core::Instant kNow = core::Instant{} + 5060s;

/// VI_1 is MASTER of two addresses, VI_6 BACKUP.
struct Moment {
  core::Overview picture = test::picture().overview;
  core::InstanceOverview& master() { return picture.instances[0]; }
  core::VipOverview& vip() { return master().vips[0]; }
};

struct Case {
  const char* what;
  void (*change)(Moment&);
  bool here;  ///< the first address, in the kernel
  Condition condition;
  int script;
  int monitor;
};

const Case kCases[] = {
    {"all is well", [](Moment&) {}, true, Condition::Fine, 0, 0},
    {"it went before the guardian could say so", [](Moment&) {}, false, Condition::Unnoticed, 1, 2},
    {"it went a moment ago", [](Moment& m) { m.vip().goneAt = kNow - 200ms; }, false, Condition::Repairing, 0, 1},
    {"it is back, which the file does not say yet", [](Moment& m) { m.vip().goneAt = kNow - 200ms; }, true,
     Condition::Fine, 0, 0},
    {"it has been away for too long", [](Moment& m) { m.vip().goneAt = kNow - 5s; }, false, Condition::Lost, 1, 2},
    {"a /32 stands in for it",
     [](Moment& m) {
       m.vip().goneAt = kNow - 9s;
       m.vip().held = true;
     },
     false, Condition::Fine, 0, 0},
    {"it is gone during maintenance",
     [](Moment& m) {
       m.vip().goneAt = kNow - 9s;
       m.picture.paused = core::Pause{};
     },
     false, Condition::Paused, 0, 1},
    {"nobody puts it back, by policy",
     [](Moment& m) {
       m.vip().goneAt = kNow - 200ms;
       m.master().policy = core::PolicyKind::Observe;
     },
     false, Condition::Lost, 1, 2},
    {"it is missing on a backup",
     [](Moment& m) {
       m.master().role = core::Role::Backup;
       m.master().standing = core::Standing::Unguarded;
     },
     false, Condition::Elsewhere, 0, 0},
    {"it is missing on a node in FAULT",
     [](Moment& m) {
       m.master().role = core::Role::Fault;
       m.master().standing = core::Standing::Unguarded;
     },
     false, Condition::Elsewhere, 0, 0},
    {"the role is not known",
     [](Moment& m) {
       m.master().role = core::Role::Unknown;
       m.master().standing = core::Standing::Unguarded;
     },
     false, Condition::Unknown, 0, 3},
    {"keepalived does not run", [](Moment& m) { m.picture.running = false; }, false, Condition::Unknown, 0, 3},
};

}  // namespace

TEST_CASE("only a master that has lost an address for good fails keepalived's script") {
  for (const Case& c : kCases) {
    INFO(c.what);
    Moment moment;
    c.change(moment);
    const status::Sight sight{[&](const core::VipOverview& vip) { return c.here || &vip != &moment.vip(); }, kNow, 5s};
    const status::Check check = status::conditionOf(moment.master(), moment.picture, sight);
    INFO(check.text);
    CHECK(check.condition == c.condition);
    CHECK(status::scriptStatus(check.condition) == c.script);
    CHECK(status::monitorStatus(check.condition) == c.monitor);
    CHECK_FALSE(check.text.empty());
  }
}

TEST_CASE("of several missing addresses the one that has been away for longest decides") {
  Moment moment;
  moment.vip().goneAt = kNow - 1s;
  moment.master().vips[1].goneAt = kNow - 6s;
  const status::Sight sight{[](const core::VipOverview&) { return false; }, kNow, 5s};
  const status::Check check = status::conditionOf(moment.master(), moment.picture, sight);
  CHECK(check.condition == Condition::Lost);
  CHECK(check.text == "MASTER, but without 192.0.2.101/32 on eth0 and 1 more");
}
