#include "command_reader.hpp"

#include <algorithm>

namespace satchel::sim::model {

void CommandReader::begin() {
  text_.clear();
  line_size_ = 0;
  literal_ = taking_ = 0;
}

// "{" number ["+"] "}" at the end of a line
bool CommandReader::announces_literal(std::string_view line) {
  if (!line.ends_with('}')) return false;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return false;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  synchronising_ = !digits.ends_with('+');
  if (!synchronising_) digits.remove_suffix(1);
  const bool number = !digits.empty() && digits.size() <= 18 &&
                      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return false;
  literal_ = 0;
  for (const char digit : digits) literal_ = literal_ * 10 + std::uint64_t(digit - '0');
  return true;
}

CommandReader::Event CommandReader::next() {
  if (taking_ > 0) {
    const std::size_t size = std::size_t(std::min<std::uint64_t>(taking_, waiting_.size()));
    text_.append(waiting_, 0, size);
    waiting_.erase(0, size);
    taking_ -= size;
  }
  const std::size_t end = waiting_.find('\n');
  const std::size_t size = end == std::string::npos ? waiting_.size() : end;
  if (line_size_ + size > longest_line) {
    text_.append(waiting_, 0, size);
    return Event::too_long;
  }
  if (end == std::string::npos) return Event::need_more;
  const bool whole = end > 0 && waiting_[end - 1] == '\r';
  const std::size_t line_begin = text_.size();
  text_.append(waiting_, 0, whole ? end - 1 : end);
  waiting_.erase(0, end + 1);
  line_size_ += size;
  if (!announces_literal(std::string_view(text_).substr(line_begin))) return Event::command;
  text_ += "\r\n";
  return Event::literal;
}

}  // namespace satchel::sim::model
