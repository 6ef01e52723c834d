// Finds the parts of a message while it streams by. Push: the bytes come in any pieces, nothing is
// kept but a few header fields and the open boundaries (limits.hpp). Linear in the bytes, no
// recursion. Odd input is never an error: every sequence of bytes has a structure.
// RFC 2045, 2046, 5322; where they are silent, the outcome is Dovecot's (README.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "proxy/mime/structure.hpp"

namespace satchel::mime {

class Parser {
 public:
  Parser();
  ~Parser();
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;

  void feed(std::string_view bytes);
  bool header_done() const;           // the blank line after the message's own header was seen
  std::uint64_t header_size() const;  // once header_done(): with that line
  Structure finish();                 // once, at the end

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

Structure parse(std::string_view content);

}  // namespace satchel::mime
