#include "proxy/app/progress.hpp"

#include <iostream>

namespace satchel::app {
namespace {

constexpr int bar_width = 30;
constexpr std::chrono::milliseconds redraw{500};

std::uint64_t number(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || !value->is_number() ? 0 : value->to_number<std::uint64_t>();
}

}  // namespace

std::string progress_line(const boost::json::value& status) {
  if (!status.is_object()) return {};
  std::uint64_t messages = 0;
  std::uint64_t missing = 0;
  std::uint64_t pending = 0;
  for (const auto& entry : status.get_object().at("accounts").as_array()) {
    messages += number(entry.as_object(), "messages");
    missing += number(entry.as_object(), "contents_missing");
    pending += number(entry.as_object(), "operations_pending");
  }
  const std::uint64_t here = messages > missing ? messages - missing : 0;
  const int filled = messages == 0 ? 0 : static_cast<int>(here * bar_width / messages);
  return "[" + std::string(std::size_t(filled), '#') + std::string(std::size_t(bar_width - filled), '.') + "] " +
         std::to_string(here) + " of " + std::to_string(messages) + " messages, " + std::to_string(pending) +
         " changes to push";
}

Progress::Progress(AskStatus ask) : ask_(std::move(ask)), thread_([this] { draw_until_stopped(); }) {}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Progress::draw_until_stopped() {
  bool drawn = false;
  bool last = false;
  while (true) {
    const auto status = ask_();
    const std::string line = status ? progress_line(*status) : "";
    if (!line.empty()) std::cerr << "\r\x1b[K" << line << std::flush;
    drawn = drawn || !line.empty();
    if (last) break;
    std::unique_lock lock(mutex_);
    last = stop_.wait_for(lock, redraw, [this] { return stopped_; });
  }
  if (drawn) std::cerr << "\n" << std::flush;
}

}  // namespace satchel::app
