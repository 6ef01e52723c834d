// A progress bar on the terminal while "satchel sync" waits: asks for the status twice a second, and at the end.
#pragma once

#include <boost/json/value.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/result.hpp"

namespace satchel::app {

class Progress {
 public:
  using AskStatus = std::function<Result<boost::json::value>()>;

  explicit Progress(AskStatus ask);
  ~Progress();  // the bar stays as it is at the end
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void draw_until_stopped();

  AskStatus ask_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopped_ = false;
  std::thread thread_;
};

// "[#####.....] 1234 of 2468 messages, 3 changes to push" from a status; pure.
std::string progress_line(const boost::json::value& status);

}  // namespace satchel::app
