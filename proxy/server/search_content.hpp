// The last step of a SEARCH: into the bytes of messages. Small ones are read whole, many at once; of
// large ones only their texts are read, piece by piece.
#pragma once

#include "proxy/server/search_condition.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

// One value for each candidate; unknown: its content is not here, or cannot be read.
awaitable<std::vector<Truth>> look_into_contents(Session& session, const Condition& condition,
                                                 const std::vector<Facts>& candidates);

}  // namespace satchel::server
