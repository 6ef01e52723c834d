// What all sessions have in common; the loop's thread.
#pragma once

#include "proxy/server/openings.hpp"
#include "proxy/server/recent_marks.hpp"

namespace satchel::server {

struct SharedMarks {
  RecentMarks recent;
  Openings openings;
};

}  // namespace satchel::server
