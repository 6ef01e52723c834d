#include "proxy/imap/foreign_protocol.hpp"

#include <algorithm>

namespace satchel::imap {
namespace {

constexpr std::string_view first_words[] = {
    "GET",    "POST",  "HEAD", "PUT",  "DELETE", "OPTIONS", "CONNECT",  "TRACE",     "PATCH",
    "PRI",    "EHLO",  "HELO", "LHLO", "USER",   "INVITE",  "REGISTER", "SUBSCRIBE", "PROPFIND",
    "REPORT", "MKCOL", "COPY", "MOVE", "LOCK",   "UNLOCK",  "MESSAGE",  "DESCRIBE",  "M-SEARCH",
};

}  // namespace

bool is_foreign_byte(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x20 && first != '\r' && first != '\n' && first != '\t';
}

bool is_foreign(std::string_view line) {
  if (line.empty()) return false;
  if (is_foreign_byte(line.front()) || line.starts_with("SSH-")) return true;
  line = line.substr(0, line.find_first_of("\r\n"));
  if (line.find(" HTTP/") != std::string_view::npos || line.find("SIP/2.0") != std::string_view::npos) return true;
  const std::string_view word = line.substr(0, line.find(' '));
  return std::find(std::begin(first_words), std::end(first_words), word) != std::end(first_words);
}

}  // namespace satchel::imap
