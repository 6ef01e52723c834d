// A server in memory that follows rules: the first one whose word stands in a command, and that has
// times left, gives the answer. "TAG" in it becomes the command's tag. The answer "SAVE" says nothing yet: the
// command's tag stands for "SAVED" in a later answer. For the tests of the upstream side; the event loop's thread.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "proxy/stream/memory_stream.hpp"

namespace satchel::tests {

struct Rule {
  std::string word;
  std::string answer;
  int times = 1 << 30;
};

struct Script {
  std::vector<Rule> rules;
  std::vector<std::string> heard;  // commands without their tags
  std::string saved;               // the tag of a command that is answered later

  int count(const std::string& word) const {
    int found = 0;
    for (const std::string& command : heard) found += command.find(word) != std::string::npos ? 1 : 0;
    return found;
  }
};

inline std::string answer_to(Script& script, const std::string& line) {
  const std::size_t space = line.find(' ');
  const std::string tag = line.substr(0, space);
  const std::string command = space == std::string::npos ? line : line.substr(space + 1);
  script.heard.push_back(command);
  for (Rule& rule : script.rules) {
    if (rule.times == 0 || command.find(rule.word) == std::string::npos) continue;
    --rule.times;
    if (rule.answer == "SAVE") {
      script.saved = tag;
      return {};
    }
    std::string out = rule.answer;
    for (std::size_t at; (at = out.find("SAVED")) != std::string::npos;) out.replace(at, 5, script.saved);
    for (std::size_t at; (at = out.find("TAG")) != std::string::npos;) out.replace(at, 3, tag);
    return out;
  }
  return tag + " BAD what\r\n";
}

inline boost::asio::awaitable<void> serve(std::shared_ptr<Script> script, stream::StreamPtr stream) {
  std::string buffer;
  char bytes[4096];
  std::string out = "* OK hello\r\n";
  while (true) {
    if (!out.empty() && !co_await stream->write(out, std::chrono::seconds(5))) co_return;
    out.clear();
    const std::size_t end = buffer.find("\r\n");
    if (end != std::string::npos) {
      out = answer_to(*script, buffer.substr(0, end));
      buffer.erase(0, end + 2);
      continue;
    }
    const auto count = co_await stream->read_some(bytes, sizeof bytes, std::chrono::seconds(20));
    if (!count || *count == 0) co_return;
    buffer.append(bytes, *count);
  }
}

// The other end of a server that follows `script`.
inline stream::StreamPtr connect(boost::asio::io_context& loop, const std::shared_ptr<Script>& script) {
  auto [here, there] = stream::make_memory_pair(loop.get_executor());
  boost::asio::co_spawn(loop, serve(script, std::move(there)), boost::asio::detached);
  return std::move(here);
}

}  // namespace satchel::tests
