#include "store/flags.hpp"

#include <algorithm>
#include <array>

#include "store/encoding.hpp"

namespace satchel::store {
namespace {

constexpr std::array<std::pair<std::string_view, SystemFlag>, 5> system_names = {{{"\\Seen", SystemFlag::seen},
                                                                                  {"\\Answered", SystemFlag::answered},
                                                                                  {"\\Flagged", SystemFlag::flagged},
                                                                                  {"\\Deleted", SystemFlag::deleted},
                                                                                  {"\\Draft", SystemFlag::draft}}};

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? char(letter + 32) : letter;
}

int compare(std::string_view a, std::string_view b) {
  const std::size_t shared = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < shared; ++i) {
    const char x = lower(a[i]);
    const char y = lower(b[i]);
    if (x != y) return static_cast<unsigned char>(x) < static_cast<unsigned char>(y) ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

bool below(const std::string& keyword, std::string_view other) {
  return compare(keyword, other) < 0;
}

const SystemFlag* system_flag(std::string_view name) {
  for (const auto& [known, flag] : system_names)
    if (compare(known, name) == 0) return &flag;
  return nullptr;
}

// The canonical key of a set: keywords in small letters.
std::string key_of(const FlagSet& set) {
  std::string key = set.encode();
  for (char& letter : key) letter = lower(letter);
  return key;
}

}  // namespace

bool FlagSet::has_keyword(std::string_view keyword) const {
  const auto at = std::lower_bound(keywords_.begin(), keywords_.end(), keyword, below);
  return at != keywords_.end() && compare(*at, keyword) == 0;
}

void FlagSet::add_keyword(std::string_view keyword) {
  const auto at = std::lower_bound(keywords_.begin(), keywords_.end(), keyword, below);
  if (at == keywords_.end() || compare(*at, keyword) != 0) keywords_.insert(at, std::string(keyword));
}

void FlagSet::remove_keyword(std::string_view keyword) {
  const auto at = std::lower_bound(keywords_.begin(), keywords_.end(), keyword, below);
  if (at != keywords_.end() && compare(*at, keyword) == 0) keywords_.erase(at);
}

bool FlagSet::add(std::string_view name) {
  if (const SystemFlag* flag = system_flag(name)) {
    add(*flag);
    return true;
  }
  if (name.empty() || name.front() == '\\') return false;
  add_keyword(name);
  return true;
}

bool FlagSet::has(std::string_view name) const {
  if (const SystemFlag* flag = system_flag(name)) return has(*flag);
  return has_keyword(name);
}

void FlagSet::add(const FlagSet& other) {
  system_ |= other.system_;
  for (const std::string& keyword : other.keywords_) add_keyword(keyword);
}

void FlagSet::remove(const FlagSet& other) {
  system_ &= std::uint8_t(~other.system_);
  for (const std::string& keyword : other.keywords_) remove_keyword(keyword);
}

std::vector<std::string> FlagSet::names() const {
  std::vector<std::string> names;
  for (const auto& [name, flag] : system_names)
    if (has(flag)) names.emplace_back(name);
  names.insert(names.end(), keywords_.begin(), keywords_.end());
  return names;
}

std::string FlagSet::encode() const {
  std::string out;
  put_byte(out, system_);
  put_number(out, keywords_.size());
  for (const std::string& keyword : keywords_) put_bytes(out, keyword);
  return out;
}

FlagSet FlagSet::decode(std::string_view bytes) {
  Decoder in(bytes);
  FlagSet set;
  set.system_ = in.byte();
  const std::uint64_t count = in.number();
  for (std::uint64_t i = 0; i < count && in.good(); ++i) set.add_keyword(in.bytes());
  return set;
}

bool operator==(const FlagSet& a, const FlagSet& b) {
  return a.system_ == b.system_ &&
         std::equal(a.keywords_.begin(), a.keywords_.end(), b.keywords_.begin(), b.keywords_.end(),
                    [](const std::string& x, const std::string& y) { return compare(x, y) == 0; });
}

FlagTable::FlagTable() {
  (void)intern(FlagSet());
}

FlagSetId FlagTable::find(const FlagSet& set) const {
  const auto found = numbers_.find(key_of(set));
  return found == numbers_.end() ? none() : FlagSetId{found->second};
}

FlagSetId FlagTable::intern(const FlagSet& set) {
  const auto [at, fresh] = numbers_.emplace(key_of(set), std::uint32_t(sets_.size()));
  if (fresh) sets_.push_back(set);
  return FlagSetId{at->second};
}

}  // namespace satchel::store
