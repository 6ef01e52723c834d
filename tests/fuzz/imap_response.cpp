// links: satchel_imap
// Any bytes of a server: every split is read alike, and what was read comes back from its written form.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proxy/imap/response_reader.hpp"
#include "proxy/imap/response_writer.hpp"

using namespace satchel::imap;

namespace {

struct Heard {
  std::vector<Response> responses;
  std::string streamed;
  std::string error;

  void drain(ResponseReader& reader) {
    using Event = ResponseReader::Event;
    for (Event event = reader.next(); event != Event::need_more; event = reader.next()) {
      if (event == Event::literal_bytes) streamed += reader.piece();
      if (event == Event::response) responses.push_back(reader.response());
      if (event != Event::malformed) continue;
      error = reader.error();
      return;
    }
  }
};

// Whatever a server said, what we would say of it is one response again.
void check(const Response& response) {
  if (std::holds_alternative<UnknownData>(response)) return;
  std::string bytes;
  write_response(bytes, response);
  if (bytes.empty()) return;
  ResponseReader reader;
  reader.feed(bytes);
  if (reader.next() != ResponseReader::Event::response || !reader.drained()) std::abort();
  if (reader.response().index() != response.index()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = data[0] % 32 + 1u;
  Heard whole;
  ResponseReader reader;
  reader.feed(input);
  whole.drain(reader);
  Heard split;
  ResponseReader second;
  for (std::size_t at = 0; at < input.size(); at += step) {
    second.feed(input.substr(at, step));
    split.drain(second);
  }
  if (!(whole.responses == split.responses) || whole.streamed != split.streamed || whole.error != split.error)
    std::abort();
  for (const Response& response : whole.responses) check(response);
  return 0;
}
