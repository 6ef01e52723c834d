// The mark outside the home that tells when the home was put back to an older state (design section
// 8): it counts generations, and the store counts them too; a store behind its mark was put back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace satchel::app {

struct GenerationMark {
  std::uint64_t generation = 0;
  std::uint32_t put_backs = 0;
};

// Of the store with that id (hex). Nothing: there is no mark.
std::optional<GenerationMark> read_mark(const std::string& store_id);
Result<> write_mark(const std::string& store_id, const GenerationMark& mark);

}  // namespace satchel::app
