// Sets of flags (RFC 3501 section 2.3.2) and the table that gives each distinct set of an account
// a small number, so that a message row holds four bytes for any number of keywords.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/ids.hpp"

namespace satchel::store {

enum class SystemFlag : std::uint8_t { seen = 1, answered = 2, flagged = 4, deleted = 8, draft = 16 };

// Keywords compare without ASCII case; the spelling kept is the first one seen.
class FlagSet {
 public:
  bool has(SystemFlag flag) const { return (system_ & std::uint8_t(flag)) != 0; }
  void add(SystemFlag flag) { system_ |= std::uint8_t(flag); }
  void remove(SystemFlag flag) { system_ &= std::uint8_t(~std::uint8_t(flag)); }

  bool has_keyword(std::string_view keyword) const;
  void add_keyword(std::string_view keyword);
  void remove_keyword(std::string_view keyword);

  // "\\Seen" or a keyword; "\\Recent" and unknown backslash flags are ignored (returns false).
  bool add(std::string_view name);
  bool has(std::string_view name) const;

  void add(const FlagSet& other);
  void remove(const FlagSet& other);

  std::uint8_t system() const { return system_; }
  const std::vector<std::string>& keywords() const { return keywords_; }  // sorted without case
  std::vector<std::string> names() const;                                 // "\\Seen", ..., keywords
  bool empty() const { return system_ == 0 && keywords_.empty(); }

  std::string encode() const;  // FORMAT.md section 2: the value of a flag-set row, and a canonical key
  static FlagSet decode(std::string_view bytes);

  // Same flags, keywords without case.
  friend bool operator==(const FlagSet& a, const FlagSet& b);

 private:
  std::uint8_t system_ = 0;
  std::vector<std::string> keywords_;
};

// Grows only; the event loop's thread. A set that was interned keeps its number for good, in the
// database too (Transaction writes the row of a new one).
class FlagTable {
 public:
  FlagTable();
  const FlagSet& operator[](FlagSetId id) const { return sets_[id.value]; }
  FlagSetId find(const FlagSet& set) const;  // none() if it has no number yet
  FlagSetId intern(const FlagSet& set);      // number of `set`, new if needed
  std::size_t size() const { return sets_.size(); }
  static constexpr FlagSetId none() { return FlagSetId{0xffffffff}; }

 private:
  std::deque<FlagSet> sets_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

}  // namespace satchel::store
