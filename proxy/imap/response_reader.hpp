// Cuts the bytes of a server into responses, in any split; no I/O. A literal larger than
// max_inline_literal is handed out in pieces and never held whole.
#pragma once

#include <string>
#include <string_view>

#include "proxy/imap/response.hpp"

namespace satchel::imap {

class ResponseReader {
 public:
  enum class Event : std::uint8_t {
    need_more,      // feed() again
    response,       // response() is one whole response
    literal_begin,  // a large literal of literal_size() bytes begins; head() is the response before it
    literal_bytes,  // piece() is its next piece
    malformed       // error() says what; the line is of no use any more
  };

  void feed(std::string_view bytes);
  Event next();

  Response& response() { return response_; }
  std::string_view head() const { return head_; }
  std::uint64_t literal_size() const { return literal_size_; }
  std::string_view piece() const { return piece_; }  // until the next call
  const std::string& error() const { return error_; }

  // No byte is left that was fed and not consumed (attack U3: nothing may stand before a handshake).
  bool drained() const { return start_ == buffer_.size() && head_.empty(); }

  // Right behind a response: what was fed and not consumed, taken out (it is to be decompressed first).
  std::string take_rest();

 private:
  Event scan();
  Event line_complete(std::size_t line_start, std::size_t end);
  Event fail(std::string what);
  std::string_view current() const { return std::string_view(buffer_).substr(start_, scan_ - start_); }
  void compact();

  std::string buffer_;
  std::size_t start_ = 0;          // of the response under way (of what stands behind head_)
  std::size_t scan_ = 0;           // up to here the bytes of it are looked at
  std::size_t line_start_ = 0;     // of the line under way
  std::uint64_t inline_left_ = 0;  // of a small literal
  std::uint64_t stream_left_ = 0;  // of a large one
  std::size_t literals_ = 0;       // bytes of small literals in this response
  std::string head_;               // what came before a large literal
  std::uint64_t literal_size_ = 0;
  std::string_view piece_;
  std::string error_;
  Response response_;
};

// One whole response without its last CRLF, literals inline. Nothing where it is malformed.
std::optional<Response> parse_response(std::string_view text);

}  // namespace satchel::imap
