// BODY[...] of one message, written into the answer.
#pragma once

#include "proxy/imap/response_writer.hpp"
#include "proxy/mime/summary.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

// What is at hand of one message.
struct MessageParts {
  const store::Message* message = nullptr;
  std::string_view index;  // empty: not asked for
  std::string_view header;
  std::optional<std::string> content;  // nothing: too large to be held, or not asked for
  std::uint64_t content_size = 0;
};

// Errors: corrupt (its summary or content does not open): nothing of the item was written then.
awaitable<Result<>> write_section(Session& session, imap::FetchWriter& fetch, const imap::FetchItem& item,
                                  const MessageParts& parts);

}  // namespace satchel::server
