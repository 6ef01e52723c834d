// Who is told \Recent of which messages (RFC 3501 section 2.3.2): the first session that may write
// and sees them. Local, and forgotten when the program ends. Shared by all sessions; the loop's thread.
#pragma once

#include <map>
#include <utility>

#include "store/ids.hpp"

namespace satchel::server {

class RecentMarks {
 public:
  // The first UID that no session was told of as recent; a mailbox never asked for has none.
  Uid first(store::AccountId account, store::MailboxId mailbox, Uid uid_next) {
    return marks_.try_emplace({account, mailbox}, uid_next).first->second;
  }
  // Those from first() up to `uid_next` belong to the caller from now on.
  void claim(store::AccountId account, store::MailboxId mailbox, Uid uid_next) {
    marks_[{account, mailbox}] = uid_next;
  }

 private:
  std::map<std::pair<store::AccountId, store::MailboxId>, Uid> marks_;
};

}  // namespace satchel::server
