#include "status/words.hpp"

namespace guardian::status {
namespace {

using namespace core;

template <class T> struct Entry {
  T value;
  const char* word;
};

constexpr Entry<Role> kRoles[] = {{Role::Unknown, "UNKNOWN"},
                                  {Role::Master, "MASTER"},
                                  {Role::Backup, "BACKUP"},
                                  {Role::Fault, "FAULT"},
                                  {Role::Other, "OTHER"}};
constexpr Entry<RoleSource> kSources[] = {{RoleSource::Nothing, "nothing"},     {RoleSource::Answer, "answer"},
                                          {RoleSource::Installed, "installed"}, {RoleSource::Removed, "removed"},
                                          {RoleSource::Farewell, "farewell"},   {RoleSource::Gone, "gone"},
                                          {RoleSource::Interface, "interface"}};
constexpr Entry<Standing> kStandings[] = {
    {Standing::Unguarded, "unguarded"}, {Standing::Doubt, "doubt"}, {Standing::Guarded, "guarded"}};
constexpr Entry<PolicyKind> kPolicies[] = {
    {PolicyKind::Reinstate, "reinstate"}, {PolicyKind::Restart, "restart"}, {PolicyKind::Observe, "observe"}};
constexpr Entry<Outcome> kWordsOfOutcomes[] = {{Outcome::Open, "open"},           {Outcome::Repaired, "repaired"},
                                               {Outcome::Returned, "returned"},   {Outcome::Withdrawn, "withdrawn"},
                                               {Outcome::HandedOver, "given-up"}, {Outcome::Observed, "observed"}};

template <class T, std::size_t N> const char* find(const Entry<T> (&entries)[N], T value) {
  for (const Entry<T>& entry : entries)
    if (entry.value == value) return entry.word;
  return "";
}

template <class T, std::size_t N> T find(const Entry<T> (&entries)[N], const std::string& word, T otherwise) {
  for (const Entry<T>& entry : entries)
    if (entry.word == word) return entry.value;
  return otherwise;
}

}  // namespace

const char* word(Role role) { return find(kRoles, role); }
const char* word(RoleSource source) { return find(kSources, source); }
const char* word(Standing standing) { return find(kStandings, standing); }
const char* word(PolicyKind policy) { return find(kPolicies, policy); }
const char* word(Outcome outcome) { return find(kWordsOfOutcomes, outcome); }

Role valueOf(const std::string& word, Role otherwise) { return find(kRoles, word, otherwise); }
RoleSource valueOf(const std::string& word, RoleSource otherwise) { return find(kSources, word, otherwise); }
Standing valueOf(const std::string& word, Standing otherwise) { return find(kStandings, word, otherwise); }
PolicyKind valueOf(const std::string& word, PolicyKind otherwise) { return find(kPolicies, word, otherwise); }
Outcome valueOf(const std::string& word, Outcome otherwise) { return find(kWordsOfOutcomes, word, otherwise); }

}  // namespace guardian::status
