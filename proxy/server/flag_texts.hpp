// The flags of messages as they are sent, each distinct set made once; and which keywords the
// client was told of (FLAGS, RFC 3501 section 7.2.6). Owned by a MailboxView; the loop's thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/flags.hpp"

namespace satchel::server {

class FlagTexts {
 public:
  explicit FlagTexts(std::shared_ptr<const store::FlagTable> table) : table_(std::move(table)) {}

  void use(std::shared_ptr<const store::FlagTable> table) { table_ = std::move(table); }
  const store::FlagSet& set(store::FlagSetId id) const { return (*table_)[id]; }

  // "(\Seen Work)"; stays where it is.
  const std::string& text(store::FlagSetId id);
  const std::string& text_with_recent(store::FlagSetId id);

  // Counts the keywords of that set among those of the mailbox; true if one is new.
  bool note(store::FlagSetId id);
  // The five system flags and all keywords noted.
  std::vector<std::string> flags() const;

 private:
  struct Entry {
    std::string plain;
    std::string recent;
    bool made = false;
    bool noted = false;
  };
  Entry& entry(store::FlagSetId id);
  Entry& made(store::FlagSetId id);

  std::shared_ptr<const store::FlagTable> table_;
  std::vector<std::unique_ptr<Entry>> entries_;
  store::FlagSet keywords_;
};

}  // namespace satchel::server
