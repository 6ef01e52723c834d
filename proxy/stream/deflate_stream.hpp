// DEFLATE over another stream, in both directions (RFC 4978: RFC 1951 without a header). Each write is
// flushed, so that the other side has all of it. What expands beyond measure is refused, whatever it is
// (attack U10): the run of bytes that may come out of little is limited, and nothing is gathered here.
#pragma once

#include <memory>
#include <string>

#include "proxy/stream/stream.hpp"

namespace satchel::stream {

// So many bytes may come out of one, over and above `inflation_allowance` at any time.
inline constexpr std::uint64_t inflation_ratio = 100;
inline constexpr std::uint64_t inflation_allowance = 8 * 1024 * 1024;

// `first`: bytes that were read from `inner` already and are compressed. read_some() has one more error:
// refused (what came cannot be expanded, or expands without measure); start_tls() is always refused.
std::unique_ptr<Stream> make_deflate_stream(std::shared_ptr<Stream> inner, std::string first);

}  // namespace satchel::stream
