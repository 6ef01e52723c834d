// What a session needs of the one who talks to upstream (design section 4: a message may be here
// without its content). Implemented by the app on account::Engine; the event loop's thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "base/result.hpp"
#include "store/ids.hpp"

namespace satchel::server {

using boost::asio::awaitable;

// What a client waits for: metadata is enough for flags, dates and ENVELOPE, content for bodies.
enum class What : std::uint8_t { metadata, content };

class Backfill {
 public:
  virtual ~Backfill() = default;

  virtual bool online(store::AccountId account) const = 0;
  // A client opened this mailbox (it is pulled soon and watched), or left it. Calls come in pairs.
  virtual void opened(store::AccountId account, store::MailboxId mailbox) = 0;
  virtual void closed(store::AccountId account, store::MailboxId mailbox) = 0;
  // A client changed something: the journal is pushed soon.
  virtual void changed(store::AccountId account) = 0;

  // Returns when these messages' metadata or contents are here. Errors: unavailable (offline),
  // not_found (gone upstream meanwhile).
  virtual awaitable<Result<>> fetch_now(store::AccountId account, store::MailboxId mailbox, std::vector<Uid> uids,
                                        What what) = 0;
  // Return when the list of mailboxes, or the listing of this one, is here. Errors: unavailable.
  virtual awaitable<Result<>> wait_list(store::AccountId account) = 0;
  virtual awaitable<Result<>> wait_listed(store::AccountId account, store::MailboxId mailbox) = 0;
};

}  // namespace satchel::server
