// The named characters of HTML that mail uses: Latin-1, quotes, dashes, a few signs.
#pragma once

#include <cstdint>
#include <string_view>

namespace satchel::mime {

std::uint32_t html_entity(std::string_view name);  // a code point; 0: no such name

}  // namespace satchel::mime
