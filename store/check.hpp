// Reads all that a store holds on the disk and says what is wrong: every row and what rows say of each other
// (FORMAT.md section 2, "What holds after each batch"), every content and its hash, every seal of every file. It
// trusts nothing that is held in memory. What it says names numbers of ours, never a mailbox or a subject.
// Calls block; one thread at a time, on the pool where the store is open.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/content_set.hpp"
#include "store/database.hpp"
#include "store/segments.hpp"

namespace satchel::store {

struct Findings {
  static constexpr std::size_t most_told = 20;

  std::uint64_t rows = 0;
  std::uint64_t contents = 0;  // whose bytes were read
  std::uint64_t bytes = 0;     // of these
  std::uint64_t problems = 0;
  std::vector<std::string> told;  // the first problems, a sentence each

  void add(std::string problem) {
    ++problems;
    if (told.size() < most_told) told.push_back(std::move(problem));
  }
};

// Whether an ENVELOPE or a BODYSTRUCTURE as the proxy stored it can be read; the other one is empty.
using SummaryReads = std::function<bool(std::string_view envelope, std::string_view structure)>;

// A database that lies in files (rocks_database.hpp), and can read each of them to its end, past all caches.
class FilesToCheck {
 public:
  virtual ~FilesToCheck() = default;
  virtual std::vector<Error> check_files() const = 0;  // one for each that does not open
};

class Check {
 public:
  // `reads` may be null: what the proxy stored is then not looked into.
  explicit Check(SummaryReads reads) : reads_(std::move(reads)) {}

  // All rows, of one moment.
  void rows(const Database& database);
  // The contents that the rows mentioned, until `bytes` of them were read; false when none is left. One that went
  // away meanwhile counts nothing.
  bool contents(const Database& database, const Segments& segments, std::uint64_t bytes);
  void files(const Database& database);  // nothing where it does not lie in files

  const Findings& findings() const { return findings_; }

 private:
  SummaryReads reads_;
  Findings findings_;
  std::string hash_key_;
  std::vector<ContentNumber> contents_;  // still to be read, the last one first
};

}  // namespace satchel::store
