#include "line.hpp"

#include <algorithm>

namespace satchel::sim::model {

std::vector<std::string> lines_of(const std::string& bytes) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  std::size_t at = 0;
  for (std::size_t end = bytes.find("\r\n", at); end != std::string::npos; end = bytes.find("\r\n", at)) {
    at = end + 2;
    const std::size_t open = bytes.rfind('{', end);
    if (bytes[end - 1] == '}' && open != std::string::npos && open >= begin) {
      at += std::stoul(bytes.substr(open + 1));
      continue;
    }
    lines.push_back(bytes.substr(begin, end - begin));
    begin = at;
  }
  EXPECT_EQ(begin, bytes.size()) << "a line without end";
  return lines;
}

Line::Line(Account& account, const Traits& traits, std::uint64_t seed) : connection_(account, traits, seed) {
  connection_.greet();
  say("LOGIN user secret");
}

std::vector<std::string> Line::say(std::string_view command) {
  connection_.receive("t " + std::string(command) + "\r\n");
  return lines_of(connection_.take_output());
}

std::string Line::answer(std::string_view command) {
  const auto lines = say(command);
  return lines.empty() ? std::string() : lines.back();
}

std::vector<std::string> Line::heard() {
  return lines_of(connection_.take_output());
}

bool has(const std::vector<std::string>& lines, std::string_view begin) {
  return std::any_of(lines.begin(), lines.end(), [begin](const std::string& line) { return line.starts_with(begin); });
}

std::string message(std::string_view subject) {
  return "From: a@example.org\r\nSubject: " + std::string(subject) + "\r\n\r\nbody\r\n";
}

std::string literal(std::string_view bytes) {
  return "{" + std::to_string(bytes.size()) + "+}\r\n" + std::string(bytes);
}

}  // namespace satchel::sim::model
