// Runs a SEARCH over a mailbox: first with what the rows tell, then, for what is left, with
// summaries, and for what is left of that with contents. Each step reads in batches and looks on the
// pool. The loop's thread.
#pragma once

#include "proxy/server/search_condition.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

struct SearchOutcome {
  std::vector<std::uint32_t> indexes;  // ascending
  ModSeq highest;                      // of those found
  std::size_t not_looked_into = 0;     // their text is not here, or damaged
};

awaitable<SearchOutcome> run_search(Session& session, Condition condition);

}  // namespace satchel::server
