// What vanished: for clients (RFC 7162), and for the guard against mass deletions.
#include "store/encoding.hpp"
#include "store/rows.hpp"

namespace satchel::store::rows {

std::string encode(const Vanished& vanished) {
  std::string out;
  std::uint32_t last = 0;
  put_number(out, vanished.uids.size());
  for (const Uid uid : vanished.uids) {
    put_number(out, uid.value - last);
    last = uid.value;
  }
  put_number(out, vanished.skipped.size());
  for (const auto& [first, end] : vanished.skipped) {
    put_number(out, first.value);
    put_number(out, end.value - first.value);
  }
  return out;
}

std::optional<Vanished> decode_vanished(std::string_view value, ModSeq modseq) {
  Decoder in(value);
  Vanished vanished;
  vanished.modseq = modseq;
  std::uint32_t last = 0;
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
    last += std::uint32_t(in.number());
    vanished.uids.push_back(Uid{last});
  }
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
    const auto first = std::uint32_t(in.number());
    const auto more = std::uint32_t(in.number());
    vanished.skipped.emplace_back(Uid{first}, Uid{first + more});
  }
  return whole(in, std::move(vanished));
}

void put_guard(std::string& out, const Guard& guard) {
  put_byte(out, guard.weighing ? 1 : 0);
  put_number(out, guard.seen.value);
  put_number(out, guard.lately.size());
  for (const Guard::Vanishing& one : guard.lately) {
    put_signed(out, one.at);
    put_number(out, one.messages);
    put_number(out, one.of);
  }
}

Guard take_guard(Decoder& in) {
  Guard guard;
  guard.weighing = (in.byte() & 1) != 0;
  guard.seen.value = in.number();
  for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
    Guard::Vanishing one;
    one.at = in.signed_number();
    one.messages = std::uint32_t(in.number());
    one.of = std::uint32_t(in.number());
    guard.lately.push_back(one);
  }
  return guard;
}

}  // namespace satchel::store::rows
