// One client's line to the model server: bytes in, bytes out. Nothing happens but in these calls, and the
// same calls on the same account with the same seed give the same bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "account.hpp"
#include "traits.hpp"

namespace satchel::sim::model {

class Session;

// Holds a reference to the account, which outlives it.
class Connection {
 public:
  Connection(Account& account, const Traits& traits, std::uint64_t seed);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) = delete;

  // The greeting, to be sent before anything is received.
  std::string greet();
  // What the client sent, cut anywhere.
  void receive(std::string_view bytes);
  // What is to be sent since this was called last.
  std::string take_output();
  // Nothing more is read, and nothing more comes once the output is taken.
  bool closed() const;
  // Something changed in the account: an idling client is told at once, any other when it may be.
  void tell();
  bool idling() const;
  // As Act::who has it.
  Who number() const;

 private:
  std::unique_ptr<Session> session_;
};

}  // namespace satchel::sim::model
