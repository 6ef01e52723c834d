// Cuts the bytes of a client into commands, in any split; no I/O. Owned by a session, on its thread.
// RFC 3501 section 2.2 and 4.3, RFC 7888 (LITERAL+).
//
// The session asks next() until it says need_more, reads, feeds, asks again. Nothing is looked at
// ahead of its turn: after Idle and Authenticate the session calls expect_line() before it asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/imap/command.hpp"

namespace satchel::imap {

struct CommandError {
  enum class Kind : std::uint8_t {
    syntax,           // BAD; the line was dropped
    unknown_command,  // BAD; a command that we do not have
    foreign,          // another protocol (HTTP, SMTP ...): nothing is echoed, the connection is closed
    line_too_long,    // BAD; the line was dropped
    literal_too_big   // NO [TOOBIG] or BAD [LIMIT]; the literal was refused or dropped
  };
  Kind kind = Kind::syntax;
  std::string tag;     // empty: not known, answer with "*"
  std::string text;    // for a person; holds nothing that the client sent
  bool fatal = false;  // the end of the command cannot be found: BYE
};

class CommandReader {
 public:
  enum class Event : std::uint8_t {
    need_more,     // feed() again
    continuation,  // send "+ ..." for a literal of literal_size() bytes, then ask again; or refuse_literal().
                   // tag() is the command's, empty where it has none
    append_begin,  // tag() and command() hold the Append; literal_synchronising(): send "+ ..." first; or
                   // refuse_literal()
    append_bytes,  // piece() of the message
    command,       // tag() and command() are whole; after an append: the message has ended
    line,          // what expect_line() asked for, in line()
    malformed      // error(); the next command follows unless it is fatal
  };

  void feed(std::string_view bytes);
  Event next();

  // The next thing is a line without a tag: DONE, or an answer to AUTHENTICATE.
  void expect_line() { expect_line_ = true; }
  // Instead of "+": the command is forgotten. Its literal, where it comes anyway ({n+}), is passed over.
  void refuse_literal();

  const std::string& tag() const { return tag_; }
  Command& command() { return command_; }
  std::uint64_t literal_size() const { return literal_size_; }
  bool literal_synchronising() const { return literal_synchronising_; }
  std::string_view piece() const { return piece_; }  // until the next call
  const std::string& line() const { return line_; }
  const CommandError& error() const { return error_; }

  // No byte is left that was fed and not consumed: nothing may stand behind STARTTLS.
  bool drained() const { return start_ == buffer_.size(); }

 private:
  enum class State : std::uint8_t { line, literal, append, append_end, passing_literal, passing_line, dead };

  Event read_line();
  Event line_complete(std::string_view line);
  Event literal_announced(std::uint64_t size);
  bool append_announced();
  Event read_literal();
  Event read_append();
  Event append_complete(std::string_view line);
  Event pass_literal();
  Event pass_line();
  Event line_too_long();
  Event fail(CommandError error);
  Event fail(CommandError::Kind kind, std::string text);
  void next_command();
  void compact();
  std::string_view current() const { return std::string_view(buffer_).substr(start_, scan_ - start_); }

  std::string buffer_;
  std::size_t start_ = 0;       // of the command under way
  std::size_t scan_ = 0;        // up to here its bytes are looked at
  std::size_t line_start_ = 0;  // of its line under way
  std::size_t literals_ = 0;    // bytes of its literals
  int literal_count_ = 0;
  State state_ = State::line;
  std::uint64_t left_ = 0;    // of a literal
  std::uint64_t passed_ = 0;  // bytes of a refused command that were dropped
  bool expect_line_ = false;
  bool literal_synchronising_ = false;
  std::uint64_t literal_size_ = 0;
  std::string tag_;
  Command command_;
  std::string_view piece_;
  std::string line_;
  CommandError error_;
};

// One whole command without its last CRLF, literals inline; the tag goes to `tag` as soon as it is
// known. An Append ends behind its literal's "{n}" CRLF.
struct ParsedCommand {
  std::string tag;
  Command command;
};
std::variant<ParsedCommand, CommandError> parse_command(std::string_view text);

}  // namespace satchel::imap
