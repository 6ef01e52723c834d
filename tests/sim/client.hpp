// A mail client: sends one command at a time to its session, and keeps what it is told.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "proxy/stream/stream.hpp"

namespace satchel::sim {

class Client {
 public:
  Client(boost::asio::io_context& loop, stream::StreamPtr stream);
  ~Client();

  // Commands are sent together, as a client that does not wait would; only the last one's answer ends the wait.
  void send(const std::vector<std::string>& commands);
  // Takes in what has come. True: the answer is complete, and in `lines`, the tagged line last.
  bool answered(std::vector<std::string>& lines);
  bool waits() const { return !tag_.empty(); }
  bool lost() const;
  void close();

 private:
  struct Inbox;
  boost::asio::io_context& loop_;
  std::shared_ptr<Inbox> inbox_;
  std::string tag_;  // of the command whose answer is waited for
  int tags_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace satchel::sim
