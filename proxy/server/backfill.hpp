// What sessions ask of the side that talks to upstream. Implemented by the app over proxy/account;
// the event loop's thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "base/result.hpp"
#include "store/ids.hpp"

namespace satchel::server {

using boost::asio::awaitable;

enum class What : std::uint8_t { metadata, content };

class Backfill {
 public:
  virtual ~Backfill() = default;
  virtual bool online(store::AccountId account) const = 0;
  virtual void opened(store::AccountId account, store::MailboxId mailbox) = 0;
  virtual void closed(store::AccountId account, store::MailboxId mailbox) = 0;
  virtual void changed(store::AccountId account) = 0;  // the journal has something to push

  // Return when it is here. Errors: unavailable (offline), not_found (gone upstream).
  virtual awaitable<Result<>> fetch_now(store::AccountId account, store::MailboxId mailbox, std::vector<Uid> uids,
                                        What what) = 0;
  virtual awaitable<Result<>> wait_list(store::AccountId account) = 0;
  virtual awaitable<Result<>> wait_listed(store::AccountId account, store::MailboxId mailbox) = 0;
};

}  // namespace satchel::server
