// Charsets to UTF-8, streamed. What comes out is always valid UTF-8 in whole characters; what
// cannot be read becomes U+FFFD or is read as Latin-1. A decoder belongs to one text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace satchel::mime {

class CharsetDecoder {
 public:
  virtual ~CharsetDecoder() = default;
  virtual void decode(std::string_view in, std::string& out) = 0;  // appends
  virtual void finish(std::string& out) = 0;                       // ready for another text then
};

// Any name, known or not; empty and us-ascii: UTF-8 where it is that, else Latin-1.
std::unique_ptr<CharsetDecoder> make_charset_decoder(std::string_view name);

// The same for a value in one piece.
std::string to_utf8(std::string_view text, std::string_view charset);

// Only charset_iconv.cpp knows how; none: the system does not know the charset.
std::unique_ptr<CharsetDecoder> make_system_decoder(const std::string& name);

}  // namespace satchel::mime
