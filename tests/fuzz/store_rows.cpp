// links: satchel_store
// Values of rows, as they would come from a database that somebody else wrote: each decoder either
// refuses them or gives something that it would encode and decode again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "store/rows.hpp"

namespace {

using namespace satchel;
using namespace satchel::store;

template <class Decode>
void check(std::string_view value, Decode&& decode) {
  const auto first = decode(value);
  if (!first) return;
  const std::string again = rows::encode(*first);
  const auto second = decode(std::string_view(again));
  if (!second || rows::encode(*second) != again) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view value(reinterpret_cast<const char*>(data) + 1, size - 1);
  AccountState state;
  switch (data[0] % 10) {
    case 0:
      check(value, [](std::string_view row) { return rows::decode_message(row, Uid{1}); });
      break;
    case 1:
      check(value, [](std::string_view row) { return rows::decode_operation(row); });
      break;
    case 2:
      check(value, [](std::string_view row) { return rows::decode_mailbox(row); });
      break;
    case 3:
      check(value, [](std::string_view row) { return rows::decode_settings(row); });
      break;
    case 4:
      check(value, [](std::string_view row) { return rows::decode_rescued(row); });
      break;
    case 5:
      check(value, [](std::string_view row) { return rows::decode_vanished(row, ModSeq{1}); });
      break;
    case 6:
      check(value, [](std::string_view row) { return rows::decode_location(row); });
      break;
    case 7:
      check(value, [](std::string_view row) { return rows::decode_counters(row); });
      break;
    case 8:
      check(value, [](std::string_view row) { return rows::decode_subscription(row); });
      break;
    default:
      if (rows::decode_state(value, state) && rows::encode_state(state).empty()) std::abort();
  }
  return 0;
}
