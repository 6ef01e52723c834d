// links: satchel_imap
// Any search program: bounded in depth, and back from its written form.
#include <cstdint>
#include <cstdlib>

#include "proxy/imap/command_reader.hpp"
#include "proxy/imap/command_writer.hpp"
#include "proxy/imap/limits.hpp"

using namespace satchel;
using namespace satchel::imap;

namespace {

int depth(const SearchKey& key) {
  int deepest = 0;
  for (const SearchKey& child : key.children) deepest = std::max(deepest, depth(child));
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input = "a SEARCH " + std::string(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_command(input);
  const auto* command = std::get_if<ParsedCommand>(&parsed);
  if (command == nullptr) return 0;
  if (depth(std::get<Search>(command->command).key) > max_nesting + 2) std::abort();
  const auto pieces = write_command("a", command->command, LiteralSupport::plus);
  if (!pieces) std::abort();
  std::string bytes;
  for (const CommandPiece& piece : *pieces) bytes += piece.bytes;
  bytes.resize(bytes.size() - 2);
  const auto again = parse_command(bytes);
  if (!std::holds_alternative<ParsedCommand>(again)) std::abort();
  if (!(std::get<ParsedCommand>(again).command == command->command)) std::abort();
  return 0;
}
