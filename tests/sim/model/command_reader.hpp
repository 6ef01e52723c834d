// Cuts the client's bytes into commands: a line, with the literals that belong to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace satchel::sim::model {

constexpr std::size_t longest_line = 64 * 1024;       // of the text without literals
constexpr std::size_t longest_argument = 64 * 1024;   // literals of all commands but APPEND
constexpr std::uint64_t longest_message = 256 << 20;  // of APPEND

class CommandReader {
 public:
  enum class Event {
    need_more,
    command,   // text() is one, without its CRLF
    literal,   // announced at the end of text(): accept() or refuse() it
    too_long,  // the line never ends, or is no line
  };

  void feed(std::string_view bytes) { waiting_ += bytes; }
  Event next();

  const std::string& text() const { return text_; }
  std::uint64_t literal_size() const { return literal_; }
  bool synchronising() const { return synchronising_; }
  void accept() { taking_ = literal_; }
  // The command is over: the client, which waits, will not send the literal.
  void refuse() { begin(); }
  // For the next command.
  void begin();

 private:
  bool announces_literal(std::string_view line);

  std::string waiting_;
  std::string text_;
  std::size_t line_size_ = 0;  // of text_ without its literals
  std::uint64_t literal_ = 0;
  std::uint64_t taking_ = 0;  // bytes of a literal still to come
  bool synchronising_ = false;
};

}  // namespace satchel::sim::model
