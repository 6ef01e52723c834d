// The attributes of RFC 6154.
#pragma once

#include <string_view>

#include "store/mailbox.hpp"

namespace satchel::server {

const char* special_use_name(store::SpecialUse use);           // "\\Drafts"; "" for none
store::SpecialUse special_use_of(std::string_view attribute);  // in any case; none: not one of ours

}  // namespace satchel::server
