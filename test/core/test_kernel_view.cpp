#include <catch2/catch.hpp>

#include <random>

#include "core/kernel_view.hpp"

using namespace guardian::core;
using namespace std::chrono_literals;

namespace {

const Instant kStart = Instant{} + 1000s;

AddressKey key(const char* address, int length, int ifindex = 2) {
  return {ifindex, *parseAddress(address), static_cast<std::uint8_t>(length)};
}

AddressRecord record(const AddressKey& k, std::uint32_t flags = 0) {
  AddressRecord out;
  out.key = k;
  out.flags = flags;
  return out;
}

const AddressKey kBase = key("192.0.2.11", 24);
const AddressKey kVip = key("192.0.2.100", 24);

KernelView viewWith(std::set<AddressKey> expected, std::initializer_list<AddressKey> present) {
  KernelView view;
  view.setExpected(std::move(expected));
  for (const AddressKey& k : present) view.put(record(k));
  return view;
}

}  // namespace

TEST_CASE("the base address of a subnet is one of the same subnet, length and interface that keepalived does not own") {
  struct Row {
    const char* about;
    AddressKey present;
    AddressKey asked;
    bool found;
  };
  const Row rows[] = {
      {"same subnet", kBase, kVip, true},
      {"first address of the subnet", key("192.0.2.0", 24), kVip, true},
      {"last address of the subnet", key("192.0.2.255", 24), key("192.0.2.1", 24), true},
      {"next subnet", key("192.0.3.0", 24), kVip, false},
      {"subnet before", key("192.0.1.255", 24), kVip, false},
      {"other prefix length", key("192.0.2.11", 25), kVip, false},
      {"other interface", key("192.0.2.11", 24, 3), kVip, false},
      {"a host address has no base", key("192.0.2.11", 32), key("192.0.2.11", 32), false},
      {"prefix that ends inside a byte", key("192.0.2.65", 26), key("192.0.2.126", 26), true},
      {"beyond a prefix that ends inside a byte", key("192.0.2.65", 26), key("192.0.2.128", 26), false},
      {"no subnet at all", key("10.0.0.1", 0), key("192.0.2.1", 0), true},
      {"IPv6 knows no rank", key("2001:db8::1", 64), key("2001:db8::100", 64), false},
  };
  for (const Row& row : rows) {
    INFO(row.about);
    const KernelView view = viewWith({row.asked}, {row.present});
    CHECK((view.baseOf(row.asked) != nullptr) == row.found);
  }
}

TEST_CASE("another virtual address is no base address") {
  const KernelView view = viewWith({kVip, key("192.0.2.101", 24)}, {key("192.0.2.101", 24)});
  CHECK(view.baseOf(kVip) == nullptr);
}

TEST_CASE("a base address that went is missed until any address of its subnet comes") {
  KernelView view = viewWith({kVip}, {kBase, kVip});
  CHECK_FALSE(view.baseGoneSince(kVip));
  view.drop(kBase, kStart);
  CHECK(view.baseGoneSince(kVip) == kStart);
  view.put(record(key("192.0.2.77", 24)));
  CHECK_FALSE(view.baseGoneSince(kVip));
}

TEST_CASE("addresses of subnets without virtual addresses are not missed") {
  KernelView view = viewWith({kVip}, {key("10.0.0.1", 24)});
  view.drop(key("10.0.0.1", 24), kStart);
  CHECK_FALSE(view.baseGoneSince(key("10.0.0.2", 24)));
}

TEST_CASE("a snapshot overrules what was remembered") {
  KernelView view = viewWith({kVip}, {kBase, kVip});
  Snapshot snapshot;
  snapshot.addresses = {record(kVip)};
  view.replace(snapshot, kStart);
  CHECK(view.find(kBase) == nullptr);
  CHECK(view.find(kVip) != nullptr);
  CHECK(view.baseGoneSince(kVip) == kStart);
  snapshot.addresses.push_back(record(kBase));
  view.replace(snapshot, kStart + 1s);
  CHECK_FALSE(view.baseGoneSince(kVip));
  CHECK(view.baseOf(kVip) != nullptr);
}

TEST_CASE("what becomes expected later changes its shelf") {
  KernelView view = viewWith({}, {kBase, kVip});
  view.setExpected({kVip});
  CHECK(view.baseOf(kVip)->key == kBase);
  CHECK(view.expectedInSubnet(kVip).size() == 1);
  view.setExpected({});
  CHECK(view.expectedInSubnet(kVip).empty());
  CHECK(view.find(kVip) != nullptr);
}

TEST_CASE("a link takes its addresses along") {
  KernelView view = viewWith({kVip}, {kBase, kVip, key("192.0.2.11", 24, 3)});
  view.dropLink(2);
  CHECK(view.find(kBase) == nullptr);
  CHECK(view.find(kVip) == nullptr);
  CHECK(view.find(key("192.0.2.11", 24, 3)) != nullptr);
}

TEST_CASE("the base address of random subnets is found exactly where a plain search finds it") {
  std::mt19937 random(3);
  const auto randomKey = [&random] {
    AddressKey k;
    k.ifindex = 1 + static_cast<int>(random() % 2);
    k.prefixLength = static_cast<std::uint8_t>(28 + random() % 5);
    k.address.bytes = {10, 0, 0, static_cast<std::uint8_t>(random() % 64)};
    return k;
  };
  for (int round = 0; round < 3000; ++round) {
    std::vector<AddressKey> present(random() % 6);
    for (AddressKey& k : present) k = randomKey();
    const AddressKey asked = randomKey();
    KernelView view;
    view.setExpected({asked});
    for (const AddressKey& k : present) view.put(record(k));
    bool found = false;
    for (const AddressKey& k : present)
      found = found || (!(k == asked) && k.ifindex == asked.ifindex && k.prefixLength == asked.prefixLength &&
                        asked.prefixLength < 32 && samePrefix(k.address, asked.address, asked.prefixLength));
    REQUIRE((view.baseOf(asked) != nullptr) == found);
  }
}

TEST_CASE("a virtual address that is away is no missing base address") {
  KernelView view = viewWith({kVip, key("192.0.2.101", 24)}, {});
  view.miss(kVip, kStart);
  CHECK_FALSE(view.baseGoneSince(kVip));
  view.miss(kBase, kStart);
  CHECK(view.baseGoneSince(kVip) == kStart);
}

TEST_CASE("a base address that went is missed no longer once it is expected as a virtual one") {
  const AddressKey other = key("192.0.2.101", 24);
  for (const bool one : {true, false}) {
    KernelView view = viewWith({other}, {kVip});
    view.drop(kVip, kStart, false);
    REQUIRE(view.baseGoneSince(other));
    one ? view.expect(kVip, true) : view.setExpected({kVip, other});
    CHECK_FALSE(view.baseGoneSince(other));
    CHECK(view.bases().empty());
  }
}

TEST_CASE("a base address of another subnet that went is not missed in this one") {
  const AddressKey other = key("192.0.3.100", 24);
  KernelView view = viewWith({kVip, other}, {key("192.0.3.11", 24), kBase});
  view.drop(key("192.0.3.11", 24), kStart);
  CHECK(view.baseGoneSince(other) == kStart);
  CHECK_FALSE(view.baseGoneSince(kVip));
}

TEST_CASE("of the base addresses that went, each subnet has its own") {
  const AddressKey next = key("192.0.3.100", 24);
  const AddressKey nextBase = key("192.0.3.11", 24);
  const AddressKey second = key("192.0.2.12", 24);
  KernelView view = viewWith({kVip, next}, {kBase, second, nextBase});
  view.drop(kBase, kStart);
  view.drop(second, kStart + 1s);
  view.drop(nextBase, kStart + 2s);
  CHECK(view.goneBasesOf(kVip) == std::map<AddressKey, Instant>{{kBase, kStart}, {second, kStart + 1s}});
  CHECK(view.goneBasesOf(next) == std::map<AddressKey, Instant>{{nextBase, kStart + 2s}});
}

TEST_CASE("only IPv4 addresses with neighbours have a rank among them") {
  const AddressKey alone = key("192.0.2.100", 32);
  const AddressKey v6 = key("2001:db8::100", 64);
  const KernelView view = viewWith({kVip, alone, v6}, {kVip, alone, v6});
  CHECK(view.expectedInSubnet(kVip).size() == 1);
  CHECK(view.expectedInSubnet(alone).empty());
  CHECK(view.expectedInSubnet(v6).empty());
}

TEST_CASE("what is on one interface is told from what is on the next") {
  const AddressKey v6 = key("2001:db8::1", 64);
  const AddressKey linkLocal = key("fe80::1", 64);
  const struct {
    const char* what;
    std::set<AddressKey> expected;
    std::initializer_list<AddressKey> present;
    bool anyV4;
    bool anyLinkLocal;
  } rows[] = {
      {"nothing", {}, {}, false, false},
      {"a base address", {}, {kBase}, true, false},
      {"a virtual one", {kVip}, {kVip}, true, false},
      {"a host address", {}, {key("192.0.2.1", 32)}, true, false},
      {"IPv6", {}, {v6}, false, false},
      {"IPv6, link-local, and a host address", {}, {v6, linkLocal, key("192.0.2.1", 128)}, true, true},
      {"all of it on the next interface", {}, {key("192.0.2.1", 24, 3), key("fe80::1", 64, 3)}, false, false},
      {"IPv6 here, IPv4 there", {}, {v6, key("192.0.2.1", 24, 3)}, false, false},
      {"IPv6 here, IPv4 on the one before", {}, {v6, key("192.0.2.1", 24, 1)}, false, false},
      {"IPv4 with the bits of a link-local one", {}, {key("169.254.0.1", 16)}, true, false},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    const KernelView view = viewWith(row.expected, row.present);
    CHECK(view.anyIPv4(2) == row.anyV4);
    CHECK(view.linkLocal(2).has_value() == row.anyLinkLocal);
  }
}

TEST_CASE("a link without a hardware address has none, not one of zeros") {
  KernelView view;
  LinkRecord link;
  link.ifindex = 2;
  view.putLink(link);
  CHECK_FALSE(view.hasMac(Mac{}));
  link.hasMac = true;
  view.putLink(link);
  CHECK(view.hasMac(Mac{}));
  CHECK_FALSE(view.hasMac(Mac{1}));
}
