#include <algorithm>

#include "proxy/imap/response_reader.hpp"

#include <cstring>

#include "proxy/imap/limits.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap {
namespace {

constexpr std::size_t compact_from = 256 * 1024;

// "* OK ...", "tag NO ...", "+ ...": free text, in which a "{5}" at the end is no literal.
bool is_free_text(std::string_view line) {
  if (line.starts_with('+')) return true;
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  Scanner scanner(line.substr(space + 1));
  for (const char* word : {"OK", "NO", "BAD", "BYE", "PREAUTH"})
    if (scanner.take_word(word)) return true;
  return false;
}

// "* 12 FETCH ...": the only response that may hold large literals.
bool is_fetch(std::string_view text) {
  Scanner scanner(text);
  std::uint32_t number = 0;
  return scanner.take('*') && scanner.take_space() && scanner.take_number32(number) && scanner.take_space() &&
         scanner.take_word("FETCH");
}

}  // namespace

void ResponseReader::feed(std::string_view bytes) {
  compact();
  buffer_.append(bytes);
}

std::string ResponseReader::take_rest() {
  std::string rest = buffer_.substr(start_);
  buffer_.clear();
  scan_ = line_start_ = start_ = 0;
  return rest;
}

void ResponseReader::compact() {
  if (start_ == buffer_.size() && start_ != 0) {
    buffer_.clear();
    scan_ = line_start_ = start_ = 0;
  } else if (start_ > compact_from && start_ > buffer_.size() / 2) {
    buffer_.erase(0, start_);
    scan_ -= start_;
    line_start_ -= start_;
    start_ = 0;
  }
}

ResponseReader::Event ResponseReader::fail(std::string what) {
  error_ = std::move(what);
  return Event::malformed;
}

ResponseReader::Event ResponseReader::next() {
  if (!error_.empty()) return Event::malformed;
  if (stream_left_ == 0) return scan();
  if (start_ == buffer_.size()) return Event::need_more;
  const std::size_t count = std::size_t(std::min<std::uint64_t>(stream_left_, buffer_.size() - start_));
  piece_ = std::string_view(buffer_).substr(start_, count);
  stream_left_ -= count;
  start_ += count;
  scan_ = line_start_ = start_;
  return Event::literal_bytes;
}

ResponseReader::Event ResponseReader::scan() {
  while (true) {
    if (inline_left_ > 0) {
      const std::size_t count = std::size_t(std::min<std::uint64_t>(inline_left_, buffer_.size() - scan_));
      inline_left_ -= count;
      scan_ += count;
      line_start_ = scan_;
      if (inline_left_ > 0) return Event::need_more;
    }
    const void* found = std::memchr(buffer_.data() + scan_, '\n', buffer_.size() - scan_);
    if (found == nullptr) {
      scan_ = buffer_.size();
      if (scan_ - start_ - literals_ + head_.size() > max_response_line)
        return fail("A line of the server never ends.");
      return Event::need_more;
    }
    const std::size_t newline = std::size_t(static_cast<const char*>(found) - buffer_.data());
    const std::size_t line_start = line_start_;
    scan_ = line_start_ = newline + 1;
    if (scan_ - start_ - literals_ + head_.size() > max_response_line) return fail("A line of the server is too long.");
    const std::size_t end = newline > line_start && buffer_[newline - 1] == '\r' ? newline - 1 : newline;
    const Event event = line_complete(line_start, end);
    if (event != Event::need_more) return event;
  }
}

// A line ended at `end`: either the response is whole, or a literal follows (need_more: go on).
ResponseReader::Event ResponseReader::line_complete(std::size_t line_start, std::size_t end) {
  const std::string_view line = std::string_view(buffer_).substr(line_start, end - line_start);
  const bool first_line = line_start == start_ && head_.empty();
  const auto mark = first_line && is_free_text(line) ? std::nullopt : literal_at_end(line);
  if (mark) {
    if (mark->too_large || mark->size > max_streamed_literal)
      return fail("The server announced a literal that is too large.");
    if (mark->size > max_inline_literal) {
      if (!is_fetch(head_.empty() ? current() : head_))
        return fail("The server sent a large literal where there can be none.");
      head_.append(current());
      start_ = scan_;
      literals_ = 0;
      stream_left_ = literal_size_ = mark->size;
      return Event::literal_begin;
    }
    inline_left_ = mark->size;
    literals_ += std::size_t(mark->size);
    if (literals_ > 64 * max_inline_literal) return fail("The server sent too many literals at once.");
    return Event::need_more;
  }
  std::string_view whole = std::string_view(buffer_).substr(start_, end - start_);
  std::string joined;
  if (!head_.empty()) {
    joined = std::move(head_);
    joined.append(whole);
    whole = joined;
    head_.clear();
  }
  start_ = scan_;
  literals_ = 0;
  auto parsed = parse_response(whole);
  if (!parsed) return fail("The server sent something that is not IMAP.");
  response_ = std::move(*parsed);
  return Event::response;
}

}  // namespace satchel::imap
