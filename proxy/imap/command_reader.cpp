#include "proxy/imap/command_reader.hpp"

#include <algorithm>
#include <cstring>

#include "proxy/imap/command_parts.hpp"
#include "proxy/imap/foreign_protocol.hpp"
#include "proxy/imap/limits.hpp"

namespace satchel::imap {
namespace {

constexpr std::size_t compact_from = 64 * 1024;

// What can be told of the tag of a command that is not whole.
std::string tag_of(std::string_view text) {
  constexpr std::size_t longest = 100;
  Scanner scanner(text);
  std::string tag;
  return take_tag(scanner, tag) && scanner.peek() == ' ' && tag.size() <= longest ? tag : std::string();
}

}  // namespace

void CommandReader::feed(std::string_view bytes) {
  compact();
  buffer_.append(bytes);
}

void CommandReader::compact() {
  const bool all_used = start_ == buffer_.size();
  if (!all_used && (start_ < compact_from || start_ < buffer_.size() / 2)) return;
  buffer_.erase(0, start_);
  scan_ -= start_;
  line_start_ -= start_;
  start_ = 0;
}

// What was looked at is done with.
void CommandReader::next_command() {
  start_ = line_start_ = scan_;
  literals_ = 0;
  literal_count_ = 0;
  passed_ = 0;
  state_ = State::line;
}

CommandReader::Event CommandReader::fail(CommandError error) {
  error_ = std::move(error);
  if (error_.fatal) state_ = State::dead;
  return Event::malformed;
}

CommandReader::Event CommandReader::fail(CommandError::Kind kind, std::string text) {
  CommandError error;
  error.kind = kind;
  error.tag = tag_of(current());
  error.text = std::move(text);
  return fail(std::move(error));
}

CommandReader::Event CommandReader::next() {
  while (true) {
    Event event = Event::need_more;
    const State before = state_;
    const std::size_t scanned = scan_;
    switch (state_) {
      case State::line:
      case State::append_end:
        event = read_line();
        break;
      case State::literal:
        event = read_literal();
        break;
      case State::append:
        event = read_append();
        break;
      case State::passing_literal:
        event = pass_literal();
        break;
      case State::passing_line:
        event = pass_line();
        break;
      case State::dead:
        return Event::malformed;
    }
    if (event != Event::need_more) return event;
    if (state_ == before && (scan_ == scanned || scan_ == buffer_.size())) return Event::need_more;
  }
}

CommandReader::Event CommandReader::read_line() {
  if (scan_ == start_ && scan_ < buffer_.size() && state_ == State::line && is_foreign_byte(buffer_[scan_])) {
    CommandError error;
    error.kind = CommandError::Kind::foreign;
    error.text = "This is a mail server.";
    error.fatal = true;
    return fail(std::move(error));
  }
  const void* found = std::memchr(buffer_.data() + scan_, '\n', buffer_.size() - scan_);
  const std::size_t line_end =
      found == nullptr ? buffer_.size() : std::size_t(static_cast<const char*>(found) - buffer_.data());
  if (line_end - start_ - literals_ > max_command_line) return line_too_long();
  if (found == nullptr) {
    scan_ = buffer_.size();
    return Event::need_more;
  }
  std::string_view line = std::string_view(buffer_).substr(line_start_, line_end - line_start_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  scan_ = line_start_ = line_end + 1;
  return state_ == State::append_end ? append_complete(line) : line_complete(line);
}

// `line` has ended: the command is whole, or a literal follows.
CommandReader::Event CommandReader::line_complete(std::string_view line) {
  if (expect_line_) {
    expect_line_ = false;
    line_.assign(line);
    next_command();
    return Event::line;
  }
  const bool first = line.data() == buffer_.data() + start_;
  if (first && line.empty()) {  // some clients send one more line end behind a literal
    next_command();
    return Event::need_more;
  }
  if (const auto mark = literal_at_end(line)) {
    literal_synchronising_ = mark->synchronising;
    return literal_announced(mark->too_large ? UINT64_MAX : mark->size);
  }
  const std::size_t end = std::size_t(line.data() - buffer_.data()) + line.size();
  auto parsed = parse_command(std::string_view(buffer_).substr(start_, end - start_));
  next_command();
  if (auto* error = std::get_if<CommandError>(&parsed)) return fail(std::move(*error));
  tag_ = std::move(std::get<ParsedCommand>(parsed).tag);
  command_ = std::move(std::get<ParsedCommand>(parsed).command);
  return Event::command;
}

CommandReader::Event CommandReader::literal_announced(std::uint64_t size) {
  ++literal_count_;
  const bool append = append_announced();
  const std::uint64_t room = append ? max_append_literal : max_command_literals - literals_;
  left_ = literal_size_ = size;
  if (size > room) {
    // A synchronising literal that is refused does not come; of another one all must be passed over.
    const bool passable = literal_synchronising_ || size <= max_passed_over;
    const Event event = fail(CommandError::Kind::literal_too_big, "The literal is too large.");
    error_.fatal = !passable;
    refuse_literal();
    if (!passable) state_ = State::dead;
    return event;
  }
  if (append) {
    next_command();
    state_ = State::append;
    return Event::append_begin;
  }
  state_ = State::literal;
  tag_ = tag_of(current());
  return literal_synchronising_ ? Event::continuation : Event::need_more;
}

// Whether the literal that was just announced is the message of an APPEND. The mailbox's name may be
// a literal too, so it is the first or the second.
bool CommandReader::append_announced() {
  if (literal_count_ > 2) return false;
  Scanner scanner(current());
  std::string tag;
  if (!take_tag(scanner, tag) || !scanner.take_space() || !scanner.take_word("APPEND")) return false;
  auto command = parse_append(scanner);
  if (!command || !scanner.at_end()) return false;
  tag_ = std::move(tag);
  command_ = std::move(*command);
  return true;
}

CommandReader::Event CommandReader::read_literal() {
  const std::size_t count = std::size_t(std::min<std::uint64_t>(left_, buffer_.size() - scan_));
  left_ -= count;
  scan_ += count;
  literals_ += count;
  line_start_ = scan_;
  if (left_ == 0) state_ = State::line;
  return Event::need_more;
}

CommandReader::Event CommandReader::read_append() {
  if (left_ == 0) {
    state_ = State::append_end;
    return Event::need_more;
  }
  const std::size_t count = std::size_t(std::min<std::uint64_t>(left_, buffer_.size() - scan_));
  if (count == 0) return Event::need_more;
  piece_ = std::string_view(buffer_).substr(scan_, count);
  left_ -= count;
  start_ = line_start_ = scan_ = scan_ + count;
  return Event::append_bytes;
}

CommandReader::Event CommandReader::append_complete(std::string_view line) {
  const auto mark = literal_at_end(line);
  const bool clean = line.find_first_not_of(' ') == std::string_view::npos;
  next_command();
  if (clean) return Event::command;
  CommandError error;
  error.tag = tag_;
  error.text = "One message at a time can be appended.";
  if (mark && !mark->synchronising) {
    left_ = mark->size;
    state_ = State::passing_literal;
    error.fatal = mark->too_large || mark->size > max_passed_over;
  }
  return fail(std::move(error));
}

void CommandReader::refuse_literal() {
  const std::uint64_t left = left_;
  next_command();
  expect_line_ = false;
  if (literal_synchronising_) return;
  left_ = left;
  state_ = State::passing_literal;
}

CommandReader::Event CommandReader::pass_literal() {
  const std::size_t count = std::size_t(std::min<std::uint64_t>(left_, buffer_.size() - scan_));
  left_ -= count;
  start_ = line_start_ = scan_ = scan_ + count;
  if (left_ == 0) state_ = State::passing_line;
  return Event::need_more;
}

// The rest of a refused command's line; what {n+} announces at its end belongs to the command too.
CommandReader::Event CommandReader::pass_line() {
  const void* found = std::memchr(buffer_.data() + scan_, '\n', buffer_.size() - scan_);
  const std::size_t end =
      found == nullptr ? buffer_.size() : std::size_t(static_cast<const char*>(found) - buffer_.data()) + 1;
  passed_ += end - scan_;
  scan_ = end;
  constexpr std::size_t longest_mark = longest_literal_number + 4;  // {n+} and CR
  if (found == nullptr) {
    if (passed_ > max_passed_over) {
      CommandError error;
      error.kind = CommandError::Kind::line_too_long;
      error.text = "The line never ends.";
      error.fatal = true;
      return fail(std::move(error));
    }
    // Only its end matters, where a literal may be announced.
    start_ = line_start_ = scan_ - std::min(scan_ - start_, longest_mark);
    return Event::need_more;
  }
  std::string_view line = current();
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto mark = literal_at_end(line);
  const std::uint64_t passed = passed_;
  next_command();
  if (!mark || mark->synchronising) return Event::need_more;
  passed_ = passed;
  left_ = mark->size;
  state_ = State::passing_literal;
  if (!mark->too_large && mark->size <= max_passed_over - std::min(passed_, max_passed_over)) {
    passed_ += mark->size;
    return Event::need_more;
  }
  CommandError error;
  error.kind = CommandError::Kind::literal_too_big;
  error.text = "The literal is too large.";
  error.fatal = true;
  return fail(std::move(error));
}

CommandReader::Event CommandReader::line_too_long() {
  scan_ = std::min(buffer_.size(), start_ + literals_ + max_command_line);
  const Event event = fail(CommandError::Kind::line_too_long, "The line is too long.");
  if (state_ == State::append_end) error_.tag = tag_;
  if (expect_line_) error_.tag.clear();
  expect_line_ = false;
  literals_ = 0;
  start_ = line_start_ = scan_;
  passed_ = 0;
  state_ = State::passing_line;
  return event;
}

}  // namespace satchel::imap
