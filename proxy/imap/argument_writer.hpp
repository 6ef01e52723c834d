// Builds the pieces of one command; for proxy/imap's own files. What cannot be sent is noted and
// refused at the end, so that no caller has to look at each step.
#pragma once

#include "proxy/imap/command_writer.hpp"

namespace satchel::imap {

class ArgumentWriter {
 public:
  enum class Then : std::uint8_t { go_on, wait };  // for the server's "+"

  ArgumentWriter(std::string_view tag, LiteralSupport literals) : literals_(literals) { text(tag).text(" "); }

  ArgumentWriter& text(std::string_view bytes) {  // ours: goes out as it is
    current_.append(bytes);
    return *this;
  }
  ArgumentWriter& number(std::uint64_t value);
  // astring: always quoted or a literal, never an atom: no name is mistaken for syntax.
  ArgumentWriter& string(std::string_view bytes);
  ArgumentWriter& set(const SequenceSet& numbers);
  ArgumentWriter& flags(const std::vector<std::string>& names);
  ArgumentWriter& atom(std::string_view word);

  Then announce(std::uint64_t size);  // a literal's "{size}" CRLF
  void cut(Then then);                // what comes next is another piece
  void refuse(const char* why);
  Result<std::vector<CommandPiece>> finish();

 private:
  LiteralSupport literals_;
  std::string current_;
  std::string refusal_;
  std::vector<CommandPiece> pieces_;
};

void write_search_key(ArgumentWriter& out, const SearchKey& key);
void write_search_program(ArgumentWriter& out, const SearchKey& key);  // the outermost: an and_ without its brackets

}  // namespace satchel::imap
