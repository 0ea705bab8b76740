#include "trace/recorder.hpp"

#include <algorithm>
#include <utility>

#include "guardian/util/json.hpp"
#include "guardian/util/overloaded.hpp"
#include "trace/codec.hpp"
#include "trace/trace.hpp"

namespace guardian::trace {
namespace {

std::int64_t count(core::Instant at) { return std::chrono::nanoseconds(at.time_since_epoch()).count(); }

/// {"AddressVanished":{...}}
std::string jsonOf(const core::Event& event) {
  JsonWriter json;
  json.beginObject();
  put(json, event);
  return json.endObject().take();
}

}  // namespace

Recorder::Recorder(std::string version, core::Settings settings, std::uint32_t ownPort)
    : version_(std::move(version)), settings_(std::move(settings)), ownPort_(ownPort) {
  row_.resize(kRow);
}

bool Recorder::isQuiet(const core::Event& event, const core::Actions& actions) {
  return actions.empty() &&
         std::visit(
             Overloaded{[](const core::AddressAppeared&) { return true; },
                        [](const core::AddressVanished&) { return true; },
                        [](const core::LinkChanged&) { return true; }, [](const core::ForeignAdvert&) { return true; },
                        [](const core::OwnAdvert&) { return true; }, [](const auto&) { return false; }},
             event);
}

void Recorder::record(core::Event&& event, core::Instant at, const core::Actions& actions) {
  Fresh fresh{std::move(event), at, {}, 0, {}};
  for (const core::Action& action : actions) {
    fresh.did += static_cast<char>(action.index());
    if (const auto* order = std::get_if<core::Remember>(&action)) apply(ledger_, order->note);
    if (const auto* order = std::get_if<core::RememberRoute>(&action)) apply(ledger_, order->note);
  }
  if (const auto* former = std::get_if<core::Remembered>(&fresh.event)) ledger_ = former->ledger;
  if (isQuiet(fresh.event, actions)) {
    if (++rowLength_ > kRow) {
      if (rowLength_ > 2 * kRow) ++rowLeftOut_;
      row_[rowNext_] = std::move(fresh);
      rowNext_ = (rowNext_ + 1) % kRow;
      return;
    }
  } else {
    endRow();
  }
  if (part_ && part_->lines.size() >= kPart && std::holds_alternative<core::Snapshot>(fresh.event))
    fresh.ledger = jsonOf(core::Remembered{ledger_});
  fresh_.push_back(std::move(fresh));
  if (fresh_.size() > kFresh) digest();
}

/// The last of a long row follow what was counted of it.
void Recorder::endRow() {
  const std::size_t kept = rowLength_ > kRow ? std::min(rowLength_ - kRow, kRow) : 0;
  for (std::size_t i = 0; i < kept; ++i) {
    fresh_.push_back(std::move(row_[(rowNext_ + kRow - kept + i) % kRow]));
    if (i == 0) fresh_.back().leftOut = rowLeftOut_;
  }
  rowLength_ = 0;
  rowLeftOut_ = 0;
}

void Recorder::digest() {
  for (; !fresh_.empty(); fresh_.pop_front()) digest(fresh_.front());
}

void Recorder::digest(Fresh& fresh) {
  if (!part_ || !fresh.ledger.empty() || part_->lines.size() >= kMost) begin(fresh);
  if (fresh.leftOut > 0) {
    JsonWriter left;
    left.beginObject().member("at", count(fresh.at)).member("left_out", fresh.leftOut);
    append(left.member("why", "of a long row of events from which nothing followed").endObject().take());
  }
  JsonWriter line;
  line.beginObject().member("at", count(fresh.at));
  if (isBulky(fresh.event, kBulky)) {
    line.member("left_out", 1)
        .member("why", nameOf(fresh.event) + " of more than " + std::to_string(kBulky) + " things");
    return append(line.endObject().take());
  }
  put(line, fresh.event);
  line.key("did").beginArray();
  for (const char index : fresh.did) line.value(nameOfAction(static_cast<unsigned char>(index)));
  append(line.endArray().endObject().take());
  keep(fresh.event);
}

/// What stood before `first` comes first.
void Recorder::begin(const Fresh& first) {
  const bool whole = !part_;
  if (part_) former_ = std::move(part_);
  part_.emplace();
  part_->at = first.at;
  part_->whole = whole;
  part_->lines.reserve(kMost + kMost / 16);  // by doubling it would get to 240 KiB, and leave holes behind
  part_->settings = settings_;
  if (whole) return;
  stand(Standing::Ledger, 0, first.ledger.empty() ? jsonOf(core::Remembered{ledger_}) : first.ledger);
  const bool pictured = std::holds_alternative<core::Snapshot>(first.event) && !isBulky(first.event, kBulky);
  if (pictured) stand(Standing::Snapshot, 0, jsonOf(first.event));
  for (const auto& [place, json] : standing_) {
    JsonWriter head;
    head.beginObject().member("at", count(first.at)).member("standing", true);
    part_->standing += head.take() + "," + json.substr(1) + "\n";
  }
  forget(Standing::Ledger);  // made anew each time
  forget(Standing::Snapshot);
}

void Recorder::append(const std::string& line) { part_->lines.append(line).append(1, '\n'); }

/// What a new life would have to be told of it.
void Recorder::keep(const core::Event& event) {
  const auto standAs = [&](Standing rank, std::uint64_t which = 0) { stand(rank, which, jsonOf(event)); };
  const auto ofKeepalived = [&] {
    for (const Standing rank : {Standing::Configuration, Standing::Edited, Standing::Answer}) forget(rank);
    standAs(Standing::Keepalived);
  };
  const auto routeChange = [&] { standAs(Standing::RouteChange, routeChanges_++); };
  std::visit(
      Overloaded{[&](const core::SettingsChanged& fact) { settings_ = fact.settings; },
                 [&](const core::PauseChanged&) { standAs(Standing::Pause); },
                 [&](const core::NetworkdSocketFound&) { standAs(Standing::NetworkdSocket); },
                 [&](const core::SocketIdentified& fact) { standAs(Standing::Socket, fact.portId); },
                 [&](const core::BusConnected&) { standAs(Standing::Bus); },
                 [&](const core::BusLost&) { standAs(Standing::Bus); },
                 [&](const core::UnitChanged& fact) { standAs(Standing::Unit, static_cast<std::uint64_t>(fact.unit)); },
                 [&](const core::NetworkdName&) { standAs(Standing::NetworkdName); },
                 [&](const core::LinkSetupChanged& fact) {
                   standAs(Standing::LinkSetup, static_cast<std::uint64_t>(fact.ifindex));
                 },
                 [&](const core::KeepalivedStarted&) { ofKeepalived(); },
                 [&](const core::KeepalivedGone&) { ofKeepalived(); },
                 [&](const core::ConfigurationRead&) {
                   forget(Standing::Edited);
                   standAs(Standing::Configuration);
                 },
                 [&](const core::ConfigurationEdited&) { standAs(Standing::Edited); },
                 [&](const core::Answered&) { standAs(Standing::Answer); },
                 [&](const core::RoutesListed&) {
                   forget(Standing::RouteChange);
                   standAs(Standing::Routes);
                 },
                 [&](const core::RouteAppeared&) { routeChange(); }, [&](const core::RouteVanished&) { routeChange(); },
                 [](const auto&) {}},
      event);
  if (standing_.size() > kStanding) {  // sockets of processes that come and go, routes of a busy router
    forget(Standing::Socket);
    forget(Standing::RouteChange);
  }
}

void Recorder::forget(Standing rank) {
  const auto first = standing_.lower_bound({rank, 0});
  auto end = first;
  while (end != standing_.end() && end->first.first == rank) ++end;
  standing_.erase(first, end);
}

std::string Recorder::text(std::chrono::microseconds ahead) {
  endRow();
  digest();
  const Part nothing{{}, true, settings_, {}, {}};
  const Part& first = former_ ? *former_ : part_ ? *part_ : nothing;
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(first.at.time_since_epoch());
  JsonWriter head;
  head.beginObject().member("trace", kFormat).member("version", version_).member("at", count(first.at));
  head.member("date", std::int64_t{(since + ahead).count()}).member("port", std::uint64_t{ownPort_});
  head.member("whole", first.whole);
  put(head, first.settings);
  std::string all = head.endObject().take() + "\n" + first.standing + first.lines;
  if (former_) all += part_->lines;
  return all;
}

}  // namespace guardian::trace
