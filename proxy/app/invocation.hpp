// What the user asked for on the command line: a verb and its arguments. The same shape goes to a
// running proxy as JSON, so a verb is described once (command_line.cpp) and done once (service_*.cpp).
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>

namespace satchel::app {

struct Invocation {
  std::string verb;  // "run", "status", "account add", "key init", ...
  boost::json::object arguments;
  std::filesystem::path home;
  bool json = false;   // --json: print the answer as it is
  bool watch = false;  // --watch: again and again
};

// Either an invocation, or the exit code with which to end at once (help was shown: 0; wrong usage: 2).
struct Parsed {
  std::optional<Invocation> invocation;
  int exit_code = 0;
};

Parsed parse_command_line(int argc, char** argv);

}  // namespace satchel::app
