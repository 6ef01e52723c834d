// What the store keeps of each message beside its bytes, made by proxy/mime.
#pragma once

#include "store/contents.hpp"

namespace satchel::app {

store::MakeSummariser make_summarisers();

}  // namespace satchel::app
