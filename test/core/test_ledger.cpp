// What the ledger says after each note: the same for whoever keeps it and for whoever reads it back.
#include <functional>

#include <catch2/catch.hpp>

#include "guardian/core/ledger.hpp"

using namespace guardian::core;
using namespace std::chrono_literals;

namespace {

using Kind = LedgerNote::Kind;

const AddressKey kVip{2, *parseAddress("192.0.2.100"), 24};
const AddressKey kOther{2, *parseAddress("192.0.2.101"), 24};

LedgerNote about(Kind kind, const AddressKey& key, std::uint32_t created = 0) {
  return {kind, key, {}, {}, created, Instant{}};
}

EpochMark mark(const char* name, std::chrono::microseconds transition = 7us) {
  return {{51, Family::IPv4, name}, {2}, transition};
}

void note(Ledger& ledger, Kind kind, const EpochMark& epoch) { apply(ledger, {kind, {}, epoch, {}, 0, Instant{}}); }

}  // namespace

TEST_CASE("an address is ours from its note on, confirmed by the next one, and gone with the last") {
  Ledger ledger;
  apply(ledger, about(Kind::Added, kVip));
  CHECK(ledger.addresses == std::map<AddressKey, LedgerEntry>{{kVip, {false, 0}}});
  apply(ledger, about(Kind::Confirmed, kVip, 5));
  CHECK(ledger.addresses == std::map<AddressKey, LedgerEntry>{{kVip, {true, 5}}});
  apply(ledger, about(Kind::Added, kVip));  // anew: nobody has confirmed this one
  CHECK(ledger.addresses == std::map<AddressKey, LedgerEntry>{{kVip, {false, 0}}});
  apply(ledger, about(Kind::Gone, kVip));
  CHECK(ledger.addresses.empty());
}

TEST_CASE("what was never added cannot be confirmed, and what was never there can go") {
  Ledger ledger;
  apply(ledger, about(Kind::Added, kVip));
  const Ledger before = ledger;
  apply(ledger, about(Kind::Confirmed, kOther, 5));
  apply(ledger, about(Kind::Gone, kOther));
  apply(ledger, about(Kind::BaseForgotten, kOther));
  note(ledger, Kind::EpochClosed, mark("VI_9"));
  apply(ledger, RouteNote{RouteNote::Kind::Confirmed, {RouteKind::Route, "unknown"}});
  apply(ledger, RouteNote{RouteNote::Kind::Gone, {RouteKind::Route, "unknown"}});
  CHECK(ledger.addresses == before.addresses);
  CHECK(ledger.routes.empty());
  CHECK(ledger.epochs.empty());
  CHECK(ledger.bases.empty());
}

TEST_CASE("an epoch has one mark, its latest, until it is closed or another process comes") {
  Ledger ledger;
  note(ledger, Kind::EpochOpened, mark("VI_1"));
  note(ledger, Kind::EpochOpened, mark("VI_2"));
  note(ledger, Kind::EpochOpened, mark("VI_1", 8us));
  CHECK(ledger.epochs == std::vector<EpochMark>{mark("VI_1", 8us), mark("VI_2")});
  note(ledger, Kind::EpochClosed, mark("VI_1", 9us));  // by whose it is, whatever else it says
  CHECK(ledger.epochs == std::vector<EpochMark>{mark("VI_2")});
  LedgerNote process{Kind::Process, {}, {}, {500, 1}, 0, Instant{}};
  apply(ledger, process);
  CHECK(ledger.epochs.empty());
  note(ledger, Kind::EpochOpened, mark("VI_2"));
  apply(ledger, process);
  CHECK(ledger.epochs.size() == 1);
  process.process.start = 2;  // the same number, used again
  apply(ledger, process);
  CHECK(ledger.epochs.empty());
}

TEST_CASE("routes and base addresses are kept as addresses are, restarts as far as any budget looks back") {
  Ledger ledger;
  const RouteForm form{RouteKind::Rule, "from 192.0.2.100 table 100"};
  apply(ledger, RouteNote{RouteNote::Kind::Added, form});
  CHECK(ledger.routes == std::map<RouteForm, bool>{{form, false}});
  apply(ledger, RouteNote{RouteNote::Kind::Confirmed, form});
  CHECK(ledger.routes == std::map<RouteForm, bool>{{form, true}});
  apply(ledger, RouteNote{RouteNote::Kind::Gone, form});
  CHECK(ledger.routes.empty());
  apply(ledger, about(Kind::BaseKnown, kVip));
  CHECK(ledger.bases == std::set<AddressKey>{kVip});
  apply(ledger, about(Kind::BaseForgotten, kVip));
  CHECK(ledger.bases.empty());
  for (int i = 0; i < 100; ++i) apply(ledger, {Kind::Restarted, {}, {}, {}, 0, Instant{} + i * 1s});
  CHECK(ledger.restarts.size() == 16);
  CHECK(ledger.restarts.back() == Instant{} + 99s);
  CHECK(ledger.restarts.front() == Instant{} + 84s);
}

TEST_CASE("two of a kind are the same where all that tells them apart is") {
  const auto told = [](const auto& one, const auto& changes) {
    CHECK(one == one);
    for (const auto& change : changes) {
      auto other = one;
      change(other);
      CHECK_FALSE(one == other);
    }
  };
  using Change = std::function<void(EpochMark&)>;
  told(mark("VI_1"),
       std::vector<Change>{[](EpochMark& m) { m.instance.vrid = 52; },
                           [](EpochMark& m) { m.instance.family = Family::IPv6; },
                           [](EpochMark& m) { m.instance.name = "VI_2"; }, [](EpochMark& m) { m.interfaces = {3}; },
                           [](EpochMark& m) { m.transition = 8us; }});
  told(ProcessId{500, 1}, std::vector<std::function<void(ProcessId&)>>{[](ProcessId& p) { p.pid = 501; },
                                                                       [](ProcessId& p) { p.start = 2; }});
  told(LedgerEntry{true, 1}, std::vector<std::function<void(LedgerEntry&)>>{[](LedgerEntry& e) { e.confirmed = false; },
                                                                            [](LedgerEntry& e) { e.created = 2; }});
  told(kVip, std::vector<std::function<void(AddressKey&)>>{[](AddressKey& k) { k.ifindex = 3; },
                                                           [](AddressKey& k) { k.prefixLength = 25; },
                                                           [](AddressKey& k) { k.address = kOther.address; }});
}
