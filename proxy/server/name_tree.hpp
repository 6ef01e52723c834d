// The names of an account as LIST and LSUB see them: mailboxes, subscribed names, and the names
// between that are no mailboxes (RFC 3501 sections 6.3.8 and 6.3.9, RFC 5258). A value; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/account.hpp"

namespace satchel::server {

struct NameEntry {
  std::string name;           // UTF-8
  store::MailboxPtr mailbox;  // null: no mailbox of that name
  bool has_children = false;  // mailboxes below it
  bool subscribed = false;
  bool subscribed_below = false;
  bool special_use_below = false;
};

// INBOX first, then in the order of bytes.
std::vector<NameEntry> name_tree(const store::View& view);

// "*" stands for anything, "%" for anything without the delimiter.
class ListPattern {
 public:
  // Both as they came on the wire.
  ListPattern(std::string_view reference, std::string_view pattern, char delimiter);
  bool matches(std::string_view name) const;  // INBOX in any case
  bool has_percent() const { return pattern_.find('%') != std::string::npos; }

 private:
  std::string pattern_;
  std::string upper_;
  char delimiter_;
};

}  // namespace satchel::server
