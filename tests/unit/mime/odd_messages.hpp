// Messages with something odd, each with the BODYSTRUCTURE that it must have; line ends are CRLF
// unless the oddness is about them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace satchel::mime::testing {

struct OddMessage {
  std::string_view what;
  std::string content;
  std::string_view bodystructure;
};

const std::vector<OddMessage>& odd_messages();

// Line feeds alone become CRLF.
std::string crlf(std::string_view text);

}  // namespace satchel::mime::testing
