// links: satchel_mime
// Any address list: what is read has a mailbox and a host, or begins or ends a group.
#include <cstdint>
#include <cstdlib>

#include "proxy/mime/address.hpp"
#include "proxy/mime/date.hpp"

using namespace satchel::mime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  int open = 0;
  for (const Address& address : parse_addresses(input, 100)) {
    if (address.host) {
      if (!address.mailbox || address.mailbox->empty() || address.host->empty()) std::abort();
    } else {
      open += address.mailbox ? 1 : -1;
    }
    if (open < 0 || open > 1) std::abort();
  }
  parse_sent_day(input);
  return 0;
}
