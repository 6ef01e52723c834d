// How a command ends: its tagged line. RFC 3501 section 7.1, RFC 5530.
#pragma once

#include <string>

#include "base/result.hpp"

namespace satchel::server {

struct Answer {
  // bye: "* BYE", then the connection ends; said: the handler wrote its tagged line itself.
  enum class Kind : std::uint8_t { ok, no, bad, bye, said };
  Kind kind = Kind::ok;
  std::string code;  // without brackets; empty: none
  std::string text;
};

inline Answer ok(std::string text) {
  return {Answer::Kind::ok, {}, std::move(text)};
}
inline Answer ok(std::string code, std::string text) {
  return {Answer::Kind::ok, std::move(code), std::move(text)};
}
inline Answer no(std::string code, std::string text) {
  return {Answer::Kind::no, std::move(code), std::move(text)};
}
inline Answer bad(std::string text) {
  return {Answer::Kind::bad, {}, std::move(text)};
}

// What the command was about, where the same error means different things.
enum class About : std::uint8_t {
  messages,     // what is there already
  new_mailbox,  // the name of one to be made
  target        // the mailbox that messages are put into: TRYCREATE
};

// The one place that turns errors into NO and BAD.
Answer answer_for(const Error& error, About about = About::messages);

}  // namespace satchel::server
