// Writes one message's FETCH answer from what was loaded.
#pragma once

#include "proxy/server/fetch_load.hpp"

namespace satchel::server {

bool has_sections(const FetchPlan& plan);

// Both set `one.trouble` and writes nothing where it cannot be told of whole: no item is ever left out.
void write_message_at_once(Session& session, const FetchPlan& plan, FetchedMessage& one);  // without sections
awaitable<void> write_message(Session& session, const FetchPlan& plan, FetchedMessage& one);

}  // namespace satchel::server
