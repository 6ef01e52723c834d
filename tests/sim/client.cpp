#include "client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace satchel::sim {

using namespace std::chrono_literals;
using stream::awaitable;

struct Client::Inbox {
  stream::StreamPtr stream;
  std::string came;
  bool lost = false;
};

namespace {

template <class Inbox>
awaitable<void> listen(std::shared_ptr<Inbox> inbox) {
  char bytes[4096];
  while (true) {
    const auto count = co_await inbox->stream->read_some(bytes, sizeof bytes, 24h);
    if (!count || *count == 0) break;
    inbox->came.append(bytes, *count);
  }
  inbox->lost = true;
}

template <class Inbox>
awaitable<void> say(std::shared_ptr<Inbox> inbox, std::string bytes) {
  (void)co_await inbox->stream->write(bytes, 60s);
}

// The end of the response that begins at 0, its literals included; npos: not there yet.
std::size_t end_of_response(std::string_view bytes) {
  std::size_t from = 0;
  while (true) {
    const std::size_t line = bytes.find("\r\n", from);
    if (line == std::string_view::npos) return line;
    const std::size_t open = bytes.substr(0, line).rfind('{');
    const bool literal = line > from && bytes[line - 1] == '}' && open != std::string_view::npos && open >= from;
    if (!literal) return line + 2;
    from = line + 2 + std::stoul(std::string(bytes.substr(open + 1)));
    if (from > bytes.size()) return std::string_view::npos;
  }
}

}  // namespace

Client::Client(boost::asio::io_context& loop, stream::StreamPtr stream)
    : loop_(loop), inbox_(std::make_shared<Inbox>()) {
  inbox_->stream = std::move(stream);
  boost::asio::co_spawn(loop, listen(inbox_), boost::asio::detached);
  send({"LOGIN u@example.org secret"});
}

Client::~Client() {
  close();
}

void Client::close() {
  inbox_->stream->close();
  inbox_->lost = true;
}

bool Client::lost() const {
  return inbox_->lost;
}

void Client::send(const std::vector<std::string>& commands) {
  std::string bytes;
  for (const std::string& command : commands) {
    tag_ = "c" + std::to_string(++tags_);
    bytes += tag_ + " " + command + "\r\n";
  }
  lines_.clear();
  boost::asio::co_spawn(loop_, say(inbox_, std::move(bytes)), boost::asio::detached);
}

bool Client::answered(std::vector<std::string>& lines) {
  while (true) {
    const std::size_t end = end_of_response(inbox_->came);
    if (end == std::string::npos) return false;
    lines_.push_back(inbox_->came.substr(0, end - 2));
    inbox_->came.erase(0, end);
    if (tag_.empty() || !lines_.back().starts_with(tag_ + " ")) continue;
    lines = std::move(lines_);
    lines_.clear();
    tag_.clear();
    return true;
  }
}

}  // namespace satchel::sim
