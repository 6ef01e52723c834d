#include "proxy/app/generation_mark.hpp"

#include <charconv>

#include "proxy/platform/folders.hpp"

namespace satchel::app {
namespace {

constexpr std::size_t mark_limit = 256;

}  // namespace

std::optional<GenerationMark> read_mark(const std::string& store_id) {
  const auto folder = platform::state_folder();
  if (!folder) return std::nullopt;
  const auto text = platform::read_file(*folder / (store_id + ".mark"), mark_limit);
  if (!text) return std::nullopt;
  GenerationMark mark;
  const char* end = text->data() + text->size();
  const auto first = std::from_chars(text->data(), end, mark.generation);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, mark.put_backs);
  if (second.ec != std::errc()) return std::nullopt;
  return mark;
}

Result<> write_mark(const std::string& store_id, const GenerationMark& mark) {
  const auto folder = platform::state_folder();
  if (!folder) return folder.error();
  if (const auto made = platform::make_private_folder(*folder); !made) return made;
  return platform::replace_private_file(*folder / (store_id + ".mark"),
                                        std::to_string(mark.generation) + " " + std::to_string(mark.put_backs) + "\n");
}

}  // namespace satchel::app
