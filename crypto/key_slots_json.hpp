// The grammar of keyslots.json (FORMAT.md section 7); the one file here that knows a JSON library is its .cpp.
// Private to crypto/. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/slot.hpp"

namespace satchel::crypto {

struct SlotFile {
  SlotPlace place;
  std::vector<Slot> slots;
  std::string authenticated;  // all bytes before the tag's line
  std::string tag;            // 32 bytes
};

Result<SlotFile> parse_slot_file(std::string_view text);  // corrupt

std::string print_authenticated_part(const SlotPlace& place, const std::vector<Slot>& slots);
std::string print_tag_line(std::string_view tag);

}  // namespace satchel::crypto
