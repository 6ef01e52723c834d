// A client for the tests: says a command, and gets the answers as lines.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "../model/connection.hpp"

namespace satchel::sim::model {

// Each ends with CRLF, which is left out; a literal stays part of its line.
std::vector<std::string> lines_of(const std::string& bytes);

class Line {
 public:
  // Greeted and, unless told otherwise, logged in.
  Line(Account& account, const Traits& traits, std::uint64_t seed = 1);

  Connection& connection() { return connection_; }
  // Sends a command with a tag "t"; its answers, the tagged one last.
  std::vector<std::string> say(std::string_view command);
  // The tagged answer alone.
  std::string answer(std::string_view command);
  // What came without being asked.
  std::vector<std::string> heard();

 private:
  Connection connection_;
};

// Whether one of the lines begins so.
bool has(const std::vector<std::string>& lines, std::string_view begin);
std::string message(std::string_view subject);
// As a literal that waits for nobody: "{n+}" and the bytes.
std::string literal(std::string_view bytes);

}  // namespace satchel::sim::model
