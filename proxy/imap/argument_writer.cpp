#include "proxy/imap/argument_writer.hpp"

#include "proxy/imap/flag.hpp"
#include "proxy/imap/limits.hpp"
#include "proxy/imap/response_writer.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap {

ArgumentWriter& ArgumentWriter::number(std::uint64_t value) {
  write_number(current_, value);
  return *this;
}

ArgumentWriter& ArgumentWriter::string(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) refuse("A NUL byte cannot be sent to the server.");
  if (is_quotable(bytes)) {
    write_quoted(current_, bytes);
    return *this;
  }
  if (announce(bytes.size()) == Then::wait) cut(Then::wait);
  return text(bytes);
}

ArgumentWriter::Then ArgumentWriter::announce(std::uint64_t size) {
  const bool free = literals_ != LiteralSupport::synchronising && size <= max_synchronising_free;
  text("{").number(size).text(free ? "+}\r\n" : "}\r\n");
  return free ? Then::go_on : Then::wait;
}

ArgumentWriter& ArgumentWriter::set(const SequenceSet& numbers) {
  if (numbers.empty()) refuse("A sequence set is empty.");
  return text(numbers.write());
}

ArgumentWriter& ArgumentWriter::flags(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (!is_flag(name)) refuse("A flag has characters that IMAP does not allow.");
  return text(write_flags(names));
}

ArgumentWriter& ArgumentWriter::atom(std::string_view word) {
  if (word.empty()) refuse("A word is empty.");
  for (const char letter : word)
    if (!Scanner::is_atom_char(letter)) refuse("A word has characters that IMAP does not allow.");
  return text(word);
}

void ArgumentWriter::refuse(const char* why) {
  if (refusal_.empty()) refusal_ = why;
}

void ArgumentWriter::cut(Then then) {
  pieces_.push_back({std::move(current_), then == Then::wait});
  current_.clear();
}

Result<std::vector<CommandPiece>> ArgumentWriter::finish() {
  if (!refusal_.empty()) return fail(ErrorCode::refused, refusal_);
  if (!current_.empty()) cut(Then::go_on);
  return std::move(pieces_);
}

}  // namespace satchel::imap
