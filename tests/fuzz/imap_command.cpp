// links: satchel_imap
// Any bytes of a client: every split is read alike, and what was read comes back from its written form.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proxy/imap/command_reader.hpp"
#include "proxy/imap/command_writer.hpp"

using namespace satchel;
using namespace satchel::imap;

namespace {

struct Heard {
  std::vector<std::string> log;
  std::string message;

  void drain(CommandReader& reader) {
    using Event = CommandReader::Event;
    for (Event event = reader.next(); event != Event::need_more; event = reader.next()) {
      if (event == Event::append_bytes) {
        message += reader.piece();
        continue;
      }
      log.push_back(std::to_string(int(event)) + reader.tag() + message);
      message.clear();
      if (event == Event::command) check(reader);
      if (event == Event::line) log.back() += reader.line();
      if (event != Event::malformed) continue;
      log.back() += reader.error().tag + std::to_string(int(reader.error().kind));
      if (reader.error().fatal) return;
    }
  }

  void check(CommandReader& reader) {
    const Command& command = reader.command();
    if (std::holds_alternative<Idle>(command)) reader.expect_line();
    const auto pieces = write_command(reader.tag(), command, LiteralSupport::plus);
    if (!pieces || std::holds_alternative<Append>(command)) return;
    std::string bytes;
    for (const CommandPiece& piece : *pieces) bytes += piece.bytes;
    log.back() += bytes;
    CommandReader again;
    again.feed(bytes);
    CommandReader::Event event = again.next();
    while (event == CommandReader::Event::continuation) event = again.next();
    if (event == CommandReader::Event::malformed) {
      // A form that is longer than what was read may pass the limit of a line.
      if (again.error().kind != CommandError::Kind::line_too_long) std::abort();
      return;
    }
    if (event != CommandReader::Event::command || !(again.command() == command) || !again.drained()) std::abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = data[0] % 32 + 1u;
  Heard whole;
  CommandReader reader;
  reader.feed(input);
  whole.drain(reader);
  Heard split;
  CommandReader second;
  for (std::size_t at = 0; at < input.size(); at += step) {
    second.feed(input.substr(at, step));
    if (split.log.empty() || second.error().fatal == false) split.drain(second);
  }
  if (whole.log != split.log || whole.message != split.message) std::abort();
  return 0;
}
