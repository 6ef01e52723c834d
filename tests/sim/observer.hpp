// A client that has one mailbox open and believes what it is told: EXISTS, EXPUNGE and FETCH alone change what it knows
// (RFC 3501 section 7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client.hpp"

namespace satchel::sim {

// A message as a client knows it.
struct Told {
  std::uint32_t uid = 0;
  std::string flags;  // sorted, \Recent left out; "?": not asked for yet

  friend bool operator==(const Told&, const Told&) = default;
};

class Observer {
 public:
  Observer(boost::asio::io_context& loop, stream::StreamPtr stream, std::string mailbox);

  // Hears what came, and asks again. What broke a rule is kept in wrong().
  void step();
  // Answers so far.
  int rounds() const { return rounds_; }
  // Flags and UIDs of everything that it was told of are known.
  bool complete() const { return opened_ && !asks_; }
  // Its mailbox could not be opened, or was taken from it.
  bool over() const { return refused_ || client_.lost(); }
  const std::string& mailbox() const { return mailbox_; }
  const std::vector<Told>& told() const { return told_; }
  const std::optional<std::string>& wrong() const { return wrong_; }

 private:
  void hear(const std::string& line);
  void hear_fetch(std::size_t number, const std::string& line);
  void broke(const std::string& rule, const std::string& line);

  Client client_;
  std::string mailbox_;
  std::vector<Told> told_;
  int rounds_ = 0;
  bool opened_ = false;
  bool refused_ = false;
  bool asks_ = false;  // there are messages whose flags it does not know
  std::optional<std::string> wrong_;
};

}  // namespace satchel::sim
