#include "observer.hpp"

#include <algorithm>
#include <sstream>

namespace satchel::sim {

namespace {

// What stands behind `word` up to the next space or parenthesis.
std::string after(const std::string& line, const std::string& word) {
  const std::size_t at = line.find(word);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + word.size();
  return line.substr(begin, line.find_first_of(" )", begin) - begin);
}

std::optional<std::string> flags_in(const std::string& line) {
  const std::size_t at = line.find("FLAGS (");
  if (at == std::string::npos) return std::nullopt;
  std::istringstream words(line.substr(at + 7, line.find(')', at) - at - 7));
  std::vector<std::string> flags;
  for (std::string word; words >> word;)
    if (word != "\\Recent") flags.push_back(word);
  std::sort(flags.begin(), flags.end());
  std::string text;
  for (const std::string& flag : flags) text += flag + " ";
  return text;
}

}  // namespace

Observer::Observer(boost::asio::io_context& loop, stream::StreamPtr stream, std::string mailbox)
    : client_(loop, std::move(stream)), mailbox_(std::move(mailbox)) {
  client_.send({"SELECT " + mailbox_});
}

void Observer::broke(const std::string& rule, const std::string& line) {
  if (!wrong_) wrong_ = "a session was told in " + mailbox_ + ", " + rule + ": " + line;
}

void Observer::hear(const std::string& line) {
  std::istringstream words(line);
  std::string star, number, what;
  words >> star >> number >> what;
  if (star != "*" || number.empty() || number.find_first_not_of("0123456789") != std::string::npos) return;
  const std::size_t count = std::stoul(number);
  if (what == "EXISTS") {
    if (count < told_.size()) return broke("fewer messages without EXPUNGE", line);
    told_.resize(count, Told{0, "?"});
  } else if (what == "EXPUNGE") {
    if (count == 0 || count > told_.size()) return broke("the expunge of a message that it does not have", line);
    told_.erase(told_.begin() + std::ptrdiff_t(count) - 1);
  } else if (what == "FETCH") {
    hear_fetch(count, line);
  }
}

void Observer::hear_fetch(std::size_t number, const std::string& line) {
  if (number == 0 || number > told_.size()) return broke("flags of a message that it does not have", line);
  Told& one = told_[number - 1];
  if (const std::string uid = after(line, "UID "); !uid.empty()) {
    const std::uint32_t value = std::uint32_t(std::stoul(uid));
    if (one.uid && one.uid != value) return broke("another UID for a message", line);
    one.uid = value;
  }
  if (auto flags = flags_in(line)) one.flags = std::move(*flags);
}

void Observer::step() {
  std::vector<std::string> lines;
  if (refused_ || client_.lost() || !client_.answered(lines)) return;
  ++rounds_;
  for (const std::string& line : lines) hear(line);
  if (!opened_) {
    const bool taken = lines.back().find(" OK") != std::string::npos;
    opened_ = taken;
    refused_ = !taken;
    if (refused_) return;
  }
  const auto unknown = [](const Told& one) { return one.flags == "?" || !one.uid; };
  asks_ = std::any_of(told_.begin(), told_.end(), unknown);
  if (asks_)
    client_.send({"FETCH 1:* (UID FLAGS)", "NOOP"});  // what is gone is not told during FETCH
  else
    client_.send({"NOOP"});
}

}  // namespace satchel::sim
