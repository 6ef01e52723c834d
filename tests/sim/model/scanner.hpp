// Reads the parts of a command (RFC 3501 section 9). After the first part that is not as it should be
// every other one is empty: a command reads all its parts and asks once, with done(), whether they were good.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace satchel::sim::model {

// Numbers or UIDs as the client named them.
class SequenceSet {
 public:
  static constexpr std::uint32_t star = 0;

  void add(std::uint32_t first, std::uint32_t last) { ranges_.emplace_back(first, last); }
  // `largest` is what * means; 0 in an empty mailbox.
  bool contains(std::uint32_t number, std::uint32_t largest) const;
  // Of the numbers that are named; 0 where only * is.
  std::uint32_t highest() const;

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;
};

// "1:3,7" of ascending or other numbers: neighbours in the list that follow each other become ranges.
std::string write_set(const std::vector<std::uint32_t>& numbers);
std::string write_quoted(std::string_view text);   // or a literal where it must
std::string write_astring(std::string_view text);  // an atom where it may
std::string upper_case(std::string_view text);

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool failed() const { return failed_; }
  // All was read, and nothing is left.
  bool done() const { return !failed_ && at_ == text_.size(); }
  void fail() { failed_ = true; }

  bool next_is(char c) const { return !failed_ && at_ < text_.size() && text_[at_] == c; }
  // Takes `c` if it is next.
  bool take(char c);
  void expect(char c);
  void space() { expect(' '); }

  std::string tag();
  std::string atom();
  std::string word() { return upper_case(atom()); }  // an atom in any case
  std::string astring();
  std::string string();
  std::string list_mailbox();
  std::string flag();
  std::vector<std::string> flag_list();  // in parentheses
  std::vector<std::string> word_list();  // in parentheses, each an atom
  std::uint64_t number();
  SequenceSet set();
  // "dd-Mon-yyyy hh:mm:ss +zzzz" in quotes: seconds since 1970 UTC, and minutes east.
  std::pair<std::int64_t, int> date_time();
  // d-Mon-yyyy, quoted or not: days since 1970.
  std::int64_t date();
  // Up to c, which is not taken.
  std::string until(std::string_view ends);

 private:
  template <class Wanted>
  std::string some(Wanted wanted);
  std::uint32_t set_number();
  std::string literal();

  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

// Days since 1970 of a date, and back (Gregorian calendar without end).
std::int64_t days_of(int year, int month, int day);
std::string write_date_time(std::int64_t seconds, int zone);

}  // namespace satchel::sim::model
