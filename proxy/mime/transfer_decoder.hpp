// Content-Transfer-Encoding undone while bytes stream by (RFC 2045 section 6). Tolerant: bytes that
// do not belong are left out or passed on. Owned by one search.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/mime/text.hpp"

namespace satchel::mime {

TextRange::Encoding encoding_named(std::string_view name);

class TransferDecoder {
 public:
  explicit TransferDecoder(TextRange::Encoding encoding) : encoding_(encoding) {}

  void decode(std::string_view in, std::string& out);  // appends
  void finish(std::string& out);

 private:
  void base64(std::string_view in, std::string& out);
  void quoted_printable(std::string_view in, std::string& out);
  void escape(std::string& out);

  TextRange::Encoding encoding_;
  std::uint32_t bits_ = 0;
  unsigned count_ = 0;   // of base64 letters in bits_
  std::string pending_;  // an unfinished "=XX"
};

// Whole values, for encoded words.
std::string decode_base64(std::string_view text);
std::string decode_q(std::string_view text);        // RFC 2047 "Q"
std::string decode_percent(std::string_view text);  // RFC 2231

}  // namespace satchel::mime
